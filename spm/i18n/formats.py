"""Figures, money and dates as a locale writes them. The locale is always named, never ambient."""

import re
from copy import copy
from datetime import date as Date
from datetime import datetime as DateTime
from datetime import timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_month_names,
)
from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    get_currency_name,
    get_decimal_symbol,
    get_group_symbol,
)

from spm.domain.money import Money
from spm.i18n.words import words_for

MINUS = "\u2212"
UNKNOWN = "\u2013"
"""What stands where a value is not known; the reason stands beside it."""

_CODE_TOUCHES_DIGIT = re.compile(r"(?<=[A-Za-z])(?=[0-9])")

_ENGLISH_DATES = {"short": "d MMM", "medium": "d MMM y", "long": "d MMMM y"}
"""English day first with the month in letters: read the same on both sides of the Atlantic."""


def money(
    value: Money,
    locale: str,
    *,
    compact: bool = False,
    whole: bool = False,
    signed: bool = False,
) -> str:
    """Return an amount with its currency's symbol and digits.

    Args:
        value: The amount.
        locale: Whose way of writing.
        compact: ``$1.2M``; only where the full amount stands in a title or a card.
        whole: Rounded to whole currency units.
        signed: A plus before what is above zero.
    """
    amount = value.amount
    if compact:
        digits = 0 if abs(amount) < 1000 else 1
        said = format_compact_currency(
            amount, value.currency, locale=_known(locale), fraction_digits=digits
        )
    elif whole:
        pattern = _pattern("currency", locale, (0, 0))
        said = pattern.apply(amount, _known(locale), currency=value.currency, currency_digits=False)
    else:
        said = format_currency(amount, value.currency, locale=_known(locale))
    said = _CODE_TOUCHES_DIGIT.sub("\u00a0", said, count=1)
    return _sign(said, plus=signed and value.minor > 0)


def number(
    value: Decimal | float,
    locale: str,
    *,
    digits: int | None = None,
    compact: bool = False,
    signed: bool = False,
) -> str:
    """Return a number with its groups and decimal mark.

    ``digits`` is how many stand after the mark; None: as many as the value has, at most six, and at
    most one where it is ``compact``.
    """
    if compact:
        # What is too small to be shortened would be written with all its places.
        short = round(Decimal(value), digits or 1)
        said = format_compact_decimal(
            int(short) if short == int(short) else short,
            locale=_known(locale),
            fraction_digits=digits or 1,
        )
    else:
        places = (0, 6) if digits is None else (digits, digits)
        said = _pattern("decimal", locale, places).apply(value, _known(locale))
    return _sign(said, plus=signed and value > 0)


def percent(ratio: Decimal | float, locale: str, *, digits: int = 0, signed: bool = False) -> str:
    """Return a ratio as percent: ``0.825`` with one digit is ``82.5%``."""
    said = _pattern("percent", locale, (digits, digits)).apply(ratio, _known(locale))
    return _sign(said, plus=signed and ratio > 0)


def points(difference: Decimal | float, locale: str, *, digits: int = 0) -> str:
    """Return the difference of two ratios in percentage points, signed: ``−4 pts``."""
    said = number(difference * 100, locale, digits=digits, signed=True)
    return words_for(locale).gettext("%(points)s pts", points=said)


def days(value: Decimal | int, locale: str, *, digits: int | None = None) -> str:
    """Return a number of days with its unit."""
    whole = digits is None and value == int(value)
    said = number(value, locale, digits=0 if whole else (digits if digits is not None else 1))
    words = words_for(locale)
    return words.ngettext("%(days)s day", "%(days)s days", int(value), days=said)


def times(value: Decimal, locale: str, *, digits: int = 1) -> str:
    """Return a multiple such as a coverage: ``2.9×``."""
    return f"{number(value, locale, digits=digits)}×"


def date(value: Date, locale: str, form: str = "medium") -> str:
    """Return a business date; ``form`` is short (no year), medium, long or full."""
    if locale == "en" and form in _ENGLISH_DATES:
        return format_date(value, _ENGLISH_DATES[form], locale=_known(locale))
    if form == "short":
        day = DateTime(value.year, value.month, value.day)
        return format_skeleton("MMMd", day, locale=_known(locale))
    return format_date(value, form, locale=_known(locale))


