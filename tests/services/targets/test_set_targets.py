"""Setting, revising, accepting and objecting to targets."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import KpiId, PersonId, TargetId, TeamId
from spm.domain.period import parse
from spm.domain.targets.kpi import KpiState, NotActive
from spm.domain.targets.state import (
    AlreadyAccepted,
    AlreadyObjected,
    AnswerKind,
    Superseded,
    TargetState,
    WordsMissing,
)
from spm.domain.targets.target import (
    NotForOwner,
    Owner,
    TargetExists,
    TargetOfZero,
    TargetTooFine,
)
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow, TeamRow
from spm.models.targets import KpiRow, TargetRevisionRow, TargetRow
from spm.queries.targets import targets as queries
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.load import Loader, Outcome
from spm.services.targets.targets import (
    Entry,
    accept_target,
    comment_on_target,
    object_to_target,
    plan_targets,
    revise_target,
    set_target,
)
from spm.services.work import Work
from tests.builders import a_person, a_team, an_organisation
from tests.conftest import NOW

Q4 = parse("2026-Q4")


@dataclass
class House:
    """A company of two teams under a director, and who is in it."""

    director: PersonRow
    manager: PersonRow
    rep: PersonRow
    stranger: PersonRow
    operations: PersonRow
    executive: PersonRow
    top: TeamRow
    team: TeamRow
    other: TeamRow
    kpi: KpiId


@pytest.fixture
def house(session: Session) -> House:
    an_organisation(session)
    director = a_person(session, "Director", Role.MANAGER)
    manager = a_person(session, "Manager", Role.MANAGER, manager=director)
    rep = a_person(session, "Rep", manager=manager)
    stranger = a_person(session, "Stranger")
    top = a_team(session, "Sales", director, head=director)
    team = a_team(session, "North", manager, rep, head=manager, parent=top)
    other = a_team(session, "South", stranger, parent=top)
    return House(
        director,
        manager,
        rep,
        stranger,
        a_person(session, "Ops", Role.OPERATIONS),
        a_person(session, "Chief", Role.EXECUTIVE),
        top,
        team,
        other,
        ensure_won_revenue_kpi(session, NOW),
    )


def of(person: PersonRow) -> Owner:
    return Owner(person_id=PersonId(person.id))


def team_of(team: TeamRow) -> Owner:
    return Owner(team_id=TeamId(team.id))


def give(work: Work, house: House, owner: Owner, value: str = "50000") -> TargetId:
    return set_target(
        work, house.kpi, owner, Q4, value=Decimal(value), rationale="Last year plus a tenth"
    )


As = Callable[[int], Work]


def test_a_manager_sets_a_target_that_the_rep_reads_and_accepts(house: House, work_as: As) -> None:
    manager, rep = work_as(house.manager.id), work_as(house.rep.id)
    target_id = give(manager, house, of(house.rep))
    target = queries.get_target(rep.session, rep.actor, rep.organisation, target_id)
    assert (target.value, target.currency, target.state) == (
        Decimal(50_000),
        "USD",
        TargetState.SET,
    )
    assert (target.rationale, target.set_by) == ("Last year plus a tenth", "Manager")
    assert target.period == Q4
    accept_target(rep, target_id, revision=1)
    target = queries.get_target(rep.session, rep.actor, rep.organisation, target_id)
    assert (target.state, target.answered_at) == (TargetState.ACCEPTED, NOW)
    acts = rep.session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()
    assert [(entry.act, entry.person_id) for entry in acts] == [
        ("targets.set", house.rep.id),
        ("targets.accept", house.rep.id),
    ]
    with pytest.raises(AlreadyAccepted):
        accept_target(rep, target_id, revision=1)


def test_an_objection_is_answered_by_a_revision_and_all_of_it_is_kept(
    house: House, work_as: As
) -> None:
    manager, rep = work_as(house.manager.id), work_as(house.rep.id)
    target_id = give(manager, house, of(house.rep))
    with pytest.raises(WordsMissing):
        object_to_target(rep, target_id, 1, " ")
    object_to_target(rep, target_id, 1, "Two accounts left")
    with pytest.raises(AlreadyObjected):
        object_to_target(rep, target_id, 1, "Again")
    comment_on_target(manager, target_id, "Which ones?")
    revise_target(
        manager, target_id, 1, value=Decimal(45_000), rationale="Less two accounts", reason="Left"
    )
    with pytest.raises(Superseded):
        accept_target(rep, target_id, revision=1)
    accept_target(rep, target_id, revision=2)
    said = queries.answers(rep.session, target_id)
    assert [(answer.kind, answer.by, answer.revision) for answer in said] == [
        (AnswerKind.OBJECT, "Rep", 1),
        (AnswerKind.COMMENT, "Manager", 1),
        (AnswerKind.ACCEPT, "Rep", 2),
    ]
    values = queries.revisions(rep.session, target_id)
    assert [(one.revision, one.value, one.reason) for one in values] == [
        (2, Decimal(45_000), "Left"),
        (1, Decimal(50_000), ""),
    ]


def test_nobody_sets_or_revises_his_own(house: House, work_as: As) -> None:
    with pytest.raises(Forbidden):
        give(work_as(house.manager.id), house, of(house.manager))
    with pytest.raises(Forbidden):
        give(work_as(house.manager.id), house, team_of(house.team))
    with pytest.raises(Forbidden):
        give(work_as(house.rep.id), house, of(house.rep))
    target_id = give(work_as(house.director.id), house, of(house.manager))
    with pytest.raises(Forbidden):
        revise_target(
            work_as(house.manager.id), target_id, 1, value=Decimal(1), rationale="a", reason="b"
        )


def test_the_targets_of_another_team_do_not_exist(house: House, work_as: As) -> None:
    manager = work_as(house.manager.id)
    for owner in (of(house.stranger), team_of(house.other), Owner(person_id=PersonId(999))):
        with pytest.raises(NotFound):
            give(manager, house, owner)
    theirs = give(work_as(house.operations.id), house, of(house.stranger))
    ours = give(work_as(house.operations.id), house, of(house.rep))
    with pytest.raises(NotFound):
        queries.get_target(manager.session, manager.actor, manager.organisation, theirs)
    with pytest.raises(NotFound):
        accept_target(work_as(house.stranger.id), ours, 1)
    seen = queries.targets(
        manager.session, manager.actor, manager.organisation, manager.today, queries.Filters()
    )
    assert [target.id for target in seen.targets] == [ours]


def test_only_the_owner_accepts(house: House, work_as: As) -> None:
    target_id = give(work_as(house.manager.id), house, of(house.rep))
    for person in (house.manager, house.operations, house.executive):
        with pytest.raises(Forbidden):
            accept_target(work_as(person.id), target_id, 1)


def test_a_team_is_given_its_target_by_those_above_its_head(house: House, work_as: As) -> None:
    give(work_as(house.director.id), house, team_of(house.team))
    give(work_as(house.executive.id), house, team_of(house.top))
    with pytest.raises(Forbidden):
        give(work_as(house.executive.id), house, team_of(house.other))
    give(work_as(house.operations.id), house, team_of(house.other))


def test_the_same_is_set_once_and_then_revised(house: House, work: Work) -> None:
    give(work, house, of(house.rep))
    with pytest.raises(TargetExists):
        give(work, house, of(house.rep))


@pytest.mark.parametrize(("value", "error"), [("0", TargetOfZero), ("10.001", TargetTooFine)])
def test_a_value_that_cannot_be_a_target_is_refused(
    house: House, work: Work, value: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        give(work, house, of(house.rep), value)


def test_a_target_has_a_rationale(house: House, work: Work) -> None:
    with pytest.raises(WordsMissing):
        set_target(work, house.kpi, of(house.rep), Q4, value=Decimal(1), rationale="")


def test_a_kpi_of_a_team_is_for_its_people_only_and_only_while_active(
    house: House, work: Work
) -> None:
    row = work.session.get_one(KpiRow, house.kpi)
    row.team_id = house.other.id
    with pytest.raises(NotForOwner):
        give(work, house, of(house.rep))
    row.team_id = house.top.id
    give(work, house, of(house.rep))
    row.state = KpiState.RETIRED.value
    with pytest.raises(NotActive):
        give(work, house, of(house.stranger))


def test_a_plan_sets_revises_and_leaves_alone(house: House, work_as: As) -> None:
    director = work_as(house.director.id)
    kept = give(director, house, of(house.manager), "100")
    changed = give(director, house, of(house.rep), "200")
    entries = [
        Entry(of(house.manager), Decimal(100), 1),
        Entry(of(house.rep), Decimal(250), 1),
        Entry(team_of(house.team), Decimal(350)),
    ]
    done = plan_targets(director, house.kpi, Q4, entries, rationale="The year's plan")
    rows = {row.id: row for row in director.session.scalars(select(TargetRow))}
    assert done[0] == changed
    assert len(done) == 2
    assert (rows[kept].revision, rows[changed].revision, rows[changed].value) == (
        1,
        2,
        Decimal(250),
    )
    assert rows[done[1]].team_id == house.team.id


def test_an_import_rules_and_the_same_again_changes_nothing(house: House, work: Work) -> None:
    loader = Loader(work, house.kpi)
    first = loader.set_imported(of(house.rep), Q4, Decimal(10), "USD")
    again = Loader(work, house.kpi).set_imported(of(house.rep), Q4, Decimal(10), "USD")
    assert (first.outcome, again.outcome) == (Outcome.NEW, Outcome.SAME)
    accept = work.session.get_one(TargetRow, first.target_id)
    accept.state, accept.answered_at = TargetState.ACCEPTED.value, NOW
    other = loader.set_imported(of(house.rep), Q4, Decimal(12), "USD")
    assert (other.outcome, other.before, other.target_id) == (
        Outcome.CHANGED,
        Decimal(10),
        first.target_id,
    )
    assert (accept.state, accept.revision) == ("set", 2)
    values = work.session.scalars(select(TargetRevisionRow.value)).all()
    assert sorted(values) == [10, 12]
    assert work.session.scalars(select(AuditEntryRow)).all() == []
