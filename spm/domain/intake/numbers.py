"""Texts of a column → numbers and money.

``1.234`` alone is ambiguous; a column seldom is, so the decimal mark is recognised over the column.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from spm.domain.intake.cells import BadCell, Cell
from spm.domain.intake.reasons import Reason
from spm.domain.money import MINOR_DIGITS

LONGEST = 80
"""No number and no date is longer; patterns are tried on nothing longer than this."""


class DecimalMark(StrEnum):
    """What stands between the whole and the fraction of a number."""

    POINT = "point"
    COMMA = "comma"


_SYMBOLS = {
    "$": None,
    "€": "EUR",
    "£": "GBP",
    "\u00a5": "JPY",
    "\uffe5": "JPY",
    "\u20a9": "KRW",
    "\uffe6": "KRW",
    "₴": "UAH",
    "US$": "USD",
    "грн": "UAH",
    "円": "JPY",
    "원": "KRW",
}
"""A symbol and the currency that it alone says; a dollar says none."""

_GROUP = 3
"""Digits of a group of thousands; Indian numbers have groups of two before the last."""
_SCALES = {"k": Decimal(1000), "m": Decimal(1_000_000), "b": Decimal(1_000_000_000)}
_SPACES = "\u00a0\u202f\u2009"
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>[-\u2212]?) ?(?P<before>US\$|[A-Z]{3}|[$€£\u00a5\uffe5\u20a9\uffe6₴])? ?(?P<inner>[-\u2212]?)"
    r"(?P<digits>[0-9][0-9.,' ]{0,40}|[.,][0-9]{1,30})(?P<scale>[KkMmBb]?)"
    r" ?(?P<after>[A-Z]{3}|[$€£\u00a5\uffe5\u20a9\uffe6₴]|грн\.?|円|원)?(?P<close>\))?(?P<trail>-?)"
)
_UNIT_OF_HEADER = re.compile(
    r"(?P<bare>.{1,200}?)(?: in)? ?[(\[\uff08]? ?(?P<unit>US\$|[A-Z]{3}|[$€£\u00a5\uffe5\u20a9\uffe6₴]|грн\.?|円|원) ?[)\]\uff09]?"
)
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_EXPONENT = re.compile(r"[-+]?[0-9](?:\.[0-9]{1,30})?[eE][-+]?[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of money and the currency written beside it; None where none is."""

    value: Decimal
    currency: str | None


def trimmed(text: str) -> str:
    """Return a text without outer blanks, every kind of blank made plain."""
    if text.isascii():
        return text.strip()
    for space in _SPACES:
        text = text.replace(space, " ")
    return text.strip()


def _grouped(digits: str, mark: DecimalMark) -> str | None:
    """Return the digits with a point and without groups; None where the groups are not groups."""
    point, group = (".", ",") if mark is DecimalMark.POINT else (",", ".")
    whole, found, fraction = digits.partition(point)
    if found and not (fraction.isdigit() or fraction == ""):
        return None
    for separator in (group, " ", "'"):
        if separator in whole:
            head, *rest = whole.split(separator)
            if not (0 < len(head) <= _GROUP) or any(len(part) not in {2, _GROUP} for part in rest):
                return None
            if len(rest[-1]) != _GROUP:
                return None
            whole = head + "".join(rest)
            break
    if not (whole.isdigit() or (whole == "" and fraction)):
        return None
    return f"{whole or '0'}.{fraction}" if fraction else whole


def parse_amount(cell: Cell, mark: DecimalMark) -> Amount:
    """Return what a cell of money says.

    Takes ``1234.5``, ``$22,700.00``, ``(1,234.50)``, ``1.234,50 €``, ``EUR 12``, ``$1,117.10K``.

    Raises:
        BadCell: It is not a number, or not one with this decimal mark.
    """
    if isinstance(cell, Decimal):
        return Amount(_bounded(cell), None)
    if not isinstance(cell, str) or len(cell) > LONGEST:
        raise BadCell(Reason.NOT_A_NUMBER)
    if mark is DecimalMark.POINT and _PLAIN.fullmatch(cell):
        return Amount(Decimal(cell), None)
    text = trimmed(cell)
    if _EXPONENT.fullmatch(text):
        return Amount(_bounded(Decimal(text)), None)
    match = _AMOUNT.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise BadCell(Reason.NOT_A_NUMBER)
    digits = _grouped(match["digits"].strip(), mark)
    if digits is None:
        raise BadCell(Reason.NOT_A_NUMBER)
    value = Decimal(digits) * _SCALES.get(match["scale"].casefold(), Decimal(1))
    signs = sum(bool(match[sign]) for sign in ("open", "minus", "inner", "trail"))
    if signs > 1 or (match["before"] and match["after"]):
        raise BadCell(Reason.NOT_A_NUMBER)
    return Amount(
        _bounded(-value if signs else value), _currency(match["before"] or match["after"])
    )


