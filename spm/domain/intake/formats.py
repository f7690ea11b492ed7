"""How a file writes numbers and dates: found over its columns, or said by whoever imports it."""

from dataclasses import dataclass

from spm.domain.intake.dates import DateOrder
from spm.domain.intake.numbers import DecimalMark


@dataclass(frozen=True, slots=True)
class Formats:
    """How a file writes numbers and dates.

    Attributes:
        is_decimal_ambiguous: Some number can be read with either mark, and nothing in the file
            decides; the mark is then a guess.
        is_date_ambiguous: The same of the order of day and month.
    """

    decimal_mark: DecimalMark = DecimalMark.POINT
    date_order: DateOrder = DateOrder.YMD
    is_decimal_ambiguous: bool = False
    is_date_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What whoever imports says about the files; None where it is to be recognised.

    Attributes:
        header_line: The line on which the names of the columns stand, the first is 1.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal_mark: DecimalMark | None = None
    date_order: DateOrder | None = None
    header_line: int | None = None


AS_FOUND = Reading()
"""Nothing was said."""
