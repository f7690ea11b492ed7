"""What the columns of a file might be: by their headings, and by what stands in them.

A suggestion is only where the wizard starts; nothing is loaded by it that nobody has seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from spm.domain.errors import Invalid
from spm.domain.intake import dates, numbers
from spm.domain.intake.cells import Cell
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.drafts import DATE_OF_ENTRY, choices_of, lacks
from spm.domain.intake.headings import EXACT, PATTERNS, suggested
from spm.domain.intake.mapping import stage_named
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.schema import DATES, NUMBERS, Kind, Type
from spm.domain.intake.words import parse_flag, parse_outcome

_MOSTLY = 0.7
"""So much of what stands in a column is of its type."""
_FEW = 12
"""A column of no more different values than this may be one of outcomes."""


class Basis(StrEnum):
    """What a suggestion goes by."""

    HEADING = "heading"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Sample:
    """A column as far as it was looked at: its heading and different values of it, first met first.

    Attributes:
        is_unique: No value was met twice.
    """

    header: str
    values: tuple[str, ...]
    is_unique: bool = False

    def share(self, reads: Callable[[Cell], object]) -> float:
        """Return which part of the values can be read so; 0 where there are none."""
        return sum(_can(reads, value) for value in self.values) / max(len(self.values), 1)

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.share(_number) >= _MOSTLY

    @property
    def is_dated(self) -> bool:
        """Whether it holds dates; numbers alone are none."""
        return self.share(_date) >= _MOSTLY and self.share(_plain_number) < _MOSTLY

    @property
    def is_mail(self) -> bool:
        """Whether it holds e-mail addresses."""
        return self.share(_mail) >= _MOSTLY


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a file might be.

    Attributes:
        kind: What its rows become.
        fields: Place of the column → field, as ``drafts`` names them, and what it goes by.
    """

    kind: Kind
    fields: Mapping[int, tuple[str, Basis]]


def suggest(samples: Sequence[Sample], kind: Kind | None = None) -> Suggestion:
    """Return what a file might be; of a kind, where that is known."""
    if kind is not None:
        return Suggestion(kind, _fields(samples, kind)[0])
    best: tuple[int, Suggestion] | None = None
    for one in _LIKELY:
        fields, weight = _fields(samples, one)
        names = {field for field, _ in fields.values()}
        weight -= EXACT * len(lacks(one, names))
        if best is None or weight > best[0]:
            best = (weight, Suggestion(one, fields))
    return best[1] if best else Suggestion(Kind.DEAL, {})


_LIKELY = (
    Kind.DEAL,
    Kind.MOVE,
    Kind.TARGET,
    Kind.PERSON,
    Kind.ACCOUNT,
    Kind.PRODUCT,
    Kind.TERRITORY_MEMBER,
    Kind.TERRITORY,
)
"""Kinds, the likelier first."""


def _fields(samples: Sequence[Sample], kind: Kind) -> tuple[dict[int, tuple[str, Basis]], int]:
    """Return the suggested fields of a kind, and how much the headings say for it."""
    offered = choices_of(kind)
    wanted = [
        (weight, -at, field)
        for at, sample in enumerate(samples)
        for field, weight in suggested(kind, sample.header).items()
        if field in offered and _fits(sample, offered[field])
    ]
    found: dict[int, tuple[str, Basis]] = {}
    taken: set[str] = set()
    total = 0
    for weight, place, field in sorted(wanted, reverse=True):
        at = -place
        is_part = field == "name" and kind is Kind.PERSON and weight == EXACT
        if at in found or (field in taken and not is_part):
            continue
        found[at] = (field, Basis.HEADING)
        taken.add(field)
        total += weight
    if kind is Kind.DEAL:
        for at, sample in enumerate(samples):
            if at not in found and (not sample.values or sample.is_dated) and _is_entry(sample):
                found[at] = (DATE_OF_ENTRY, Basis.HEADING)
    rest = [at for at in range(len(samples)) if at not in found and samples[at].values]
    for at, field in _by_content(samples, kind, rest, taken):
        found[at] = (field, Basis.CONTENT)
        taken.add(field)
    return found, total