def datetime(value: DateTime, zone: tzinfo, locale: str, form: str = "medium") -> str:
    """Return an aware instant as date and minute in ``zone``."""
    local = value.astimezone(zone)
    clock = format_time(local, "HH:mm", locale=_known(locale))
    return f"{date(local.date(), locale, form)}, {clock}"


def months(locale: str) -> tuple[str, ...]:
    """Return the names of the months, January first, as they stand alone."""
    names = get_month_names("wide", "stand-alone", locale)
    return tuple(str(names[number]) for number in range(1, 13))


def currency_name(code: str, locale: str) -> str:
    """Return a currency's name; its code where the locale has none."""
    return get_currency_name(code, locale=locale)


def interval(low: float, high: float, locale: str) -> str:
    """Return an interval of ratios in whole percent: ``17–49%``."""
    last = percent(high, locale)
    first = number(Decimal(str(low)) * 100, locale, digits=0)
    return f"{first}\u2013{last}"


_NAMED = re.compile(
    r"(?P<fiscal>FY)?(?P<year>\d{4})(?:-(?P<part>[QHW])?(?P<number>\d{1,2}))?", re.ASCII
)


def period(name: str, locale: str) -> str:
    """Return a period's canonical name in words: ``2017-Q4`` is ``Q4 2017``.

    ``start..end`` (end exclusive) is shown with its last day. A name of no known form comes
    back as it is.
    """
    first, dots, past = name.partition("..")
    if dots:
        start, last = Date.fromisoformat(first), Date.fromisoformat(past) - timedelta(days=1)
        return f"{date(start, locale)} \u2013 {date(last, locale)}"
    found = _NAMED.fullmatch(name)
    if found is None:
        return name
    words = words_for(locale)
    year = words.gettext("FY%(year)s", year=found["year"]) if found["fiscal"] else found["year"]
    part, count = found["part"], found["number"]
    if count is None:
        if found["fiscal"]:
            return year
        return format_skeleton("y", DateTime(int(found["year"]), 1, 1), locale=_known(locale))
    if part == "Q":
        return words.gettext("Q%(quarter)s %(year)s", quarter=count, year=year)
    if part == "H":
        return words.gettext("H%(half)s %(year)s", half=count, year=year)
    if part == "W":
        return words.gettext("Week %(week)s, %(year)s", week=str(int(count)), year=year)
    month = DateTime(int(found["year"]), int(count), 1)
    return format_skeleton("yMMM", month, locale=_known(locale))


def file_size(octets: int, locale: str) -> str:
    """Return a size in the largest decimal unit that leaves at least 1: ``1.4 MB``."""
    value = Decimal(octets)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{number(value, locale, digits=0 if unit == 'B' else 1)}\u00a0{unit}"


def decimal_marks(locale: str) -> tuple[str, str]:
    """Return the decimal mark and the group mark of ``locale``."""
    return get_decimal_symbol(locale), get_group_symbol(locale)


def plain(value: Decimal, locale: str) -> str:
    """Return a number for an input box: the locale's decimal mark, no groups, no exponent."""
    return f"{value:f}".replace(".", decimal_marks(locale)[0])


@lru_cache(maxsize=64)
def _known(locale: str) -> Locale:
    """Return what Babel knows of a locale: given its name, it would look for it with each figure."""
    return Locale.parse(locale)


@lru_cache(maxsize=256)
def _pattern(kind: str, locale: str, places: tuple[int, int]) -> NumberPattern:
    """Return the locale's pattern of a kind with so many digits after the mark (least, most)."""
    known = _known(locale)
    pattern = {
        "currency": known.currency_formats["standard"],
        "decimal": known.decimal_formats[None],
        "percent": known.percent_formats[None],
    }[kind]
    changed: NumberPattern = copy(pattern)
    changed.frac_prec = places
    return changed


def _sign(said: str, *, plus: bool) -> str:
    said = said.replace("-", MINUS)
    return f"+{said}" if plus else said
