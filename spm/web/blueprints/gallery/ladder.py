"""A made-up stage ladder for the gallery, drawn by the component that the scorecards use."""

from datetime import date
from decimal import Decimal

from spm.domain.analytics.ladder import Aim, Ladder, Rung
from spm.domain.analytics.stageplan import conversion
from spm.domain.ids import PipelineId, StageId
from spm.domain.metrics.figure import Reading, Scope, ScopeKind
from spm.domain.metrics.registry import Unit


def _rate(went_on: int, of: int, still_open: int = 0) -> Reading:
    return Reading(
        unit=Unit.RATIO,
        value=Decimal(went_on) / of,
        numerator=Decimal(went_on),
        denominator=Decimal(of),
        n=of,
        still_open=still_open,
    )


def _rung(
    number: int, stage: str, needed: int, have: int, by: date, own: Reading, *, is_limit: bool
) -> Rung:
    return Rung(
        StageId(number),
        stage,
        Unit.COUNT,
        Decimal(have),
        needed=Decimal(needed),
        open_deals=3,
        open_value=Decimal(48_000),
        currency="EUR",
        is_limit=is_limit,
        conversion=conversion(own, _rate(24, 52)),
        days=Decimal(34),
        days_n=40,
        by=by,
    )


class _Card:
    as_of_day = date(2026, 12, 18)


class SampleLadder:
    """What the ladder asks of a page, and the ladder; its figures lead back to it."""

    card = _Card()
    steps = Ladder(
        PipelineId(1),
        "New business",
        (
            _rung(1, "Qualified", 45, 38, date(2026, 11, 30), _rate(19, 39, 6), is_limit=False),
            _rung(2, "Proposal", 22, 13, date(2026, 12, 8), _rate(2, 7, 4), is_limit=True),
            _rung(3, "Negotiation", 10, 9, date(2026, 12, 20), _rate(15, 21), is_limit=False),
            Rung(StageId(4), "Won", Unit.COUNT, Decimal(7), needed=Decimal(6), is_won=True),
        ),
        aim=Aim("Won deals", Unit.COUNT, Decimal(6), Decimal(6)),
        beside=Scope(ScopeKind.TEAM, 1, label="North"),
    )

    def reached(self, _rung: Rung) -> str:
        """Where what reached a stage is shown."""
        return "#ladder"

    def standing(self, _rung: Rung) -> str:
        """Where what stands in a stage is shown."""
        return "#ladder"

    def converted(self, _steps: Ladder, _rung: Rung, *, beside: bool = False) -> str | None:
        """Where a rate is explained; the rates beside are not open to everybody."""
        return None if beside else "#ladder"

    def agreed(self, _rung: Rung) -> str:
        """Return where what was agreed would be explained."""
        return "#ladder"

    def thin(self, reading: Reading) -> str:
        """Why a rate is shown in grey."""
        return "Fewer than 10 deals." if reading.n < 10 else ""
