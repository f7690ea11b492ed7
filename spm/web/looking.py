"""The question in a page's address: which period, as of when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from spm.domain.period import (
    AsOf,
    NamedPeriod,
    Period,
    PeriodKind,
    PeriodUnknown,
    containing,
    of_dates,
    parse,
    previous,
)
from spm.queries.metrics.asking import TEAMS_NOW
from spm.queries.metrics.asking import as_of as read_as_of
from spm.services.work import Work

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Look:
    """What a page is looked at for.

    Attributes:
        as_of_day: The last business date that counts.
        is_now: Nothing was said of an as-of and the period is not over: the page moves on.
        earlier: The period of the same kind before it, None at the calendar's edge.
        later: The one after it.
        teams_on: The day on which it is asked who belongs to a team: today, for "as it is now"; None
            for "as it was", each deal's own day of credit.
        offered: Names of periods to choose from, the latest first.
    """

    period: NamedPeriod
    as_of: AsOf
    as_of_day: date
    is_now: bool
    earlier: str | None
    later: str | None
    offered: tuple[str, ...]
    teams_on: date | None = None


def look(work: Work, asked: Mapping[str, str], kind: PeriodKind = PeriodKind.QUARTER) -> Look:
    """Return what ``period`` and ``as_of`` in an address mean.

    Without a period the present one of ``kind`` in the organisation's fiscal year; without an as-of
    now, or the end of a period that is over. An as-of in the future is now.

    Raises:
        PeriodUnknown: No such period.
        Invalid: The as-of is neither a date nor an instant.
    """
    organisation = work.organisation
    named = asked.get("period", "").strip()
    period = (
        named_period(named, organisation.fiscal_start)
        if named
        else containing(work.today, kind, organisation.fiscal_start)
    )
    now = AsOf.at(work.now)
    said = asked.get("as_of", "").strip()
    end = AsOf(organisation.start_of(period.period.end))
    as_of = min(read_as_of(organisation, work.now, said), now) if said else min(now, end)
    return Look(
        period=period,
        as_of=as_of,
        as_of_day=as_of.day(organisation.zone),
        is_now=not said and now <= end,
        earlier=_beside(period, 1),
        later=_beside(period, -1),
        offered=offered(work, period),
        teams_on=work.today if asked.get("teams") == TEAMS_NOW else None,
    )


def named_period(text: str, fiscal_start: int) -> NamedPeriod:
    """Return the period called ``text``, ``start..end`` (end exclusive) among them.

    Raises:
        PeriodUnknown: Nothing is called so.
    """
    text = text[:LONGEST_NAME]
    first, dots, past = text.partition("..")
    if not dots:
        return parse(text, fiscal_start)
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(past))
    except ValueError:
        raise PeriodUnknown(text=text) from None
    return of_dates(period, fiscal_start)


def offered(work: Work, chosen: NamedPeriod) -> tuple[str, ...]:
    """Return the names of the last five quarters, months and years, the next quarter and ``chosen``."""
    names: list[str] = []
    for kind, back in ((PeriodKind.QUARTER, 8), (PeriodKind.MONTH, 6), (PeriodKind.YEAR, 3)):
        present = containing(work.today, kind, work.organisation.fiscal_start)
        first = -1 if kind is PeriodKind.QUARTER else 0
        names += [name for n in range(first, back) if (name := _beside(present, n)) is not None]
    return tuple(dict.fromkeys([*([] if chosen.name in names else [chosen.name]), *names]))


def _beside(period: NamedPeriod, n: int) -> str | None:
    try:
        return previous(period, n).name
    except PeriodUnknown:
        return None
