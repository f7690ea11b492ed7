"""What the pages about targets show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from spm.domain.access import Permission, may
from spm.domain.ids import KpiId
from spm.domain.metrics.figure import Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Direction, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, NamedPeriod, name_of, previous
from spm.domain.targets.kpi import Kpi, KpiState
from spm.domain.targets.rollup import RollUp, roll_up
from spm.domain.targets.smart import Attainability, attainability
from spm.domain.targets.state import TargetState
from spm.domain.targets.target import Answer, Owner, Revision, Target
from spm.queries.targets.actuals import actuals, history, question_of, values_of
from spm.queries.targets.kpis import get_kpi, kpis
from spm.queries.targets.owners import Standing, allowed, members, people, teams
from spm.queries.targets.targets import (
    Filters,
    Page,
    answers,
    exact,
    find_exact,
    revisions,
    targets,
    waiting_for,
)
from spm.services.work import Work
from spm.web.blueprints.targets.forms import AnswerForm, PlanBase
from spm.web.charts import Drawn, Scale, figure_trend, reader
from spm.web.fields import Form
from spm.web.figures import explain_address


@dataclass(frozen=True, slots=True)
class ListPage:
    """Targets in sight.

    Attributes:
        waiting: The reader's own targets that want an answer.
        settable: Whether the reader sets any.
    """

    found: Page
    filters: Filters
    kpis: tuple[Kpi, ...]
    teams: tuple[Standing, ...]
    waiting: tuple[Target, ...]
    settable: bool
    objected: int
    period: str | None
    states: tuple[TargetState, ...] = tuple(TargetState)


def list_page(work: Work, filters: Filters) -> ListPage:
    """Return the page of targets under ``filters``."""
    there = (work.session, work.actor, work.organisation, work.today)
    objected = targets(*there, Filters(state=TargetState.OBJECTED, size=1)).total
    person_id = work.actor.person_id
    waiting = (
        ()
        if person_id is None
        else waiting_for(work.session, work.organisation, person_id, work.today)
    )
    return ListPage(
        found=targets(*there, filters),
        filters=filters,
        kpis=kpis(work.session, states=(KpiState.ACTIVE, KpiState.RETIRED)),
        teams=allowed(work.actor, Permission.TARGETS_VIEW, teams(work.session)),
        waiting=waiting,
        settable=bool(settable(work)),
        objected=objected,
        period=(
            name_of(filters.period, work.organisation.fiscal_start) if filters.period else None
        ),
    )


def settable(work: Work) -> tuple[Standing, ...]:
    """Return the people and then the teams for whom the reader sets targets, by name."""
    there = (*people(work.session, work.today), *teams(work.session))
    return allowed(work.actor, Permission.TARGETS_SET, there)


def for_kpi(work: Work, kpi: Kpi) -> tuple[Standing, ...]:
    """Return those of ``settable`` whom ``kpi`` is for."""
    team_id = kpi.measure.team_id
    return tuple(one for one in settable(work) if team_id is None or team_id in one.teams)


def key_of(owner: Owner) -> str:
    """Return an owner as forms and addresses name it."""
    if owner.person_id is not None:
        return f"person-{owner.person_id}"
    return f"team-{owner.team_id}"


@dataclass(frozen=True, slots=True)
class Held:
    """A value against its owner's own history.

    Attributes:
        seen: How hard it is; None while there is no value.
        chart: The history with the value as a tick on each bar.
        n: Earlier periods known.
    """

    seen: Attainability | None
    chart: Drawn
    n: int


def held(
    work: Work, kpi: Kpi, owner: Owner, name: str, period: NamedPeriod, value: Decimal | None
) -> Held:
    """Return ``value`` for ``period`` against what ``owner`` did in the periods before it."""
    kind = ScopeKind.REP if owner.person_id is not None else ScopeKind.TEAM
    scope = Scope(kind, owner.person_id or owner.team_id, label=name)
    known = history(work.session, work.organisation, kpi, scope, period, AsOf.at(work.now))
    seen = None
    if value is not None:
        lower = kpi.direction is Direction.DOWN
        seen = attainability(value, values_of(known), lower_is_better=lower)
    unit = kpi.unit or Unit.COUNT
    is_money = unit in {Unit.MONEY, Unit.MONEY_PER_DAY}
    chart = figure_trend(
        reader().gettext("%(kpi)s of %(whose)s before", kpi=kpi.name, whose=name),
        known,
        [value for _ in known],
        Scale(unit, work.organisation.currency if is_money else None),
    )
    return Held(seen, chart, len(known))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the talk about a target: an answer, or a revision; the other is None."""

    at: datetime
    answer: Answer | None = None
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class ShowPage:
    """One target: its value and rationale, what was said, what the reader can do.

    Attributes:
        thread: Answers and revisions, the earliest first.
    """

    target: Target
    kpi: Kpi
    revisions: tuple[Revision, ...]
    thread: tuple[Turn, ...]
    held: Held
    form: AnswerForm
    may_accept: bool
    may_object: bool
    may_comment: bool
    may_revise: bool
    is_own: bool


