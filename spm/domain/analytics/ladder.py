"""The stage ladder: how many reach each stage, against how many have to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from spm.domain.analytics.stageplan import Conversion
from spm.domain.ids import KpiId, PipelineId, StageId
from spm.domain.metrics.figure import Scope
from spm.domain.metrics.registry import Unit
from spm.domain.period import NamedPeriod
from spm.domain.ratio import quotient

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rung:
    """One stage of the ladder.

    Attributes:
        have: Deals (or their value) that reached the stage, or one beyond it, in the period.
        needed: What it takes to reach the target of the end, worked out backwards, in whole deals;
            else the stage's own target; None where neither is known.
        agreed: The stage's own target for the period; None where none is set.
        expected: What of ``needed``, or of ``agreed`` where that is more, is expected by now; None
            without either.
        gap: have − needed; negative is missing.
        open_deals: Deals that stand in the stage at the as-of instant.
        open_value: What they are worth; None where that is unknown.
        is_limit: Whether this is the stage that limits: the largest share of its
            expected part is missing here.
        kpi_id: The KPI whose target it is.
        agreed_key: Its key, by which the target is asked for.
        is_added_up: Whether ``needed`` is not the team's own target but those below added up.
        conversion: The rates at which deals go on from here; None for the stage that is won.
        days: Median days from the entry here to the win, of ``days_n`` deals won in a year.
        by: The last day to enter and still be won within the period; None without ``days``.
        is_won: Whether it is the end; it is what the others are for and never limits.
    """

    stage_id: StageId
    stage: str
    unit: Unit
    have: Decimal
    needed: Decimal | None = None
    expected: Decimal | None = None
    open_deals: int = 0
    open_value: Decimal | None = None
    currency: str | None = None
    kpi_id: KpiId | None = None
    agreed_key: str | None = None
    is_limit: bool = False
    is_added_up: bool = False
    agreed: Decimal | None = None
    conversion: Conversion | None = None
    days: Decimal | None = None
    days_n: int = 0
    by: date | None = None
    is_won: bool = False

    @property
    def gap(self) -> Decimal | None:
        """Have − needed, None without a target."""
        return None if self.needed is None else self.have - self.needed

    @property
    def share(self) -> Decimal | None:
        """Have ÷ needed, None without a target or with one of zero."""
        return None if self.needed is None else quotient(self.have, self.needed)

    @property
    def expected_share(self) -> Decimal | None:
        """Expected ÷ needed, None without either."""
        if self.needed is None or self.expected is None:
            return None
        return quotient(self.expected, self.needed)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a ladder is worked out from.

    Attributes:
        kpi: Name of the KPI.
        target: Its target for the period, in ``unit``.
        size: The average won deal that turns money into deals, shrunk to the team's, over all
            pipelines by their shares; None for a target that is in deals.
        share: Which share of the won deals is this pipeline's, shrunk to the team's; 1 where there
            is one pipeline.
        own: Of how many deals won in the year that share is, and how many of them were in this one.
        deals: How many deals have to be won in this pipeline, unrounded.
        is_added_up: Whether the target is not the team's own but those below added up.
        is_reached: Whether it is reached already; then no stage limits.
    """

    kpi: str
    unit: Unit
    target: Decimal
    deals: Decimal
    currency: str | None = None
    size: Decimal | None = None
    share: Decimal = ONE
    own: tuple[int, int] = (0, 0)
    is_added_up: bool = False
    is_reached: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether deals run through other pipelines too, which take their part of the target."""
        return self.share != ONE

    @property
    def all_deals(self) -> Decimal | None:
        """How many deals have to be won in all pipelines together; None without a share."""
        return quotient(self.deals, self.share)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one pipeline, in the order of its stages; at most one limits.

    Attributes:
        aim: What ``needed`` was worked out from; None where it is only what was agreed.
        beside: Whose rates stand beside the own ones; None where nobody's.
        year: The twelve months that rates, sizes and days are of.
    """

    pipeline_id: PipelineId
    pipeline: str
    rungs: tuple[Rung, ...]
    aim: Aim | None = None
    beside: Scope | None = None
    year: NamedPeriod | None = None

    @property
    def is_planned(self) -> bool:
        """Whether any stage has a rate or a number of days to show."""
        return any(rung.conversion or rung.days is not None for rung in self.rungs)

    @property
    def is_counted(self) -> bool:
        """Whether all rungs count deals, so that one scale serves them."""
        return all(rung.unit is Unit.COUNT for rung in self.rungs)

    @property
    def limit(self) -> Rung | None:
        """The limiting stage, None where no stage is short of what is expected by now."""
        return next((rung for rung in self.rungs if rung.is_limit), None)


def ladder(
    pipeline_id: PipelineId,
    pipeline: str,
    rungs: Sequence[Rung],
    *,
    aim: Aim | None = None,
    beside: Scope | None = None,
    year: NamedPeriod | None = None,
    least: int = 1,
) -> Ladder:
    """Return the ladder of ``rungs`` with its limiting stage marked.

    The limiting stage is the one that is short of the largest share of what
    is expected by now, the earlier one where two are equally short, as long as
    it is shorter than the end is and the aim is not reached: a shortage that
    all stages share is none of one stage's. Where the end is the shortest, too
    few go on: then it is the stage whose own rate, over ``least`` deals, is
    farthest below the team's.
    """
    end = max((short for rung in rungs if rung.is_won and (short := _short(rung))), default=ZERO)
    if aim is not None and aim.is_reached:
        return Ladder(pipeline_id, pipeline, tuple(rungs), aim, beside, year)
    at = _worst([ZERO if rung.is_won else _short(rung) for rung in rungs], end)
    if at is None and end > 0:
        at = _worst([_slow(rung, least) for rung in rungs], ZERO)
    marked = tuple(replace(rung, is_limit=index == at) for index, rung in enumerate(rungs))
    return Ladder(pipeline_id, pipeline, marked, aim, beside, year)


def _worst(shares: Sequence[Decimal | None], above: Decimal) -> int | None:
    """Return the place of the largest share ``above``, the first of equal ones; None without."""
    known = [(share, -index) for index, share in enumerate(shares) if share and share > above]
    return -max(known)[1] if known else None


def _short(rung: Rung) -> Decimal | None:
    if rung.expected is None:
        return None
    return quotient(rung.expected - rung.have, rung.expected)


def _slow(rung: Rung, least: int) -> Decimal | None:
    """Return by which share the own rate is below the team's."""
    known = rung.conversion
    if known is None or known.team is None or known.own.n < least:
        return None
    if known.own.value is None or known.team.value is None:
        return None
    return quotient(known.team.value - known.own.value, known.team.value)
