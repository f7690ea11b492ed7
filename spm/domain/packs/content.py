"""Review packs: everything that one shows, frozen, with its own form on paper and its digest.

A pack keeps its own records instead of those of the scorecard, so that what was handed out reads
the same for ever, however the scorecard changes. Words are not kept but for those that people
typed and the definitions of the metrics; the figures are kept exactly as they were.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from spm.domain.access import Subject
from spm.domain.errors import Conflict, Invalid
from spm.domain.ids import PackId, PersonId, TeamId
from spm.domain.metrics.registry import Direction, Unit
from spm.domain.money import Money
from spm.domain.packs.comparison import Share, StageTime, TeamMedian
from spm.domain.packs.forecast import Forecast
from spm.domain.packs.stored import arguments_of, stored_form
from spm.domain.ratio import quotient, wilson

FORM: Final = 1
"""The form of the stored content; a later one reads all earlier ones."""
MOST_NAMED: Final = 3
"""Wins, losses and facts that a pack names."""
MOST_OPEN: Final = 15
"""Open deals that a pack lists."""
FEWEST_DECIDED: Final = 10
"""Under so many decided deals a rate of conversion says little and is shown grey."""


class PackUnreadable(Invalid):
    """What was stored is not the content of a pack."""

    code = "packs.unreadable"


class AlreadySignedOff(Conflict):
    """That person has signed off this pack before."""

    code = "packs.already-signed-off"


class Superseded(Conflict):
    """A later issue of the pack is the one to sign off; `number` names it."""

    code = "packs.superseded"


class Side(StrEnum):
    """From which side of the table a pack is signed off."""

    REP = "rep"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it was: its value, or why there is none.

    Attributes:
        value: In the unit of what it belongs to; None when unknown.
        n: Over how many deals.
        excluded: How many more lack the amount or date that it takes.
        low: Lower bound of a rate's 95 % interval.
        high: Its upper bound.
        median: Beside a mean.
        reason: Code of why the value is unknown.
        facts: What fills the blanks of the reason's words.
    """

    value: Decimal | None
    n: int = 0
    excluded: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    median: Decimal | None = None
    reason: str | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric meant when the pack was issued, in English, to be translated when shown."""

    label: str
    formula: str
    rules: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class PeriodPoint:
    """One period of a KPI.

    Attributes:
        name: The period's canonical name.
        start: Its first date.
        end: The date after its last.
        figure: What was reached.
        target: What was agreed.
        attained: The ratio of the two, uncapped.
        is_over: Whether the period had ended at the pack's as-of.
        target_currency: Of a target that was set in another currency than the figures have.
    """

    name: str
    start: date
    end: date
    figure: Figure
    target: Decimal | None = None
    attained: Decimal | None = None
    is_over: bool = True
    target_currency: str | None = None

    @property
    def drawn_target(self) -> Decimal | None:
        """The target on the scale of the figures; None where it is in another currency."""
        return self.target if self.target_currency is None else None


@dataclass(frozen=True, slots=True)
class TargetNote:
    """One entry in the log of a KPI's targets: a value that was set, or what was said about it.

    Attributes:
        at: When.
        by: Who, by name; empty for an import.
        act: `set`, `accept`, `object` or `comment`.
        period: Name of the target's period.
        value: The value that was set; None for an answer.
        words: Its rationale or reason, or what was said.
        currency: Of a value in another currency than the figures have.
    """

    at: datetime
    by: str
    act: str
    period: str
    value: Decimal | None = None
    words: str = ""
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class KpiSheet:
    """A KPI over the pack's period.

    Attributes:
        key: The KPI's key.
        name: What people call it.
        metric: Name of its metric.
        definition: What its metric meant.
        unit: What it is counted in.
        currency: Of a money KPI.
        direction: Which way is better.
        now: The pack's period.
        expected: What is expected to date; None where nothing is.
        pace: The actual divided by it.
        gap: How far ahead of pace, as a share of the target; negative is behind.
        status: The scorecard's word for where it stands.
        answer: State of the targets behind `now.target`: `set`, `accepted`, `objected`, or None.
        missing: Names of the parts of the period for which no target is set.
        trend: Earlier periods of the same kind, oldest first.
        prior_year: The same period a year before; None where it cannot be named.
        log: The targets' log, oldest first.
        median: The team's, beside a person's; None in a team's pack and without a team.
        bounds: Low and high of a KPI that is on target anywhere between them.
    """

    key: str
    name: str
    metric: str
    definition: Definition
    unit: Unit
    currency: str | None
    direction: Direction
    now: PeriodPoint
    expected: Decimal | None = None
    pace: Decimal | None = None
    gap: Decimal | None = None
    status: str = "unknown"
    answer: str | None = None
    missing: tuple[str, ...] = ()
    trend: tuple[PeriodPoint, ...] = ()
    prior_year: PeriodPoint | None = None
    log: tuple[TargetNote, ...] = ()
    median: TeamMedian | None = None
    bounds: tuple[Decimal, Decimal] | None = None

    @property
    def prior(self) -> PeriodPoint | None:
        """The period before the pack's own."""
        return self.trend[-1] if self.trend else None


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage of a pipeline: what stands in it, what reached it, what was needed.

    Attributes:
        stage: Its name.
        unit: What `reached` and `needed` are counted in.
        reached: What came to it, or beyond it, in the period.
        needed: The stage's target; None without one.
        open_deals: Deals that stand in it at the as-of.
        open_value: What they are worth; None when unknown.
        currency: Of the money.
        is_limit: Whether it is the stage that holds the rest back.
    """

    stage: str
    unit: Unit
    reached: Decimal
    needed: Decimal | None = None
    open_deals: int = 0
    open_value: Decimal | None = None
    currency: str | None = None
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of the deals that came to a stage in the period.

    A deal counts once, by the furthest stage it reached: a skipped stage is passed, a move back
    undoes nothing (metrics.md 3.5).

    Attributes:
        stage: The stage.
        entered: Deals that came to it or beyond it.
        advanced: Those of them that went on to the next stage or beyond it.
        open: Those of them that are open and have not gone on: undecided.
        team: The rate of the whole team, in whole percent; None where it is not told.
    """

    stage: str
    entered: int
    advanced: int
    open: int
    team: Decimal | None = None

    @property
    def decided(self) -> int:
        """Those that went on or left."""
        return self.entered - self.open

    @property
    def rate(self) -> Decimal | None:
        """Advanced ÷ decided; None when nothing is decided."""
        return quotient(Decimal(self.advanced), Decimal(self.decided))

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate (Wilson)."""
        return wilson(self.advanced, self.decided)

    @property
    def is_small(self) -> bool:
        """Whether too few are decided for the rate to say much."""
        return self.decided < FEWEST_DECIDED


@dataclass(frozen=True, slots=True)
class Ladder:
    """The stages of one pipeline, in their order."""

    pipeline: str
    rungs: tuple[Rung, ...]
    passages: tuple[Passage, ...]
    times: tuple[StageTime, ...] = ()


@dataclass(frozen=True, slots=True)
class PackDeal:
    """A deal as it stood.

    Attributes:
        id: Its number, for the link to its page.
        name: What it is called.
        account: The customer's name; empty when unknown.
        stage: The stage that it stood in.
        amount: What it is worth; None when unknown.
        opened_on: Its first dated event.
        closed_on: The date of its close.
        expected_on: When it is expected to close.
        words: Next step of an open deal, reason of a lost one.
        notes: What is to be learnt from a lost one.
        days_in_stage: How long an open deal has stood in its stage; None where nobody knows.
        is_stale: Whether that is longer than the stage expects.
        pushes: How many times its expected close was moved to a later date in the period.
    """

    id: int
    name: str
    account: str
    stage: str
    amount: Money | None
    opened_on: date | None = None
    closed_on: date | None = None
    expected_on: date | None = None
    words: str = ""
    notes: str = ""
    days_in_stage: int | None = None
    is_stale: bool = False
    pushes: int = 0


@dataclass(frozen=True, slots=True)
class Deals:
    """Some deals of a kind with how many there are and what they are worth together.

    `total` is None where there are none with an amount, or they are in several currencies.
    """

    named: tuple[PackDeal, ...] = ()
    count: int = 0
    total: Money | None = None


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What the person's open deals lack at the as-of.

    Attributes:
        past_close: Expected to close before the as-of day, the longest past first.
        undated: How many have no expected close date.
        unpriced: How many have no amount.
        stepless: How many have no next step; None for a state in the past, which kept none.
        pushed: Deals whose expected close was moved to a later date in the period.
        pushes: How many times they were.
        stale: Deals that have stood in their stage for longer than it expects; None where no stage
            expects anything.
    """

    past_close: Deals = Deals()
    undated: int = 0
    unpriced: int = 0
    stepless: int | None = 0
    pushed: int = 0
    pushes: int = 0
    stale: int | None = None


