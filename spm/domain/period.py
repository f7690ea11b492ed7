"""Half-open ranges of business dates, their names, and the instant up to which things count."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Self

from spm.domain.errors import Invalid

EVER = date.min
"""The start of what has always held; columns ``start_on`` are never NULL."""

NEVER = date.max
"""The end of what has no end yet; columns ``end_on`` are never NULL."""

_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


class PeriodUnknown(Invalid):
    """Nothing that is called so, or no such period."""

    code = "period.unknown"


class PeriodReversed(PeriodUnknown):
    """A period that ends when it begins, or before; ``start`` and ``end`` are its dates."""

    code = "period.reversed"


class PeriodKind(StrEnum):
    """What a period is one of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    CUSTOM = "custom"


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}
_FOLLOWS_FISCAL_YEAR = (PeriodKind.YEAR, PeriodKind.HALF, PeriodKind.QUARTER)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The dates from ``start`` up to, not including, ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise PeriodReversed(start=self.start.isoformat(), end=self.end.isoformat())

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last date that is inside."""
        return self.end - _DAY

    def nearest(self, day: date) -> date:
        """Return ``day`` where it is inside, else the first or the last date that is."""
        return max(self.start, min(day, self.last_day))

    def months(self) -> tuple[Self, ...]:
        """Cut at the first of each month; the parts tile the period."""
        cuts = [self.start]
        while cuts[-1] < self.end:
            first = _first_of_month(cuts[-1].year, cuts[-1].month + 1)
            cuts.append(min(first, self.end))
        return tuple(type(self)(a, b) for a, b in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A period with what it is called.

    Attributes:
        kind: What it is one of.
        period: Its dates.
        name: Its canonical name, readable by ``parse`` unless it is custom.
        is_fiscal: It goes by the fiscal year.
        fiscal_start: The month in which that year starts; 1 where it is not fiscal.
    """

    kind: PeriodKind
    period: Period
    name: str
    is_fiscal: bool
    fiscal_start: int = 1


_NAME = re.compile(
    r"(?P<fy>FY)?(?P<year>[0-9]{4})"
    r"(?:-(?:Q(?P<q>[1-4])|H(?P<h>[12])|W(?P<w>[0-9]{2})|(?P<m>[0-9]{2})(?:-(?P<d>[0-9]{2}))?))?"
)


def parse(text: str, fiscal_start: int = 1) -> NamedPeriod:
    """Return the period called ``text``.

    Known are ``2017``, ``2017-H1``, ``2017-Q4``, ``2017-11``, ``2017-W46`` (ISO 8601) and
    ``2017-11-03`` by the calendar, and ``FY2019``, ``FY2019-H1``, ``FY2019-Q2`` by the fiscal
    year, which begins in the month ``fiscal_start`` and is named after the year in which it ends.

    Raises:
        PeriodUnknown: ``text`` is none of these, or no such week or day exists.
    """
    match = _NAME.fullmatch(text) if len(text) <= len("2017-11-03") else None
    if match is None:
        raise PeriodUnknown(text=text)
    try:
        found = _of_match(match, fiscal_start)
    except (ValueError, OverflowError):
        found = None
    # At the ends of the calendar there is no day before, or none after, in every zone.
    if found is None or not date.min.year < found.period.start.year < date.max.year:
        raise PeriodUnknown(text=text)
    return found


def _of_match(match: re.Match[str], fiscal_start: int) -> NamedPeriod | None:
    year, is_fiscal = int(match["year"]), match["fy"] is not None
    start_month = fiscal_start if is_fiscal else 1
    if match["w"]:
        monday = date.fromisocalendar(year, int(match["w"]), 1)
        return None if is_fiscal else containing(monday, PeriodKind.WEEK)
    if match["d"]:
        day = date(year, int(match["m"]), int(match["d"]))
        return None if is_fiscal else containing(day, PeriodKind.DAY)
    if match["m"]:
        first = date(year, int(match["m"]), 1)
        return None if is_fiscal else containing(first, PeriodKind.MONTH)
    first_year = year - 1 if start_month > 1 else year
    if match["q"]:
        kind, skipped = PeriodKind.QUARTER, 3 * (int(match["q"]) - 1)
    elif match["h"]:
        kind, skipped = PeriodKind.HALF, 6 * (int(match["h"]) - 1)
    else:
        kind, skipped = PeriodKind.YEAR, 0
    first = _first_of_month(first_year, start_month + skipped)
    return _named(first, kind, start_month, is_fiscal=is_fiscal)


def containing(day: date, kind: PeriodKind, fiscal_start: int = 1) -> NamedPeriod:
    """Return the period of ``kind`` that ``day`` lies in.

    Years, halves and quarters go by the fiscal year unless that begins in January; months, weeks
    (ISO 8601, from Monday) and days by the calendar.

    Raises:
        PeriodUnknown: ``kind`` is custom, or the calendar ends before the period does.
    """
    try:
        match kind:
            case PeriodKind.CUSTOM:
                raise PeriodUnknown(text=kind)
            case PeriodKind.DAY:
                period, name = Period(day, day + _DAY), day.isoformat()
            case PeriodKind.WEEK:
                monday = day - timedelta(days=day.weekday())
                iso = monday.isocalendar()
                period = Period(monday, monday + timedelta(days=7))
                name = f"{iso.year:04d}-W{iso.week:02d}"
            case _:
                start_month = fiscal_start if kind in _FOLLOWS_FISCAL_YEAR else 1
                months = _MONTHS[kind]
                skipped = (day.month - start_month) % months
                first = _first_of_month(day.year, day.month - skipped)
                return _named(first, kind, start_month, is_fiscal=start_month != 1)
    except (ValueError, OverflowError):
        raise PeriodUnknown(text=f"{kind} {day}") from None
    return NamedPeriod(kind, period, name, is_fiscal=False)


