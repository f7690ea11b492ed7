"""Defining, activating and retiring KPIs and the goals that they serve."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import GoalId, KpiId, StageId, TeamId
from spm.domain.metrics.registry import MetricId
from spm.domain.period import PeriodKind
from spm.domain.targets.kpi import (
    KpiState,
    Measure,
    MeasureFixed,
    NotActive,
    NotADraft,
    NotATargetMetric,
)
from spm.domain.targets.smart import Letter, LetterLost, NotSmart, check
from spm.models.audit import AuditEntryRow
from spm.queries.targets.goals import get_goal, goals
from spm.queries.targets.kpis import get_kpi, kpis
from spm.services.targets.goals import GoalNameTaken, define_goal, edit_goal
from spm.services.targets.kpis import (
    KpiNameMissing,
    Wishes,
    activate_kpi,
    define_kpi,
    edit_kpi,
    ensure_won_revenue_kpi,
    retire_kpi,
)
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_pipeline, a_team
from tests.conftest import NOW

As = Callable[[int], Work]


def whole(work: Work, **measure: object) -> Wishes:
    """Wishes of which all five letters hold, bound to deals reaching a stage."""
    goal_id = define_goal(work, name="More proposals")
    _, stages = a_pipeline(work.session, "House")
    base = Measure(
        metric=MetricId.DEALS_REACHING_STAGE,
        stage_id=StageId(stages["Proposal"].id),
        period_kind=PeriodKind.QUARTER,
    )
    return Wishes(
        name="Proposals sent",
        specific="Deals that get a priced proposal, by our reps",
        measure=replace(base, **measure),  # type: ignore[arg-type]
        is_confirmed=True,
        note="Nobody has counted them before",
        goal_id=goal_id,
        relevance="Each goal needs proposals",
    )


def test_a_stage_aligned_kpi_is_defined_and_activated(work: Work) -> None:
    kpi_id = define_kpi(work, whole(work))
    kpi = get_kpi(work.session, kpi_id)
    assert (kpi.key, kpi.state, kpi.stage) == ("proposals_sent", KpiState.DRAFT, "Proposal")
    assert (kpi.unit, kpi.direction, kpi.adds_up) == ("count", "up", True)
    assert (kpi.goal, kpi.confirmed_at) == ("More proposals", NOW)
    activate_kpi(work, kpi_id)
    assert get_kpi(work.session, kpi_id).state is KpiState.ACTIVE
    with pytest.raises(NotADraft):
        activate_kpi(work, kpi_id)
    retire_kpi(work, kpi_id)
    assert get_kpi(work.session, kpi_id).state is KpiState.RETIRED
    with pytest.raises(NotActive):
        retire_kpi(work, kpi_id)


def test_a_draft_can_be_all_but_empty_and_is_not_activated(work: Work) -> None:
    kpi_id = define_kpi(work, Wishes(name="Something"))
    with pytest.raises(NotSmart) as refused:
        activate_kpi(work, kpi_id)
    assert refused.value.facts == {"letters": tuple(Letter)}


@pytest.mark.parametrize(
    ("change", "letter"),
    [
        ({"specific": ""}, Letter.SPECIFIC),
        ({"is_confirmed": False}, Letter.ATTAINABLE),
        ({"goal_id": None}, Letter.RELEVANT),
    ],
)
def test_each_letter_bars_it(work: Work, change: dict[str, object], letter: Letter) -> None:
    wishes = replace(whole(work), **change)  # type: ignore[arg-type]
    kpi_id = define_kpi(work, wishes)
    with pytest.raises(NotSmart) as refused:
        activate_kpi(work, kpi_id)
    assert refused.value.facts == {"letters": (letter,)}


@pytest.mark.parametrize(
    ("change", "letter"),
    [
        ({"metric": None, "stage_id": None}, Letter.MEASURABLE),
        ({"stage_id": None}, Letter.MEASURABLE),
        ({"period_kind": None}, Letter.TIME_BOUND),
    ],
)
def test_each_part_of_the_measure_bars_it(
    work: Work, change: dict[str, object], letter: Letter
) -> None:
    kpi_id = define_kpi(work, whole(work, **change))
    with pytest.raises(NotSmart) as refused:
        activate_kpi(work, kpi_id)
    assert refused.value.facts == {"letters": (letter,)}


def test_a_name_is_enough_for_a_draft_but_needed(work: Work) -> None:
    with pytest.raises(KpiNameMissing):
        define_kpi(work, Wishes(name=" "))
    with pytest.raises(NotATargetMetric):
        define_kpi(work, Wishes(name="x", measure=Measure(metric=MetricId.PACE)))
    with pytest.raises(NotFound):
        define_kpi(work, Wishes(name="x", goal_id=GoalId(99)))


def test_keys_never_clash_whatever_the_script(work: Work) -> None:
    made = [define_kpi(work, Wishes(name=name)) for name in ("Win rate", "win-RATE", "受注率")]
    keys = [get_kpi(work.session, kpi_id).key for kpi_id in made]
    assert keys == ["win_rate", "win_rate_2", "kpi"]


def test_what_an_active_kpi_measures_stays(work: Work) -> None:
    wishes = whole(work)
    kpi_id = define_kpi(work, wishes)
    activate_kpi(work, kpi_id)
    version = get_kpi(work.session, kpi_id).version
    other = replace(wishes, measure=replace(wishes.measure, period_kind=PeriodKind.YEAR))
    with pytest.raises(MeasureFixed):
        edit_kpi(work, kpi_id, version, other)
    edit_kpi(work, kpi_id, version, replace(wishes, name="Priced proposals"))
    assert get_kpi(work.session, kpi_id).name == "Priced proposals"


@pytest.mark.parametrize(
    ("change", "letter"),
    [
        ({"specific": ""}, Letter.SPECIFIC),
        ({"is_confirmed": False}, Letter.ATTAINABLE),
        ({"goal_id": None}, Letter.RELEVANT),
    ],
)
def test_an_active_kpi_keeps_its_five_letters(
    work: Work, change: dict[str, object], letter: Letter
) -> None:
    wishes = whole(work)
    kpi_id = define_kpi(work, wishes)
    activate_kpi(work, kpi_id)
    version = get_kpi(work.session, kpi_id).version
    with pytest.raises(LetterLost) as refused, work.session.begin_nested():
        edit_kpi(work, kpi_id, version, replace(wishes, **change))  # type: ignore[arg-type]
    assert refused.value.facts == {"letters": (letter,)}
    retire_kpi(work, kpi_id)
    version = get_kpi(work.session, kpi_id).version
    edit_kpi(work, kpi_id, version, replace(wishes, **change))  # type: ignore[arg-type]


def test_a_stale_edit_is_refused_with_both_texts(work: Work) -> None:
    kpi_id = define_kpi(work, Wishes(name="One"))
    edit_kpi(work, kpi_id, 1, Wishes(name="Two"))
    with pytest.raises(StaleEdit) as refused:
        edit_kpi(work, kpi_id, 1, Wishes(name="Three"))
    assert refused.value.facts["theirs"]["name"] == "Two"  # type: ignore[index]
    assert refused.value.facts["yours"]["name"] == "Three"  # type: ignore[index]


def test_a_manager_defines_for_his_own_teams_only(session: Session, work_as: As) -> None:
    manager = a_person(session, "Manager", Role.MANAGER)
    rep = a_person(session, "Rep", manager=manager)
    mine = Measure(team_id=TeamId(a_team(session, "Mine", rep, head=manager).id))
    theirs = Measure(team_id=TeamId(a_team(session, "Theirs").id))
    kpi_id = define_kpi(work_as(manager.id), Wishes(name="Ours", measure=mine))
    for measure in (theirs, Measure()):
        with pytest.raises(Forbidden):
            define_kpi(work_as(manager.id), Wishes(name="Not ours", measure=measure))
        with pytest.raises(Forbidden):
            edit_kpi(work_as(manager.id), kpi_id, 1, Wishes(name="Moved", measure=measure))
    with pytest.raises(Forbidden):
        define_kpi(work_as(rep.id), Wishes(name="Mine", measure=mine))


def test_won_revenue_ships_active_smart_and_once(work: Work) -> None:
    first = ensure_won_revenue_kpi(work.session, NOW)
    assert ensure_won_revenue_kpi(work.session, NOW) == first
    kpi = get_kpi(work.session, first)
    assert (kpi.key, kpi.state, kpi.unit) == ("won_revenue", KpiState.ACTIVE, "money")
    assert all(finding.holds for finding in check(kpi.draft(())))
    assert [one.id for one in kpis(work.session, states=(KpiState.ACTIVE,))] == [first]


def test_goals_are_set_by_operations_and_executives(session: Session, work_as: As) -> None:
    for role, allowed in (
        (Role.OPERATIONS, True),
        (Role.EXECUTIVE, True),
        (Role.MANAGER, False),
        (Role.REP, False),
    ):
        work = work_as(a_person(session, "", role).id)
        if allowed:
            define_goal(work, name=f"Goal of {role}")
        else:
            with pytest.raises(Forbidden):
                define_goal(work, name="Mine")
    assert len(goals(session)) == 2


def test_a_goal_is_edited_with_its_version_and_on_record(work: Work) -> None:
    goal_id = define_goal(work, name="Grow")
    with pytest.raises(GoalNameTaken):
        define_goal(work, name="GROW")
    edit_goal(work, goal_id, 1, name="Grow", description="By a fifth", is_active=False)
    with pytest.raises(StaleEdit):
        edit_goal(work, goal_id, 1, name="Shrink", description="", is_active=True)
    assert get_goal(work.session, goal_id).description == "By a fifth"
    assert goals(work.session, only_active=True) == ()
    acts = work.session.scalars(select(AuditEntryRow.act)).all()
    assert list(acts) == ["goals.edit", "goals.edit"]


def test_a_missing_kpi_or_goal_is_not_found(work: Work) -> None:
    with pytest.raises(NotFound):
        get_kpi(work.session, KpiId(1))
    with pytest.raises(NotFound):
        get_goal(work.session, GoalId(1))
