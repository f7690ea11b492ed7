"""Geometry of the small marks in text: bullet bars, sparklines and stage ladders.

A template shows and works nothing out, so the positions come from here, in units of a drawing
that the template declares; unknown values leave a gap, never a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

BULLET_WIDTH = 200
"""Units across a bullet bar."""

TICK, PACE = 1.2, 2.0
"""Widths of the target's and the pace's tick, in the same units."""

SPARK_WIDTH, SPARK_HEIGHT = 96, 24
"""Units across and down a sparkline."""

Number = Decimal | int | float


@dataclass(frozen=True, slots=True)
class BulletMarks:
    """Where a bullet bar's marks stand, in units of ``BULLET_WIDTH``; None: no such mark.

    Attributes:
        fill: How long the bar is.
        target_left: The left edge of the target's tick.
        pace_left: The left edge of the pace's hollow tick.
    """

    fill: float | None
    target_left: float
    pace_left: float | None


def bullet(attained: Number | None, paced: Number | None = None) -> BulletMarks:
    """Return the marks of attainment (actual ÷ target) with the pace (expected ÷ target).

    The bar is zero-based and ends at 100 % of the target, or beyond the farthest mark where
    that is more, so that more than the target is seen as more.
    """
    known = [float(each) for each in (attained, paced) if each is not None]
    most = max([1.0, *known])
    scale = BULLET_WIDTH / (most * 1.04 if most > 1 else 1.0)

    def at(share: Number) -> float:
        return round(max(0.0, float(share)) * scale, 2)

    return BulletMarks(
        None if attained is None else at(attained),
        _edge(at(1), TICK),
        None if paced is None else _edge(at(paced), PACE),
    )


def _edge(middle: float, width: float) -> float:
    """Return the left edge of a tick that stays inside the bar."""
    return round(min(max(0.0, middle - width / 2), BULLET_WIDTH - width), 2)


@dataclass(frozen=True, slots=True)
class SparkMarks:
    """A sparkline: the runs of its line, its last point, and how high the comparison lies."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None
    reference: float | None


def spark(values: Sequence[Number | None], reference: Number | None = None) -> SparkMarks:
    """Return the line through ``values``, oldest first, on a scale from zero.

    A None breaks the line; a value alone between two is a dot.
    """
    known = [float(each) for each in values if each is not None]
    if not known:
        return SparkMarks((), (), None, None)
    bounds = [0.0, *known, *([float(reference)] if reference is not None else [])]
    low, high = min(bounds), max(bounds)
    span = (high - low) or 1.0
    step = (SPARK_WIDTH - 6) / max(1, len(values) - 1)

    def place(index: int, value: Number) -> tuple[float, float]:
        across = SPARK_WIDTH - 3 - (len(values) - 1 - index) * step
        down = SPARK_HEIGHT - 3 - (float(value) - low) / span * (SPARK_HEIGHT - 6)
        return round(across, 2), round(down, 2)

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(place(index, value))
    lines = tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1)
    dots = tuple(run[0] for run in runs if len(run) == 1)
    last = runs[-1][-1] if runs[-1] else None
    level = None if reference is None else place(0, reference)[1]
    return SparkMarks(lines, dots, last, level)


@dataclass(frozen=True, slots=True)
class RungMarks:
    """A rung of a stage ladder: its bar and its needed mark, in units of ``BULLET_WIDTH``."""

    have: float
    needed: float | None


class Rung(Protocol):
    """A stage with what is needed of it and what is there."""

    @property
    def have(self) -> Number | None: ...  # noqa: D102
    @property
    def needed(self) -> Number | None: ...  # noqa: D102


def ladder(rungs: Sequence[Rung]) -> tuple[RungMarks, ...]:
    """Return a bar for each rung on one common scale from zero."""
    pairs = [(rung.have, rung.needed) for rung in rungs]
    most = max((float(each) for pair in pairs for each in pair if each is not None), default=0.0)
    scale = (BULLET_WIDTH - 2) / most if most > 0 else 0.0
    return tuple(
        RungMarks(
            round(float(have or 0) * scale, 2),
            None if needed is None else round(float(needed) * scale, 2),
        )
        for have, needed in pairs
    )