def unit_of_header(header: str) -> tuple[str, str | None] | None:
    """Return a column's name without the currency at its end, and that currency; None without one.

    ``Betrag (EUR)``, ``Value [€]``, ``Umsatz in EUR``; a dollar sign is a unit that names no
    currency.
    """
    match = _UNIT_OF_HEADER.fullmatch(trimmed(header))
    if match is None:
        return None
    currency = _currency(match["unit"])
    if currency is None:
        return match["bare"], None
    return (match["bare"], currency) if currency in MINOR_DIGITS else None


def _bounded(value: Decimal) -> Decimal:
    """Return a finite number below 10**15, which fits every column even in minor units."""
    if not value.is_finite():
        raise BadCell(Reason.NOT_A_NUMBER)
    if abs(value) >= Decimal(10) ** 15:
        raise BadCell(Reason.NUMBER_TOO_LARGE)
    return value


def _currency(word: str | None) -> str | None:
    if word is None:
        return None
    plain = word.rstrip(".")
    return _SYMBOLS.get(plain, plain)


def parse_decimal(cell: Cell, mark: DecimalMark) -> Decimal:
    """Return a plain number; a trailing per cent sign is dropped, not divided by.

    Raises:
        BadCell: It is not a number.
    """
    if isinstance(cell, str):
        cell = cell.strip().removesuffix("%").rstrip().removeprefix("+")
    amount = parse_amount(cell, mark)
    if amount.currency is not None:
        raise BadCell(Reason.NOT_A_NUMBER)
    return amount.value


def parse_integer(cell: Cell, mark: DecimalMark) -> int:
    """Return a whole number.

    Raises:
        BadCell: It is not a number, not whole, or longer than 15 digits.
    """
    value = parse_decimal(cell, mark)
    if value != value.to_integral() or abs(value) >= Decimal(10) ** 15:
        raise BadCell(Reason.NOT_A_WHOLE_NUMBER)
    return int(value)


class MarkFinder:
    """Finds the decimal mark of a file's numbers, cell by cell.

    ``1,234`` and ``1.234`` do not decide; ``1,5``, ``1.234,5`` and ``1,234,567`` do.
    """

    def __init__(self) -> None:
        self._votes = {DecimalMark.POINT: 0, DecimalMark.COMMA: 0}
        self._is_doubtful = False

    def look(self, cell: Cell) -> None:
        """Take a cell into account."""
        if (
            not isinstance(cell, str)
            or len(cell) > LONGEST
            or ("." not in cell and "," not in cell)
        ):
            return
        vote, doubt = _mark_of(cell)
        self._is_doubtful = self._is_doubtful or doubt
        if vote is not None:
            self._votes[vote] += 1

    def found(self) -> tuple[DecimalMark | None, bool]:
        """Return the mark, None where nothing decides, and whether there is something to decide."""
        points, commas = self._votes[DecimalMark.POINT], self._votes[DecimalMark.COMMA]
        if points == commas:
            return None, self._is_doubtful or points > 0
        return (DecimalMark.POINT if points > commas else DecimalMark.COMMA), False


def _mark_of(text: str) -> tuple[DecimalMark | None, bool]:
    points, commas = text.count("."), text.count(",")
    last = max(text.rfind("."), text.rfind(","))
    digits = sum(1 for mark in text[last + 1 :] if mark.isdigit())
    if points and commas:
        return (DecimalMark.POINT if text[last] == "." else DecimalMark.COMMA), False
    if points > 1:
        return DecimalMark.COMMA, False
    if commas > 1:
        return DecimalMark.POINT, False
    if digits == _GROUP and text[:last].strip("-+($€£₴ \u00a5\uffe5\u20a9\uffe6") not in {"", "0"}:
        return None, True
    return (DecimalMark.POINT if points else DecimalMark.COMMA), False