def previous(named: NamedPeriod, n: int = 1) -> NamedPeriod:
    """Return the ``n``-th period of the same kind before ``named``; a negative ``n`` goes forward.

    A custom period made of whole months moves by as many months, any other by its days.

    Raises:
        PeriodUnknown: The calendar begins after it, or ends before it.
    """
    period = named.period
    try:
        if named.kind in _MONTHS:
            start = _first_of_month(period.start.year, period.start.month - n * _MONTHS[named.kind])
            return _named(start, named.kind, named.fiscal_start, is_fiscal=named.is_fiscal)
        if named.kind is PeriodKind.CUSTOM:
            moved = _moved(period, n)
            return NamedPeriod(PeriodKind.CUSTOM, moved, _dates(moved), is_fiscal=False)
        return containing(period.start - timedelta(days=n * period.days), named.kind)
    except (ValueError, OverflowError):
        raise PeriodUnknown(text=f"{named.name} - {n}") from None


def name_of(period: Period, fiscal_start: int = 1) -> str:
    """Return the canonical name of ``period``, or ``start..end`` (end exclusive) if it has none."""
    return of_dates(period, fiscal_start).name


@lru_cache(maxsize=1024)
def of_dates(period: Period, fiscal_start: int = 1) -> NamedPeriod:
    """Return ``period`` with its kind and name; the fiscal name comes before the calendar's."""
    for kind in PeriodKind:
        for start_month in (fiscal_start, 1):
            if kind is not PeriodKind.CUSTOM:
                try:
                    found = containing(period.start, kind, start_month)
                except PeriodUnknown:
                    continue
                if found.period == period:
                    return found
    return NamedPeriod(PeriodKind.CUSTOM, period, _dates(period), is_fiscal=False)


def parts(period: Period, kind: PeriodKind, fiscal_start: int = 1) -> tuple[Period, ...]:
    """Cut ``period`` where periods of ``kind`` begin; the parts tile it, the outer ones are cut.

    Raises:
        PeriodUnknown: ``kind`` is custom.
    """
    return tuple(_parts(period, kind, fiscal_start))


def _parts(period: Period, kind: PeriodKind, fiscal_start: int) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        end = min(containing(start, kind, fiscal_start).period.end, period.end)
        yield Period(start, end)
        start = end


def covers(start_on: date, end_on: date, day: date) -> bool:
    """Return whether a fact that holds in ``[start_on, end_on)`` holds on ``day``."""
    return start_on <= day < end_on


def _first_of_month(year: int, month: int) -> date:
    """Return the first of a month counted on from January of ``year``; 0 is last December."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _named(start: date, kind: PeriodKind, start_month: int, *, is_fiscal: bool) -> NamedPeriod:
    months = _MONTHS[kind]
    period = Period(start, _first_of_month(start.year, start.month + months))
    if kind is PeriodKind.MONTH:
        return NamedPeriod(kind, period, f"{start.year:04d}-{start.month:02d}", is_fiscal=False)
    skipped = (start.month - start_month) % 12
    first = _first_of_month(start.year, start.month - skipped)
    # A fiscal year is called after the calendar year that its last month lies in.
    year = first.year if first.month == 1 else first.year + 1
    letter = {PeriodKind.QUARTER: "-Q", PeriodKind.HALF: "-H"}.get(kind, "")
    number = str(skipped // months + 1) if letter else ""
    name = f"{'FY' if is_fiscal else ''}{year:04d}{letter}{number}"
    return NamedPeriod(kind, period, name, is_fiscal, start_month if is_fiscal else 1)


def _moved(period: Period, n: int) -> Period:
    if period.start.day == period.end.day == 1:
        months = 12 * (period.end.year - period.start.year) + period.end.month - period.start.month
        return Period(
            _first_of_month(period.start.year, period.start.month - n * months),
            _first_of_month(period.end.year, period.end.month - n * months),
        )
    shift = timedelta(days=n * period.days)
    return Period(period.start - shift, period.end - shift)


def _dates(period: Period) -> str:
    return f"{period.start.isoformat()}..{period.end.isoformat()}"


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the UTC instant at which ``day`` begins in ``zone``."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def business_date(instant: datetime, zone: tzinfo) -> date:
    """Return the date that ``instant`` falls on in ``zone``.

    Raises:
        ValueError: ``instant`` has no offset.
    """
    if instant.tzinfo is None:
        msg = "an instant has an offset"
        raise ValueError(msg)
    return instant.astimezone(zone).date()


@dataclass(frozen=True, slots=True, order=True)
class AsOf:
    """What a figure may know: everything dated before ``cutoff``, which is aware and in UTC."""

    cutoff: datetime

    def __post_init__(self) -> None:
        if self.cutoff.tzinfo is None:
            msg = "an instant has an offset"
            raise ValueError(msg)

    @classmethod
    def of_date(cls, day: date, zone: tzinfo) -> Self:
        """Return as-of the end of ``day`` in ``zone``: all that is dated on or before it counts."""
        return cls(midnight(day + _DAY, zone))

    @classmethod
    def at(cls, instant: datetime) -> Self:
        """Return as-of ``instant``, which itself still counts."""
        return cls(instant.astimezone(UTC) + _INSTANT)

    def day(self, zone: tzinfo) -> date:
        """Return the last business date in ``zone`` of which anything counts."""
        return business_date(self.cutoff - _INSTANT, zone)