def show_page(work: Work, target: Target, form: AnswerForm) -> ShowPage:
    """Return the page of one target."""
    kpi = get_kpi(work.session, target.kpi_id)
    actor, subject = work.actor, target.subject
    values = revisions(work.session, target.id)
    return ShowPage(
        target=target,
        kpi=kpi,
        revisions=values,
        thread=_thread(values, answers(work.session, target.id)),
        held=held(work, kpi, target.owner, target.owner_name, target.period, target.value),
        form=form,
        may_accept=may(actor, Permission.TARGETS_ACCEPT, subject)
        and target.state is not TargetState.ACCEPTED,
        may_object=may(actor, Permission.TARGETS_OBJECT, subject)
        and target.state is TargetState.SET,
        may_comment=may(actor, Permission.TARGETS_COMMENT, subject),
        may_revise=may(actor, Permission.TARGETS_SET, subject),
        is_own=target.owner.person_id is not None and target.owner.person_id == actor.person_id,
    )


def _thread(values: Sequence[Revision], said: Sequence[Answer]) -> tuple[Turn, ...]:
    """Return what was said and revised in its order; the first value opens no talk."""
    turns = [Turn(one.at, answer=one) for one in said]
    turns += [Turn(one.set_at, revision=one) for one in values if one.revision > 1]
    return tuple(sorted(turns, key=lambda turn: turn.at))


@dataclass(frozen=True, slots=True)
class SetPage:
    """The form of a new target; ``form`` is None until a KPI is chosen.

    Attributes:
        exists: The target that is already set for exactly this, if the form ran into one.
    """

    kpis: tuple[Kpi, ...]
    kpi: Kpi | None
    form: Form | None
    held: Held | None = None
    exists: Target | None = None


@dataclass(frozen=True, slots=True)
class RevisePage:
    """The form of a revision."""

    target: Target
    form: Form
    held: Held


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One owner in a plan.

    Attributes:
        last: The figure of the period before.
        last_target: The target of the period before.
        target: What is set now, if anything; one in another currency than the organisation's has no
            field here, it is revised on its own page.
    """

    key: str
    standing: Standing
    last: Reading | None
    last_target: Target | None
    target: Target | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan for a team: one value per person.

    Attributes:
        before: The period that ``last`` is of.
        rolled: The values typed so far against the team's own target.
    """

    kpis: tuple[Kpi, ...]
    teams: tuple[Standing, ...]
    periods: tuple[str, ...]
    kpi: Kpi | None
    team: Standing | None
    period: NamedPeriod
    before: NamedPeriod
    rows: tuple[PlanRow, ...]
    form: PlanBase | None
    rolled: RollUp | None
    currency: str
    organisation: Organisation
    as_of: AsOf

    def behind(self, row: PlanRow) -> str | None:
        """Return the address of the deals behind what an owner reached in the period before."""
        if self.kpi is None or self.kpi.measure.metric is None:
            return None
        scope = Scope(ScopeKind.REP, row.standing.owner.person_id, label=row.standing.name)
        question = question_of(self.kpi.measure, scope, self.before, self.as_of)
        return explain_address(question, self.organisation)


def plan_rows(work: Work, kpi: Kpi, team: Standing, period: NamedPeriod) -> tuple[PlanRow, ...]:
    """Return the people of ``team`` (not of those below it) for whom the reader sets targets."""
    team_id = team.owner.team_id
    there = members(work.session, frozenset(filter(None, [team_id])), work.today)
    before = previous(period)
    now = exact(work.session, work.organisation, kpi.id, period.period)
    then = exact(work.session, work.organisation, kpi.id, before.period)
    return tuple(
        PlanRow(
            key=key_of(one.owner).replace("-", "_"),
            standing=one,
            last=_last(work, kpi, one, before),
            last_target=then.get(one.owner),
            target=now.get(one.owner),
        )
        for one in allowed(work.actor, Permission.TARGETS_SET, there)
    )


def _last(work: Work, kpi: Kpi, one: Standing, before: NamedPeriod) -> Reading | None:
    scope = Scope(ScopeKind.REP, one.owner.person_id, label=one.name)
    as_of = AsOf.at(work.now)
    read = actuals(work.session, work.organisation, kpi.measure, scope, [before], as_of)
    return read[0] if read else None


def team_target(work: Work, kpi_id: KpiId, team: Standing, period: NamedPeriod) -> Decimal | None:
    """Return what is set for exactly the team itself; None where that is in another currency."""
    found = find_exact(work.session, work.organisation, kpi_id, team.owner, period.period)
    return None if found is None or is_foreign(work, found) else found.value


def is_foreign(work: Work, target: Target | None) -> bool:
    """Return whether a target is in another currency than those that are set here."""
    return target is not None and target.currency not in {None, work.organisation.currency}


def rolled(
    values: Sequence[Decimal | None], parent: Decimal | None, *, in_one_currency: bool
) -> RollUp:
    """Return the values of a plan against the team's own target."""
    return roll_up(values, parent, in_one_currency=in_one_currency)
