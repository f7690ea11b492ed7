"""Texts of a column → days and instants.

``03/04/2017`` alone is ambiguous; a column seldom is, so the order is recognised over the column.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

from spm.domain.intake.cells import BadCell, Cell
from spm.domain.intake.numbers import LONGEST, trimmed
from spm.domain.intake.reasons import Reason


class DateOrder(StrEnum):
    """The order of year, month and day where all three are numbers."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


_MONTH_NAMES = """\
jan january januar janvier janv enero ene janeiro gennaio січня січень января январь янв
feb february februar février fevrier févr fevr febrero fevereiro febbraio лютого лютий февраля февраль фев
mar march märz maerz mär mrz mars marzo março березня березень марта март
apr april avril avr abril abr aprile квітня квітень апреля апрель апр
may mai mayo maio maggio травня травень мая май
jun june juni juin junio junho giugno червня червень июня июнь июн
jul july juli juillet juil julio julho luglio липня липень июля июль июл
aug august août aout agosto ago серпня серпень августа август авг
sep sept september septembre septiembre setiembre setembro settembre вересня вересень сентября сентябрь сен
oct october oktober okt octobre octubre outubro ottobre жовтня жовтень октября октябрь окт
nov november novembre noviembre novembro листопада листопад ноября ноябрь ноя
dec december dezember dez décembre decembre déc diciembre dic dezembro dicembre грудня грудень декабря декабрь дек
""".splitlines()
"""One line a month: English, German, French, Spanish, Portuguese, Italian, Ukrainian, Russian."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        _MONTH_NAMES,
        start=1,
    )
    for name in names.split()
}
_WHOLE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.0{1,9})?(Z?)"
)
"""Date and time as most exports write them."""
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.] ?([0-9]{1,2})[-/.] ?([0-9]{1,2})\.?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMBERS = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_IDEOGRAPHS = re.compile(r"([0-9]{4})[年년] ?([0-9]{1,2})[月월] ?([0-9]{1,2})[日일]")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})\.?(?:[- ]| de )([^\W\d_]{3,10})\.?,?(?:[- ]| de )([0-9]{4}|[0-9]{2})(?: ?[рг]\.?)?"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,10})\.? ([0-9]{1,2}),? ([0-9]{4})")
_YEAR_MONTH = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_MONTH_YEAR = re.compile(r"([^\W\d_]{3,10})\.?[- ]([0-9]{4})")
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
)
_CLOCK = re.compile(r"(?<=[0-9])[T ,]{1,2}(?=[0-9]{1,2}:[0-9]{2})")
_MONTHS_A_YEAR = 12
_DAYS_A_MONTH = 31
_HALF_DAY = 12
_YEARS = range(1900, 2200)
"""Nothing that is sold or planned lies outside."""
_PIVOT = 70
"""Two digits of a year are of the hundred years from 1970 to 2069."""
_OFFSETS = range(15)
_SERIALS = range(1, 2_958_466)
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, with the time and the offset from UTC where they were written."""

    on: date
    at: time | None = None
    offset: timedelta | None = None

    def instant(self) -> datetime | None:
        """Return the instant in UTC; None without a time or an offset."""
        if self.at is None or self.offset is None:
            return None
        if not self.offset:
            return datetime.combine(self.on, self.at, UTC)
        return datetime.combine(self.on, self.at, timezone(self.offset)).astimezone(UTC)

    def text(self) -> str:
        """Return the moment as ISO 8601, with as much as is known of it."""
        if self.at is None:
            return self.on.isoformat()
        if not self.offset:
            zero = "" if self.offset is None else "+00:00"
            return f"{self.on.isoformat()}T{self.at.isoformat()}{zero}"
        return datetime.combine(self.on, self.at, timezone(self.offset)).isoformat()

    @classmethod
    def of_text(cls, text: str) -> "Moment":
        """Return what ``text`` was made of."""
        if "T" not in text:
            return cls(date.fromisoformat(text))
        found = datetime.fromisoformat(text)
        return cls(found.date(), found.time(), found.utcoffset())


def parse_moment(cell: Cell, order: DateOrder) -> Moment:
    """Return the day, and the time if there is one.

    Raises:
        BadCell: It is no date, or none that exists.
    """
    if isinstance(cell, datetime):
        return Moment(cell.date(), cell.time(), cell.utcoffset())
    if isinstance(cell, date):
        return Moment(cell)
    if isinstance(cell, Decimal):
        return _of_serial(cell)
    if not isinstance(cell, str) or len(cell) > LONGEST:
        raise BadCell(Reason.NOT_A_DATE)
    text = trimmed(cell)
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        year, month, day, hour, minute, second, zone = whole.groups()
        return _timed(
            _date(year, month, day), hour, minute, second, "0", timedelta(0) if zone else None
        )
    day, clock = text, ""
    split = _CLOCK.search(text)
    if split is not None:
        day, clock = text[: split.start()], text[split.end() :]
    on = _day(day.rstrip(", "), order)
    if not clock:
        return Moment(on)
    return _with_clock(on, clock)


