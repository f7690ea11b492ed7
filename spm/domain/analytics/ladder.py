"""The stage ladder: how many reach each stage, against how many have to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from spm.domain.ids import KpiId, PipelineId, StageId
from spm.domain.metrics.registry import Unit
from spm.domain.ratio import quotient


@dataclass(frozen=True, slots=True)
class Rung:
    """One stage of the ladder.

    Attributes:
        have: Deals (or their value) that reached the stage, or one beyond it, in the period.
        needed: The stage's target for the period; None where none is set.
        expected: What of it is expected by now; None without a target.
        gap: have − needed; negative is missing.
        open_deals: Deals that stand in the stage at the as-of instant.
        open_value: What they are worth; None where that is unknown.
        is_limit: Whether this is the stage that limits: the largest share of its
            expected part is missing here.
        kpi_id: The KPI whose target it is.
        is_added_up: Whether ``needed`` is not the team's own target but those below added up.
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
    is_limit: bool = False
    is_added_up: bool = False

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
class Ladder:
    """The rungs of one pipeline, in the order of its stages; at most one limits."""

    pipeline_id: PipelineId
    pipeline: str
    rungs: tuple[Rung, ...]

    @property
    def is_counted(self) -> bool:
        """Whether all rungs count deals, so that one scale serves them."""
        return all(rung.unit is Unit.COUNT for rung in self.rungs)

    @property
    def limit(self) -> Rung | None:
        """The limiting stage, None where no stage is short of what is expected by now."""
        return next((rung for rung in self.rungs if rung.is_limit), None)


def ladder(pipeline_id: PipelineId, pipeline: str, rungs: Sequence[Rung]) -> Ladder:
    """Return the ladder of ``rungs`` with its limiting stage marked.

    The limiting stage is the one that is short of the largest share of what
    is expected by now, the earlier one where two are equally short.
    """
    worst: tuple[Decimal, int] | None = None
    for index, rung in enumerate(rungs):
        short = _short(rung)
        if short is not None and short > 0 and (worst is None or short > worst[0]):
            worst = (short, index)
    marked = tuple(
        replace(rung, is_limit=worst is not None and index == worst[1])
        for index, rung in enumerate(rungs)
    )
    return Ladder(pipeline_id, pipeline, marked)


def _short(rung: Rung) -> Decimal | None:
    if rung.expected is None:
        return None
    return quotient(rung.expected - rung.have, rung.expected)
