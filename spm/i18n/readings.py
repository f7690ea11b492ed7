"""Figures as a reader's language writes them: on pages and in packs alike."""

from decimal import ROUND_HALF_EVEN, Decimal

from spm.domain.metrics.figure import Reading, Reason, reason_text
from spm.domain.metrics.registry import Unit
from spm.domain.money import Money, minor_digits
from spm.i18n import formats
from spm.i18n.words import words_for

SHARE_DIGITS = 1
"""Digits after the mark of a rate in percent."""


def value(reading: Reading, locale: str, *, compact: bool = False) -> str:
    """Return the value of ``reading``; a dash where it is unknown.

    Money is rounded to its currency's digits and a rate to a tenth of a percent: the exact figure
    is what ``spm metric`` prints.
    """
    return amount(reading.value, reading.unit, reading.currency, locale, compact=compact)


def amount(
    figure: Decimal | int | None,
    unit: Unit,
    currency: str | None,
    locale: str,
    *,
    compact: bool = False,
) -> str:
    """Return a number that is counted in ``unit`` as ``locale`` writes it."""
    if figure is None:
        return formats.UNKNOWN
    match unit:
        case Unit.RATIO:
            return formats.percent(figure, locale, digits=SHARE_DIGITS)
        case Unit.DAYS:
            return formats.days(figure, locale)
        case Unit.MONEY | Unit.MONEY_PER_DAY if currency is not None:
            said = formats.money(money(Decimal(figure), currency), locale, compact=compact)
            if unit is Unit.MONEY_PER_DAY:
                return words_for(locale).gettext("%(money)s a day", money=said)
            return said
        case _:
            return formats.number(figure, locale, compact=compact)


def money(figure: Decimal, currency: str) -> Money:
    """Return ``figure``, in the currency's units, half-even to its minor unit."""
    minor = figure.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_EVEN)
    return Money(currency, int(minor))


def reason(found: Reason | None, locale: str) -> str | None:
    """Return why a figure is unknown, as a sentence; None where it is known."""
    return None if found is None else reason_text(found, words_for(locale).gettext)


def interval(low: float, high: float, locale: str) -> str:
    """Return the interval of a rate to a tenth of a percent."""
    first, last = (formats.percent(bound, locale, digits=SHARE_DIGITS) for bound in (low, high))
    return f"{first}\u2013{last}"
