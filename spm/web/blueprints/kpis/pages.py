"""What the pages about KPIs show."""

from collections.abc import Sequence
from dataclasses import dataclass

from spm.domain.access import Permission, may
from spm.domain.metrics.figure import Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Direction, Unit
from spm.domain.period import AsOf, NamedPeriod
from spm.domain.targets.kpi import Kpi, KpiState
from spm.domain.targets.smart import Attainability, Finding, attainability, check
from spm.domain.targets.target import Target
from spm.queries.targets.actuals import audience, current_period, history, values_of
from spm.queries.targets.kpis import kpis
from spm.queries.targets.owners import Standing, allowed, people, teams
from spm.queries.targets.targets import Filters, Page, find_exact, targets
from spm.services.work import Work
from spm.web.blueprints.kpis.forms import WordsForm
from spm.web.charts import Drawn, Scale, figure_trend, reader

STATES = (KpiState.ACTIVE, KpiState.DRAFT, KpiState.RETIRED)


@dataclass(frozen=True, slots=True)
class ListPage:
    """The KPIs by state, the active ones first."""

    by_state: tuple[tuple[KpiState, tuple[Kpi, ...]], ...]
    may_define: bool

    @property
    def active(self) -> int:
        """How many are in use."""
        return len(self.by_state[0][1])

    @property
    def drafts(self) -> int:
        """How many are not in use yet."""
        return len(self.by_state[1][1])


def list_page(work: Work) -> ListPage:
    """Return the page of all KPIs."""
    known = kpis(work.session)
    return ListPage(
        tuple((state, tuple(kpi for kpi in known if kpi.state is state)) for state in STATES),
        may_define=_may_define(work),
    )


def _may_define(work: Work) -> bool:
    return may(work.actor, Permission.KPIS_EDIT) or bool(
        allowed(work.actor, Permission.KPIS_EDIT, teams(work.session))
    )


@dataclass(frozen=True, slots=True)
class History:
    """Somebody's figure in earlier periods, and how hard the present target is by it.

    Attributes:
        whose: The name of the person or team, or of the organisation.
        periods: Earlier periods with their figures, oldest first.
        target: What is asked of them in the present period, if anything.
        seen: The target against the history; None without a target.
        chart: The same as a drawing with its table.
    """

    whose: str
    periods: tuple[tuple[NamedPeriod, Reading], ...]
    target: Target | None
    seen: Attainability | None
    chart: Drawn


@dataclass(frozen=True, slots=True)
class ShowPage:
    """One KPI, letter by letter.

    Attributes:
        findings: One per letter, in the order of the word.
        history: Of the person chosen, else of those whom it is for; None while it is unbound.
        people: Whom a history can be shown of, by name.
        person: The one chosen.
        targets: The latest targets in sight.
    """

    kpi: Kpi
    findings: tuple[Finding, ...]
    history: History | None
    people: tuple[Standing, ...]
    person: Standing | None
    targets: Page
    may_edit: bool
    may_activate: bool
    may_set: bool

    @property
    def missing(self) -> int:
        """How many letters do not hold yet."""
        return sum(not finding.holds for finding in self.findings)


def show_page(work: Work, kpi: Kpi, person_id: int | None) -> ShowPage:
    """Return the page of one KPI; ``person_id`` is whose history is asked for."""
    as_of = AsOf.at(work.now)
    present = current_period(work.organisation, kpi, as_of)
    own = history(work.session, work.organisation, kpi, audience(kpi), present, as_of)
    seen = tuple(
        one
        for one in allowed(work.actor, Permission.FIGURES_VIEW, people(work.session, work.today))
        if kpi.measure.team_id is None or kpi.measure.team_id in one.teams
    )
    person = next((one for one in seen if one.owner.person_id == person_id), None)
    settable = allowed(work.actor, Permission.TARGETS_SET, people(work.session, work.today))
    return ShowPage(
        kpi=kpi,
        findings=check(kpi.draft(values_of(own))),
        history=_history(work, kpi, person, present, as_of, own),
        people=seen,
        person=person,
        targets=targets(
            work.session,
            work.actor,
            work.organisation,
            work.today,
            Filters(kpi_id=kpi.id, size=10),
        ),
        may_edit=may(work.actor, Permission.KPIS_EDIT, kpi.subject)
        and kpi.state is not KpiState.RETIRED,
        may_activate=may(work.actor, Permission.KPIS_ACTIVATE, kpi.subject),
        may_set=kpi.state is KpiState.ACTIVE and bool(settable),
    )


def _history(
    work: Work,
    kpi: Kpi,
    person: Standing | None,
    present: NamedPeriod,
    as_of: AsOf,
    own: Sequence[tuple[NamedPeriod, Reading]],
) -> History | None:
    if kpi.unit is None or kpi.lacks_stage:
        return None
    if person is None:
        whose = kpi.team or work.organisation.name or reader().gettext("Everybody")
        return _held(work, kpi, whose, own, None)
    number = person.owner.person_id
    scope = Scope(ScopeKind.REP, number, label=person.name)
    known = history(work.session, work.organisation, kpi, scope, present, as_of)
    target = find_exact(work.session, work.organisation, kpi.id, person.owner, present.period)
    return _held(work, kpi, person.name, known, target)


def _held(
    work: Work,
    kpi: Kpi,
    whose: str,
    known: Sequence[tuple[NamedPeriod, Reading]],
    target: Target | None,
) -> History:
    seen = None
    if target is not None:
        lower = kpi.direction is Direction.DOWN
        seen = attainability(target.value, values_of(known), lower_is_better=lower)
    title = reader().gettext("%(kpi)s of %(whose)s in earlier periods", kpi=kpi.name, whose=whose)
    unit = kpi.unit or Unit.COUNT
    is_money = unit in {Unit.MONEY, Unit.MONEY_PER_DAY}
    chart = figure_trend(
        title,
        known,
        [None if target is None else target.value for _ in known],
        Scale(unit, work.organisation.currency if is_money else None),
    )
    return History(whose, tuple(known), target, seen, chart)


@dataclass(frozen=True, slots=True)
class FormPage:
    """A KPI's form; ``kpi`` is None for a new one, and ``form`` has words only once it is active."""

    form: WordsForm
    kpi: Kpi | None
