"""What the pages of review packs show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from spm.domain.access import Permission, may, may_at_all, reach
from spm.domain.ids import PackId, PackRunId, PersonId, TeamId
from spm.domain.metrics.figure import Question, Scope, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.packs.choice import top_facts
from spm.domain.packs.content import KpiSheet, PeriodPoint, ReviewPack, Side
from spm.domain.period import AsOf, Period, name_of, of_dates
from spm.domain.targets.target import Owner
from spm.i18n.words import words_for
from spm.queries.organisation.people import people_choices
from spm.queries.packs.issued import PackLine, get_pack, packs
from spm.queries.packs.members import people_of
from spm.queries.packs.runs import latest_runs
from spm.queries.paging import Page
from spm.queries.targets.owners import teams
from spm.reports.review_pack.opening import change_words, fact_words, sections_words
from spm.reports.review_pack.pieces import finding
from spm.reports.review_pack.say import Say
from spm.services.packs import side_of
from spm.services.work import Work
from spm.web.blueprints.packs.forms import IssueForm, SignOffForm
from spm.web.figures import explain_address
from spm.web.rendering import current_viewer

STATUS_KINDS = {
    "met": "met",
    "on-pace": "met",
    "close": "watch",
    "behind": "missed",
    "missed": "missed",
}
"""The scorecard's word for where a KPI stands → the kind of status mark."""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run in the list of packs; ``team`` is empty for everybody."""

    id: PackRunId
    team: str
    period_name: str
    asked_at: datetime
    packs: int
    has_file: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """The packs in sight.

    Attributes:
        person_id: Whose packs only, if anybody's.
        waiting: Only those that wait for the reader's side.
        runs: What the reader asked for in one go and can still fetch or watch, the latest first.
        people: Whose packs can be chosen, as (id, name).
    """

    packs: Page[PackLine]
    person_id: int | None
    waiting: Side | None
    people: tuple[tuple[PersonId, str], ...]
    may_issue: bool
    runs: tuple[RunEntry, ...]


def list_page(
    work: Work, person_id: PersonId | None, waiting: Side | None, number: int
) -> ListPage:
    """Return the page of the packs in sight."""
    found = packs(
        work.session,
        work.actor,
        fiscal_start=work.organisation.fiscal_start,
        person_id=person_id,
        waits_for=waiting,
        number=number,
    )
    seen = reach(work.actor, Permission.PACKS_VIEW)
    people = tuple(
        pair for pair in people_choices(work.session, work.today) if seen.has_person(pair[0])
    )
    return ListPage(
        found,
        person_id,
        waiting,
        people,
        may_at_all(work.actor, Permission.PACKS_ISSUE),
        _runs(work),
    )


def _runs(work: Work) -> tuple[RunEntry, ...]:
    me, start = work.actor.person_id, work.organisation.fiscal_start
    if me is None:
        return ()
    return tuple(
        RunEntry(
            run.id,
            run.team,
            name_of(Period(run.start, run.end), start),
            run.asked_at,
            len(run.items),
            run.has_file(work.now),
        )
        for run in latest_runs(work.session, me)
        if run.finished_at is None or run.has_file(work.now)
    )


@dataclass(frozen=True, slots=True)
class KpiRow:
    """A KPI of a pack in the reader's words; `attained` and `paced` place its bar.

    The addresses are of the figures as of the pack's own instant: what they are made of, by what is
    known of it now.
    """

    name: str
    finding: str
    actual: str
    target: str
    attained_said: str
    gap: str
    status_kind: str
    status: str
    prior: str
    attained: float | None
    paced: float | None
    attained_url: str
    target_url: str
    pace_url: str
    prior_url: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What of a KPI differs from the pack that this one replaces, in the reader's words."""

    kpi: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShowPage:
    """An issued pack.

    Attributes:
        facts: What the pack points out first.
        changes: What differs from the pack that this one replaces, of the KPIs.
        changed: The other sections that differ, one after the other; empty for none.
        draft: Where a draft of the next issue is, for who issues one.
        side: For which side the reader can sign off now; None where there is nothing to sign.
        may_reissue: The reader issues packs of this person.
    """

    pack: ReviewPack
    finding: str
    kpis: tuple[KpiRow, ...]
    facts: tuple[str, ...]
    form: SignOffForm
    side: Side | None
    may_reissue: bool
    changes: tuple[ChangeRow, ...]
    changed: str
    draft: str