@dataclass(frozen=True, slots=True)
class FallBar:
    """One cause of change between the pipeline at the start of the period and at its end.

    Attributes:
        cause: Name of the cause, as `spm.domain.analytics.waterfall.Cause` has it.
        amount: What it added; negative where it took away.
        deals: How many deals changed so.
        unpriced: How many of them have no amount.
    """

    cause: str
    amount: Money
    deals: int
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class PipelineFall:
    """One currency's open pipeline from the start of the period to the as-of: start + bars = end."""

    start: Money
    start_deals: int
    bars: tuple[FallBar, ...]
    end: Money
    end_deals: int


@dataclass(frozen=True, slots=True)
class Slippage:
    """Deals that were to close in the period when it began, and those of them that slipped.

    Attributes:
        baseline: How many were to close.
        slipped: How many of them were moved beyond the period, or are open at its end.
        baseline_worth: What they were worth; None where there are none or several currencies.
        slipped_worth: The same of the slipped ones.
        crossings: How many pushes led into a later fiscal quarter.
    """

    baseline: int = 0
    slipped: int = 0
    baseline_worth: Money | None = None
    slipped_worth: Money | None = None
    crossings: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Slipped ÷ baseline, by number; None without a baseline."""
        return quotient(Decimal(self.slipped), Decimal(self.baseline))


@dataclass(frozen=True, slots=True)
class OutlookStage:
    """The open deals of a stage that are expected to close in the next period.

    Attributes:
        stage: Its name.
        probability: Of winning from there, as the pipeline says it; 0 to 1.
        deals: How many.
        worth: What they are worth together; None without an amount.
        weighted: Worth times probability, in the currency's smallest unit.
    """

    stage: str
    probability: Decimal
    deals: int
    worth: Money | None
    weighted: Money | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the pipeline promises for the next period, in the organisation's currency.

    Attributes:
        stages: In the order of the pipelines.
        worth: Of all of them.
        weighted: Of all of them.
        target: What is to be won then; None where no target is set.
        to_create: The target less what is weighted, not below nothing; None without a target.
        deals: The largest of them.
        others: How many more are in other currencies, and not counted.
    """

    stages: tuple[OutlookStage, ...] = ()
    worth: Money | None = None
    weighted: Money | None = None
    target: Money | None = None
    to_create: Money | None = None
    deals: Deals = Deals()
    others: int = 0