def _is_entry(sample: Sample) -> bool:
    return any(stage_named(pattern, sample.header) for pattern in PATTERNS[:-3])


def _by_content(
    samples: Sequence[Sample], kind: Kind, rest: Iterable[int], taken: set[str]
) -> list[tuple[int, str]]:
    """Return what columns without a telling heading might be, by what stands in them."""
    rest = list(rest)
    dated = [at for at in rest if samples[at].is_dated]
    mails = [at for at in rest if samples[at].is_mail]
    sums = [at for at in rest if at not in dated and samples[at].is_numeric]
    found: list[tuple[int, str]] = []
    match kind:
        case Kind.DEAL:
            keys = [at for at in rest if _is_key(samples[at])]
            if "key" not in taken and keys:
                found.append((keys[0], "key"))
                sums = [at for at in sums if at != keys[0]]
            if mails and "owner" not in taken:
                found.append((mails[0], "owner"))
            if "amount" not in taken and len(sums) == 1:
                found.append((sums[0], "amount"))
            if not taken & {"stage", "status"}:
                found += [(at, "status") for at in rest if _is_outcome(samples[at])][:1]
            names = [name for name in ("created", "closed") if name not in taken]
            dated.sort(key=lambda at: _earliest(samples[at]))
            if len(dated) == len(names):
                found += zip(dated, names, strict=True)
        case Kind.PERSON if mails and "email" not in taken:
            found.append((mails[0], "email"))
        case Kind.TARGET if len(sums) == 1 and "value" not in taken:
            found.append((sums[0], "value"))
        case Kind.MOVE if len(dated) == 1 and "at" not in taken:
            found.append((dated[0], "at"))
        case _:
            pass
    return found


def _is_key(sample: Sample) -> bool:
    """Return whether a column might hold ids: different everywhere, in one word with a digit."""
    return (
        sample.is_unique
        and all(
            " " not in value and any(mark.isdigit() for mark in value) and "@" not in value
            for value in sample.values
        )
        and not sample.is_dated
        and not any(mark in "".join(sample.values) for mark in ",.%€$")
    )


def _earliest(sample: Sample) -> str:
    return min((day for value in sample.values if (day := _date_text(value))), default="9")


def _is_outcome(sample: Sample) -> bool:
    return len(sample.values) <= _FEW and sample.share(lambda cell: parse_outcome(str(cell))) >= 0.5


def _fits(sample: Sample, of: Type) -> bool:
    """Return whether what stands in a column can be of a type; an empty one can be anything."""
    if not sample.values:
        return True
    if of in NUMBERS:
        return sample.is_numeric and not sample.is_dated
    if of in DATES:
        return sample.share(_date) >= _MOSTLY or (
            of is Type.MONTH and sample.share(_month) >= _MOSTLY
        )
    match of:
        case Type.EMAIL:
            return sample.is_mail
        case Type.FLAG:
            return sample.share(parse_flag) >= _MOSTLY
        case Type.STAGE | Type.OUTCOME:
            return not sample.is_dated and sample.share(_plain_number) < _MOSTLY
        case Type.CURRENCY:
            return all(len(value) <= 4 for value in sample.values)
        case _:
            return not sample.is_dated


def _can(reads: Callable[[Cell], object], value: str) -> bool:
    try:
        return reads(value) is not False
    except Invalid:
        return False


def _number(cell: Cell) -> object:
    return any(_can(partial(numbers.parse_amount, mark=mark), str(cell)) for mark in DecimalMark)


def _plain_number(cell: Cell) -> object:
    return str(cell).replace(".", "").replace(",", "").replace(" ", "").lstrip("-").isdigit() and (
        str(cell).count(".") < 2
    )


def _date(cell: Cell) -> object:
    return bool(_date_text(str(cell)))


def _date_text(value: str) -> str:
    for order in DateOrder:
        try:
            return dates.parse_moment(value, order).on.isoformat()
        except Invalid:
            continue
    return ""


def _month(cell: Cell) -> object:
    return any(_can(partial(dates.parse_month, order=order), str(cell)) for order in DateOrder)


def _mail(cell: Cell) -> object:
    text = str(cell)
    return text.count("@") == 1 and "." in text.rpartition("@")[2] and " " not in text.strip()
