"""Figures from the rollup: tallies added up from its cells (``spm.queries.metrics.cells``)."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from spm.domain.metrics.arithmetic import Sum, Tally
from spm.domain.metrics.figure import Question
from spm.domain.metrics.registry import Dimension
from spm.domain.organisation import Organisation
from spm.domain.period import EVER, Period
from spm.queries.metrics.cells import (
    DIMENSIONS,
    NOWHERE,
    SCOPES,
    Cell,
    Cut,
    Wish,
    at_of,
    cells,
    cut_of,
)

LOST, OPEN = "lost", "open"
_IN_TIME = frozenset({Dimension.MONTH, Dimension.QUARTER})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals a figure counts, and how they are told apart.

    Attributes:
        fact: ``state``, ``reach``, ``stay``, ``cycle`` or ``due``.
        kinds: Kinds of stages of states; every kind where it is empty.
        stage_id: The stage of what has one of its own; None for all.
        period: In which they are placed; None: states that are open, which have no date.
        against_lost: Count lost deals apart from the others.
        in_cohort: Count lost and still open deals apart from those that went on.
        with_days: Fill the histogram of days.
        weights: What amounts count for by stage, in basis points; None: as they are.
    """

    fact: str
    kinds: tuple[str, ...]
    stage_id: int | None
    period: Period | None
    against_lost: bool = False
    in_cohort: bool = False
    with_days: bool = False
    weights: Mapping[int, int] | None = None


def rolled(
    session: Session,
    organisation: Organisation,
    question: Question,
    by: Dimension | None,
    wanted: Wanted,
    place: Callable[[Any], Hashable] = lambda key: key,
    *,
    owners: frozenset[int] | None = None,
) -> tuple[dict[Hashable, Tally], int] | None:
    """Return a tally per key of ``by`` and how many have no date; None where deals have to be counted.

    Args:
        session: Where to read.
        organisation: Whose months they are.
        question: Settled: whose, as of when.
        by: What to group by; groups without a deal are left out.
        wanted: Which deals.
        place: Maps a day to the key wanted.
        owners: Only what these are credited with; None for everybody.
    """
    subject, period = question.subject, wanted.period
    if by not in DIMENSIONS or subject.kind not in SCOPES:
        return None
    at = at_of(session, organisation, question.as_of)
    cut = _cut(wanted, question, at.day)
    if cut is None:
        return None
    with_months = question.by in _IN_TIME
    wish = Wish(wanted.fact, at, cut, wanted.with_days, with_months)
    found = cells(session, organisation, subject, by, wish, owners)
    if found is None:
        return None
    meant = [
        cell
        for cell in found
        if (not wanted.kinds or cell.kind in wanted.kinds)
        and (wanted.stage_id is None or cell.stage_id == wanted.stage_id)
    ]
    if period is None:
        return _tallied(meant, by, wanted, place), 0

    def in_period(day: date) -> Hashable:
        return place(period.nearest(day))

    placed = [cell for cell in meant if cut.counts(cell)]
    undated = sum(cell.deals for cell in meant if cell.placed_on == EVER)
    return _tallied(placed, by, wanted, in_period if by in _IN_TIME else place), undated


def _cut(wanted: Wanted, question: Question, day: date) -> Cut | None:
    """Return the months to read; those of the question where the figure itself needs none of them.

    So one read serves the figures of a page.
    """
    if wanted.period is not None:
        return cut_of(wanted.period, day)
    asked = question.period.period if question.period is not None else None
    is_whole = asked is not None and asked.start.day == 1 and asked.end.day == 1
    return Cut(asked.start, asked.end) if asked is not None and is_whole else NOWHERE


def _tallied(
    found: Iterable[Cell],
    by: Dimension | None,
    wanted: Wanted,
    place: Callable[[Any], Hashable],
) -> dict[Hashable, Tally]:
    key_of = _KEYS[by]
    sums: dict[tuple[Hashable, str, str], list[int]] = {}
    days: dict[Hashable, Counter[int]] = {}
    for cell in found:
        key = place(key_of(cell))
        at = (key, _side(cell.kind, wanted), cell.currency)
        weight = 1 if wanted.weights is None else wanted.weights.get(cell.stage_id, 0)
        known = sums.setdefault(at, [0, 0, 0])
        for place_of, n in enumerate((cell.deals, cell.priced, cell.minor * weight)):
            known[place_of] += n
        if cell.days:
            histogram = days.setdefault(key, Counter())
            for taken, deals in cell.days.items():
                histogram[taken] += deals
    tallies: dict[Hashable, Tally] = {}
    for (key, side, currency), (deals, priced, minor) in sums.items():
        if not deals:
            continue
        if side == LOST:
            part = Tally(lost=deals)
        elif side == OPEN:
            part = Tally(waiting=deals)
        else:
            part = Tally(deals=deals, sums={currency: Sum(minor, priced)} if priced else {})
        tallies[key] = tallies[key] + part if key in tallies else part
    for key, histogram in days.items():
        if key in tallies:
            part = Tally(days={taken: deals for taken, deals in histogram.items() if deals})
            tallies[key] += part
    return tallies


def _side(kind: str, wanted: Wanted) -> str:
    """Return what a deal counts as: lost, open, or ("") as one that is meant."""
    if kind == LOST and (wanted.against_lost or wanted.in_cohort):
        return LOST
    return OPEN if kind == OPEN and wanted.in_cohort else ""


_KEYS: dict[Dimension | None, Callable[[Cell], Hashable]] = {
    None: lambda _cell: None,
    Dimension.REP: lambda cell: cell.owner_id,
    Dimension.TEAM: lambda cell: cell.team_id,
    Dimension.STAGE: lambda cell: cell.stage_id,
    Dimension.MONTH: lambda cell: cell.placed_on,
    Dimension.QUARTER: lambda cell: cell.placed_on,
}
