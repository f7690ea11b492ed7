"""Facts added up by the database: one tally per group."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from spm.domain.metrics.arithmetic import Sum, Tally
from spm.domain.metrics.registry import Dimension
from spm.queries.metrics.facts import Facts, cut_by

LOST, OPEN = "lost", "open"


def tallies(
    session: Session,
    facts: Facts,
    by: Dimension | None,
    *,
    against_lost: bool = False,
    with_days: bool = False,
    in_cohort: bool = False,
    place: Callable[[Any], Hashable] = lambda key: key,
) -> dict[Hashable, Tally]:
    """Return a tally per key of ``by``; without a dimension the one key is None.

    Args:
        session: Where to read.
        facts: What to count.
        by: What to group by; groups without a fact are left out.
        against_lost: Count lost deals apart from the others, as a win rate does.
        with_days: Fill the histogram of days.
        in_cohort: Count lost and still open deals apart from those that went on; the days are of
            all that have left.
        place: Maps a key of the database to the key wanted, such as a day to its month.
    """
    cut, key = cut_by(facts, by)
    found: dict[Hashable, Tally] = {}
    grouping = (key, cut.kind, cut.currency) if by else (cut.kind, cut.currency)
    rows = session.execute(
        select(
            key,
            cut.kind,
            cut.currency,
            func.count(),
            func.count(cut.amount_minor),
            func.sum(cut.amount_minor),
        )
        .select_from(cut.joined)
        .where(*cut.where)
        .group_by(*grouping)
    )
    for raw, kind, currency, deals, with_amount, minor in rows:
        if (against_lost or in_cohort) and kind == LOST:
            part = Tally(lost=deals)
        elif in_cohort and kind == OPEN:
            part = Tally(waiting=deals)
        else:
            sums = {currency: Sum(int(minor), with_amount)} if with_amount else {}
            part = Tally(deals=deals, sums=sums)
        _add(found, place(raw), part)
    if with_days:
        histograms: dict[Hashable, Counter[int]] = {}
        for raw, days, deals in _days(session, cut, key, by, in_cohort=in_cohort):
            histograms.setdefault(place(raw), Counter())[days] += deals
        for group, histogram in histograms.items():
            _add(found, group, Tally(days=histogram))
    return found


def number(session: Session, facts: Facts) -> int:
    """Return how many facts there are."""
    return session.scalar(select(func.count()).select_from(facts.lean).where(*facts.where)) or 0


def _days(
    session: Session,
    facts: Facts,
    key: ColumnElement[Any],
    by: Dimension | None,
    *,
    in_cohort: bool,
) -> Sequence[Any]:
    grouping = (key, facts.days) if by else (facts.days,)
    lost = () if in_cohort else (facts.kind != LOST,)
    return session.execute(
        select(key, facts.days, func.count())
        .select_from(facts.joined)
        .where(*facts.where, *lost, facts.days.is_not(None))
        .group_by(*grouping)
    ).all()


def _add(found: dict[Hashable, Tally], key: Hashable, part: Tally) -> None:
    found[key] = found[key] + part if key in found else part