@dataclass(frozen=True, slots=True)
class MemberCell:
    """One KPI of a member: what was reached, the target, attainment, where it stands."""

    actual: Decimal | None
    target: Decimal | None
    attained: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Member:
    """A row of a team's pack: somebody who belonged to it, or a team below it.

    Attributes:
        cells: A KPI of the pack each, in its order.
        open_deals: How many deals are open; None for a team.
        is_team: Whether it is a team.
    """

    name: str
    cells: tuple[MemberCell, ...]
    open_deals: int | None = None
    is_team: bool = False


@dataclass(frozen=True, slots=True)
class Crew:
    """Who makes up a team's figures.

    Attributes:
        members: Teams below first, then people by name.
        hidden: Former members who count but whom the issuer may not see.
    """

    members: tuple[Member, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class LineFigure:
    """A figure beside the KPIs: its metric's definition, unit, value, and the period before.

    `median` is the team's; None in a team's pack and without a team.
    """

    metric: str
    definition: Definition
    unit: Unit
    currency: str | None
    now: Figure
    prior: Figure
    median: TeamMedian | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """The weighted attainment of the KPIs that have a weight; `left_out` of them have none."""

    ratio: Decimal | None
    parts: int
    left_out: int


@dataclass(frozen=True, slots=True)
class NextTarget:
    """A target of the period that follows."""

    kpi: str
    unit: Unit
    currency: str | None
    value: Decimal | None
    answer: str | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done, by whom, until when; either may still be open."""

    words: str
    owner: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs from the pack that this one replaces.

    `part` is `actual`, `target` or `kpi` (one that came or went).
    """

    kpi: str
    part: str
    unit: Unit
    currency: str | None
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class PackContent:
    """All that a review pack shows.

    Attributes:
        organisation: Its name.
        person: Whose pack it is: a person's name, or a team's.
        title: The person's title in the organisation; may be empty.
        team: The person's team at the as-of; empty without one.
        manager: Whom the person reports to at the as-of; empty for nobody.
        period: Canonical name of the period.
        start: Its first date.
        end: The date after its last.
        next_period: Name of the period that follows.
        as_of: The last instant that counts.
        as_of_day: The last business date that counts.
        zone: Name of the organisation's time zone.
        recorded_until: When the newest of the data was recorded; None without any.
        elapsed: Share of the period's working days that is over.
        kpis: In the order of the scorecard.
        figures: Beside the KPIs: win rate, deal size, cycle.
        ladders: A pipeline each.
        open: The open deals, the largest first.
        won: Deals won in the period, the largest first.
        lost: Deals lost in the period, the largest first.
        hygiene: What the open deals lack.
        next_targets: Those of the next period.
        decisions: What was decided when the pack was made.
        changes: What differs from the pack that this one replaces: KPIs and targets.
        changed: Names of the other fields that differ from it.
        falls: The open pipeline from the start of the period on, a currency each.
        slippage: What was to close in the period and did not.
        outlook: What is expected to close in the next period.
        crew: Who makes up the figures of a team; None in a person's pack.
        forecasts: What is expected of the period, while it lasts, and of the next.
        shares: What the deals have in common that were decided in the period.
        lessons: The largest lost deals of which somebody wrote down what is to be learnt.
        composed: The weighted attainment; None where no KPI has a weight.
        log_head: End of the audit log's chain just before it was issued, as ``spm audit verify --head``
            takes it: whoever holds the paper can have the log checked against it. Empty in a draft.
        form: The form of the content.
    """

    organisation: str
    person: str
    title: str
    team: str
    manager: str
    period: str
    start: date
    end: date
    next_period: str
    as_of: datetime
    as_of_day: date
    zone: str
    recorded_until: datetime | None
    elapsed: Decimal
    kpis: tuple[KpiSheet, ...] = ()
    figures: tuple[LineFigure, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    open: Deals = Deals()
    won: Deals = Deals()
    lost: Deals = Deals()
    hygiene: Hygiene = Hygiene()
    next_targets: tuple[NextTarget, ...] = ()
    decisions: tuple[Decision, ...] = ()
    changes: tuple[Change, ...] = ()
    falls: tuple[PipelineFall, ...] = ()
    slippage: Slippage | None = None
    outlook: Outlook | None = None
    crew: Crew | None = None
    log_head: str = ""
    form: int = FORM
    forecasts: tuple[Forecast, ...] = ()
    shares: tuple[Share, ...] = ()
    lessons: tuple[PackDeal, ...] = ()
    composed: Composed | None = None
    changed: tuple[str, ...] = ()

    @property
    def headline(self) -> KpiSheet | None:
        """The first KPI, which the scorecard puts first."""
        return self.kpis[0] if self.kpis else None

    @property
    def limit(self) -> Rung | None:
        """The stage that holds the rest back."""
        return next((r for one in self.ladders for r in one.rungs if r.is_limit), None)

    def to_json(self) -> dict[str, Any]:
        """The content as JSON holds it: decimals and dates as text."""
        stored = stored_form(self)
        assert isinstance(stored, dict)  # noqa: S101 - a dataclass is stored as one
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The content that `to_json` gave.

        Raises:
            PackUnreadable: It is not one.
        """
        try:
            return cls(**arguments_of(cls, stored))
        except (TypeError, ValueError, KeyError, ArithmeticError, AttributeError) as error:
            raise PackUnreadable(why=str(error)) from error

    @property
    def digest(self) -> str:
        """SHA-256 of the content, without what it changed against an earlier pack and the log's head."""
        kept = replace(self, changes=(), changed=()).to_json()
        del kept["log_head"]  # says when it was issued, not what it shows
        said = json.dumps(
            kept,
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignOff:
    """That somebody has read a pack; not that he agrees."""

    side: Side
    person: str
    at: datetime
    comment: str = ""
    person_id: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ReviewPack:
    """An issued pack.

    Attributes:
        number: Its number, unique and for ever, e.g. `P-000012-2`.
        issue: Counts the issues for the same person or team and period, from 1.
        person_id: Whom it is about; None where it is about a team.
        language: Of its words.
        paper: `a4` or `letter`.
        digest: Of its content.
        issued_by: By name; empty for the command line.
        supersedes: Number of the pack that it replaces; None for the first.
        superseded_by: Number of the pack that replaces it; None while it is the latest.
        team_id: Which team it is about; None where it is about a person.
    """

    id: PackId
    number: str
    issue: int
    person_id: PersonId | None
    content: PackContent
    language: str
    paper: str
    digest: str
    issued_at: datetime
    issued_by: str
    supersedes: str | None = None
    superseded_by: str | None = None
    sign_offs: tuple[SignOff, ...] = ()
    team_id: TeamId | None = None

    @property
    def subject(self) -> Subject:
        """What the rules of access ask: whom or which team it is about."""
        return Subject(owner_id=self.person_id, team_id=self.team_id)

    def signed(self, side: Side) -> SignOff | None:
        """The sign-off of a side, if it has given it."""
        return next((one for one in self.sign_offs if one.side is side), None)