def parse_month(cell: Cell, order: DateOrder) -> date:
    """Return the first day of the month that a cell names: ``2017-12``, ``Dec 2017``, any of its days.

    Raises:
        BadCell: It is neither a month nor a date.
    """
    if isinstance(cell, str) and len(cell) <= LONGEST:
        text = trimmed(cell)
        match = _YEAR_MONTH.fullmatch(text)
        if match:
            return _date(match[1], match[2], "1")
        match = _MONTH_YEAR.fullmatch(text)
        if match:
            return _date(match[2], _month(match[1]), "1")
    return parse_moment(cell, order).on.replace(day=1)


def _of_serial(number: Decimal) -> Moment:
    """Return the day of a spreadsheet's serial number (days since 1899-12-30)."""
    if not number.is_finite() or int(number) not in _SERIALS:
        raise BadCell(Reason.NOT_A_DATE)
    days = int(number)
    seconds = round((number - days) * 86_400)
    minutes, second = divmod(min(seconds, 86_399), 60)
    at = time(minutes // 60, minutes % 60, second) if seconds else None
    return Moment(_EPOCH + timedelta(days=days), at)


def _day(text: str, order: DateOrder) -> date:
    for pattern in (_YEAR_FIRST, _IDEOGRAPHS, _COMPACT):
        match = pattern.fullmatch(text)
        if match:
            return _date(match[1], match[2], match[3])
    match = _NUMBERS.fullmatch(text)
    if match:
        first, second, third = match.groups()
        match order:
            case DateOrder.DMY:
                return _date(_century(third), second, first)
            case DateOrder.MDY:
                return _date(_century(third), first, second)
            case DateOrder.YMD:
                if len(third) == len("2017"):
                    raise BadCell(Reason.NOT_A_DATE)
                return _date(_century(first), second, third)
    match = _DAY_FIRST.fullmatch(text)
    if match:
        return _date(_century(match[3]), _month(match[2]), match[1])
    match = _MONTH_FIRST.fullmatch(text)
    if match:
        return _date(match[3], _month(match[1]), match[2])
    raise BadCell(Reason.NOT_A_DATE)


def _month(name: str) -> str:
    number = _MONTHS.get(name.casefold())
    if number is None:
        raise BadCell(Reason.NOT_A_DATE)
    return str(number)


def _century(year: str) -> str:
    if len(year) == len("2017"):
        return year
    return ("19" if int(year) >= _PIVOT else "20") + year.zfill(2)


def _date(year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise BadCell(Reason.NOT_A_DATE) from None
    if found.year not in _YEARS:
        raise BadCell(Reason.DATE_OUT_OF_RANGE)
    return found


def _with_clock(on: date, clock: str) -> Moment:
    match = _TIME.fullmatch(clock)
    if match is None:
        raise BadCell(Reason.NOT_A_DATE)
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= _HALF_DAY:
            raise BadCell(Reason.NOT_A_DATE)
        hour = hour % _HALF_DAY + (_HALF_DAY if match["half"] in "Pp" else 0)
    part = (match["part"] or "0")[:6].ljust(6, "0")
    return _timed(on, hour, match["minute"], match["second"] or 0, part, _offset(match["zone"]))


def _timed(
    on: date,
    hour: int | str,
    minute: int | str,
    second: int | str,
    part: str,
    offset: timedelta | None,
) -> Moment:
    try:
        return Moment(on, time(int(hour), int(minute), int(second), int(part)), offset)
    except ValueError:
        raise BadCell(Reason.NOT_A_DATE) from None


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone in {"Z", "UTC", "GMT"}:
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours not in _OFFSETS or minutes not in range(60):
        raise BadCell(Reason.NOT_A_DATE)
    size = timedelta(hours=hours, minutes=minutes)
    return -size if zone[0] == "-" else size


def _is_day_only(number: int) -> bool:
    return _MONTHS_A_YEAR < number <= _DAYS_A_MONTH


class OrderFinder:
    """Finds the order of day and month in a file's dates, cell by cell."""

    def __init__(self) -> None:
        self._day_first = 0
        self._month_first = 0
        self._is_doubtful = False
        self._is_seen = False

    def look(self, cell: Cell) -> None:
        """Take a cell into account."""
        if not isinstance(cell, str) or len(cell) > LONGEST or cell[:4].isdecimal():
            return
        text = trimmed(cell)
        split = _CLOCK.search(text)
        match = _NUMBERS.fullmatch(text[: split.start()] if split else text)
        if match is None:
            return
        first, second = int(match[1]), int(match[2])
        self._day_first += _is_day_only(first) and second <= _MONTHS_A_YEAR
        self._month_first += _is_day_only(second) and first <= _MONTHS_A_YEAR
        self._is_seen = True
        self._is_doubtful = self._is_doubtful or (
            first != second and max(first, second) <= _MONTHS_A_YEAR
        )

    def found(self) -> tuple[DateOrder | None, bool]:
        """Return the order, None where nothing decides, and whether there is something to decide.

        Dates that say their year or their month's name themselves are ``YMD``.
        """
        if not self._is_seen:
            return DateOrder.YMD, False
        if self._day_first == self._month_first:
            return None, self._is_doubtful or self._day_first > 0
        is_day_first = self._day_first > self._month_first
        return (DateOrder.DMY if is_day_first else DateOrder.MDY), False