def show_page(work: Work, pack_id: PackId, form: SignOffForm) -> ShowPage:
    """Return the page of one pack.

    Raises:
        NotFound: There is none, or none that the reader may see.
    """
    pack = get_pack(work.session, work.actor, pack_id)
    content = pack.content
    say = Say(words_for(current_viewer().locale), content.zone)
    first = content.headline
    return ShowPage(
        pack=pack,
        finding="" if first is None else f"{first.name}: {finding(say, first)}",
        kpis=tuple(_row(say, sheet, _opener(work, pack, sheet)) for sheet in content.kpis),
        facts=tuple(fact_words(say, fact) for fact in top_facts(content)),
        form=form,
        side=_side(work, pack),
        may_reissue=may(work.actor, Permission.PACKS_ISSUE, pack.subject),
        changes=tuple(
            ChangeRow(
                one.kpi,
                change_words(say, one),
                say.value(one.before, one.unit, one.currency),
                say.value(one.after, one.unit, one.currency),
            )
            for one in content.changes
        ),
        changed=sections_words(say, content.changed),
        draft=draft_address(Owner(person_id=pack.person_id, team_id=pack.team_id), content.period),
    )


def draft_address(owner: Owner, period: str) -> str:
    """Return where the draft of an owner's pack is, as PDF."""
    return url_for("packs.draft", person=owner.person_id, team=owner.team_id, period=period)


Opener = Callable[[MetricId, PeriodPoint], str]
"""The address of a metric of a KPI in a period."""


def _opener(work: Work, pack: ReviewPack, sheet: KpiSheet) -> Opener:
    kind = ScopeKind.REP if pack.person_id is not None else ScopeKind.TEAM
    scope = Scope(kind, pack.person_id or pack.team_id, label=pack.content.person)
    as_of = AsOf.at(pack.content.as_of)

    def address(metric: MetricId, point: PeriodPoint) -> str:
        named = of_dates(Period(point.start, point.end), work.organisation.fiscal_start)
        return explain_address(
            Question(metric, scope, as_of, named, kpi=sheet.key), work.organisation
        )

    return address


def _row(say: Say, sheet: KpiSheet, opens: Opener) -> KpiRow:
    now, prior = sheet.now, sheet.prior
    paced = None
    if sheet.expected is not None and now.target and not now.is_over:
        paced = float(sheet.expected / now.target)
    return KpiRow(
        name=sheet.name,
        finding=finding(say, sheet),
        actual=say.value(now.figure.value, sheet.unit, sheet.currency),
        target=say.value(now.target, sheet.unit, sheet.currency),
        attained_said=say.attained(now.attained),
        gap=say.points(None if now.is_over else sheet.gap),
        status_kind=STATUS_KINDS.get(sheet.status, "unknown"),
        status=say.status(sheet).partition(" ")[2],
        prior=say.value(prior.figure.value if prior else None, sheet.unit, sheet.currency),
        attained=None if now.attained is None else float(now.attained),
        paced=paced,
        attained_url=opens(MetricId.ATTAINMENT, now),
        target_url=opens(MetricId.TARGET, now),
        pace_url=opens(MetricId.PACE, now),
        prior_url=opens(MetricId.ATTAINMENT, prior) if prior else "",
    )


def _side(work: Work, pack: ReviewPack) -> Side | None:
    me = work.actor.person_id
    allowed = may(work.actor, Permission.PACKS_SIGN_OFF, pack.subject)
    if not allowed or me is None or pack.superseded_by is not None:
        return None
    if any(one.person_id == me for one in pack.sign_offs):
        return None
    return side_of(work.actor, pack)


@dataclass(frozen=True, slots=True)
class IssuePage:
    """The form of a new pack.

    Attributes:
        draft: Where its draft is, as PDF; None while nobody is chosen.
    """

    form: IssueForm
    draft: str | None


def issuable_teams(work: Work) -> tuple[tuple[int, str], ...]:
    """Return the teams whose own packs the reader issues, as (id, name), by name."""
    return tuple(
        (one.owner.team_id, one.name)
        for one in teams(work.session)
        if one.owner.team_id is not None
        and may(work.actor, Permission.PACKS_ISSUE, one.owner.subject)
    )


def issuable(work: Work, team_id: TeamId | None = None) -> tuple[tuple[int, str], ...]:
    """Return the people whose packs the reader issues, as (id, name), by name.

    Of a team and the teams below it only, where one is named.
    """
    seen = reach(work.actor, Permission.PACKS_ISSUE)
    inside = None if team_id is None else set(people_of(work.session, team_id, work.today))
    return tuple(
        pair
        for pair in people_choices(work.session, work.today)
        if seen.has_person(pair[0]) and (inside is None or pair[0] in inside)
    )
