"""Rows of a recognised file → records, or the reasons why not."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from spm.domain.errors import Invalid
from spm.domain.intake import dates, numbers
from spm.domain.intake.cells import BadCell, Cell, Issue, Row, shown
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.formats import Formats, Reading
from spm.domain.intake.layouts import ColumnLayout, Layout, TableLayout
from spm.domain.intake.numbers import Amount, DecimalMark
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import ExternalKey, Reference
from spm.domain.intake.schema import DATES, FIELDS, LINE_FIELDS, NUMBERS, Field, Kind, Type
from spm.domain.text import TextTooLong, clean_line, fold, squeeze

INERT = tuple("=+-@\t\r＝＋－＠")
"""Our own exports put an apostrophe before these; it is taken off again."""

_PLACES = 6
"""So many places of a plain number are kept."""
_REMEMBERED = 20_000
"""So many different values of a column are parsed once only."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that fills a field."""

    index: int
    header: str
    layout: ColumnLayout
    field: Field


@dataclass(frozen=True, slots=True)
class Binding:
    """A file's header under a table of a layout.

    Attributes:
        file: The name by which the file is known to whoever imports it.
        columns: Where each mapped field of the record is.
        other_keys: Space of a further id → its column.
        lines: The same as ``columns`` for a deal's lines.
        entered: Stage → the column that says when a deal entered it.
        unused: Headers that nothing is taken from.
        matched: How many columns of the file are used.
    """

    file: str
    layout: Layout
    table: TableLayout
    columns: Mapping[str, Column]
    other_keys: Mapping[str, Column]
    lines: Mapping[str, Column]
    entered: Mapping[str, Column]
    unused: tuple[str, ...]
    matched: int

    @property
    def kind(self) -> Kind:
        """What a row becomes."""
        return self.table.kind

    @property
    def mapped(self) -> frozenset[str]:
        """The fields that the file says something about."""
        return frozenset(self.columns) | frozenset(self.table.constants)

    def every(self) -> Iterator[Column]:
        """Yield every column that is used."""
        for part in (self.columns, self.other_keys, self.lines, self.entered):
            yield from part.values()


class DuplicateHeader(Invalid):
    """A column that is needed occurs twice; ``column`` is its name."""

    code = "import.duplicate-header"


def recognise(file: str, header: Sequence[str], layouts: Sequence[Layout]) -> Binding | None:
    """Return the table whose columns a header has, the one that uses most of them; None if none.

    Raises:
        DuplicateHeader: A needed column occurs twice.
    """
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(_spelled(name), []).append(index)
    places.pop("", None)
    found = [
        binding
        for layout in layouts
        for table in layout.tables
        if (binding := _bound(file, header, places, layout, table)) is not None
    ]
    best = max(found, key=lambda binding: binding.matched, default=None)
    if best is None:
        return None
    for column in best.every():
        if len(places[_spelled(column.header)]) > 1:
            raise DuplicateHeader(file=file, column=column.header)
    return best


def _spelled(name: str) -> str:
    return squeeze(name) or fold(name)


def _bound(
    file: str,
    header: Sequence[str],
    places: Mapping[str, list[int]],
    layout: Layout,
    table: TableLayout,
) -> Binding | None:
    def place(headers: Iterable[str]) -> int | None:
        return next(
            (places[spelled][0] for name in headers if (spelled := _spelled(name)) in places), None
        )

    def columns(
        layouts: Iterable[ColumnLayout], fields: Mapping[str, Field]
    ) -> dict[str, Column] | None:
        found: dict[str, Column] = {}
        for column in layouts:
            index = place(column.headers)
            if index is None:
                if column.is_required:
                    return None
                continue
            found[column.field] = Column(index, header[index], column, fields[column.field])
        return found

    mapped = columns(table.columns, FIELDS[table.kind])
    lines = columns(table.line_columns, LINE_FIELDS)
    if mapped is None or lines is None:
        return None
    extra = [ColumnLayout(space, names, False, space) for space, names in table.other_keys.items()]
    other_keys = columns(extra, dict.fromkeys(table.other_keys, Field(Type.KEY))) or {}
    stages = layout.pipeline.stages if layout.pipeline and table.kind is Kind.DEAL else ()
    dated = [ColumnLayout(stage.name, stage.entered, False) for stage in stages if stage.entered]
    entered = columns(dated, {stage.name: Field(Type.MOMENT) for stage in stages}) or {}
    used = {
        column.index for part in (mapped, lines, other_keys, entered) for column in part.values()
    }
    unused = tuple(name for index, name in enumerate(header) if name and index not in used)
    return Binding(file, layout, table, mapped, other_keys, lines, entered, unused, len(used))


class FormatFinder:
    """Finds, row by row, how a file writes numbers and dates."""

    def __init__(self, binding: Binding) -> None:
        used = tuple(binding.every())
        self._numbers = tuple(c.index for c in used if c.field.type in NUMBERS)
        self._dates = tuple(c.index for c in used if c.field.type in DATES)
        self._marks = numbers.MarkFinder()
        self._orders = dates.OrderFinder()

    def look(self, row: Row) -> None:
        """Take a row into account."""
        if row.fault:
            return
        for index in self._numbers:
            self._marks.look(row.cells[index])
        for index in self._dates:
            self._orders.look(row.cells[index])

    def formats(self, reading: Reading, delimiter: str | None) -> Formats:
        """Return what was found, under what ``reading`` says.

        Where nothing decides, a file with semicolons is taken to write decimals with a comma and
        the day first, as the spreadsheets that write semicolons do; any other the other way round.
        """
        european = delimiter == ";"
        mark, is_mark_open = self._marks.found()
        order, is_order_open = self._orders.found()
        return Formats(
            decimal_mark=reading.decimal_mark
            or mark
            or (DecimalMark.COMMA if european else DecimalMark.POINT),
            date_order=reading.date_order
            or order
            or (DateOrder.DMY if european or not is_order_open else DateOrder.MDY),
            is_decimal_ambiguous=reading.decimal_mark is None and is_mark_open,
            is_date_ambiguous=reading.date_order is None and is_order_open,
        )


class RowMapper:
    """Parses the mapped cells of rows, one format for the whole file."""

    def __init__(self, binding: Binding, formats: Formats) -> None:
        self.binding = binding
        self._formats = formats
        self._known: dict[tuple[str, int], dict[Cell, Any]] = {}
        self._parsers: dict[Type, Callable[[Cell, Column], Any]] = {
            Type.LINE: self._line,
            Type.STAGE: self._line,
            Type.KEY: self._line,
            Type.EMAIL: self._line,
            Type.REFERENCE: self._reference,
            Type.CURRENCY: lambda cell, column: self._line(cell, column).upper(),
            Type.MONEY: self._money,
            Type.DECIMAL: self._decimal,
            Type.INTEGER: lambda cell, _: numbers.parse_integer(cell, formats.decimal_mark),
            Type.DAY: lambda cell, _: dates.parse_moment(cell, formats.date_order).on,
            Type.MOMENT: lambda cell, _: dates.parse_moment(cell, formats.date_order),
            Type.MONTH: lambda cell, _: dates.parse_month(cell, formats.date_order),
        }

    def values(self, row: Row, columns: Mapping[str, Column]) -> tuple[dict[str, Any], list[Issue]]:
        """Return the values of the mapped fields (None where blank), and what is wrong with the row."""
        values: dict[str, Any] = {}
        issues: list[Issue] = []
        if row.fault:
            return self._key_alone(row, columns), [self._faulty(row)]
        for name, column in columns.items():
            try:
                values[name] = self._parsed(row.cells[column.index], column)
            except BadCell as error:
                issues.append(self.issue(row, column, error.reason))
            except TextTooLong:
                issues.append(self.issue(row, column, Reason.TOO_LONG, most=column.field.length))
            except Invalid:
                issues.append(self.issue(row, column, Reason.BAD_CHARACTER))
            else:
                if values[name] is None and column.field.is_required:
                    issues.append(self.issue(row, column, Reason.MISSING_VALUE))
        return values, issues

    def keys(self, key: str, spaces: Mapping[str, str | None]) -> tuple[ExternalKey, ...]:
        """Return the ids of a row's thing: its key first, then those of other spaces that are there."""
        first = ExternalKey(self.binding.columns["key"].layout.space, key)
        rest = (ExternalKey(space, value) for space, value in spaces.items() if value)
        return (first, *rest)

    def issue(
        self, row: Row, column: Column, reason: Reason, *, is_refusal: bool = True, **facts: object
    ) -> Issue:
        """Return an issue about a cell."""
        return Issue(
            file=self.binding.file,
            line=row.line,
            column=column.header,
            value=shown(row.cells[column.index]),
            reason=reason,
            is_refusal=is_refusal,
            facts=facts,
        )

    def _key_alone(self, row: Row, columns: Mapping[str, Column]) -> dict[str, Any]:
        """Return the key of a row that is otherwise of no use, so that its deal is refused with it."""
        if "key" not in columns:
            return {}
        try:
            key = self._value(row.cells[columns["key"].index], columns["key"])
        except Invalid:
            return {}
        return {} if key is None else {"key": key}

    def _faulty(self, row: Row) -> Issue:
        fault = row.fault or Reason.SHORT_ROW
        return Issue(self.binding.file, row.line, "", shown(row.cells[0]), fault)

    def _parsed(self, cell: Cell, column: Column) -> Any:
        """Return the value of a cell; what a column repeats is parsed once."""
        known = self._known.setdefault((column.layout.field, column.index), {})
        if cell in known:
            return known[cell]
        value = self._value(cell, column)
        if len(known) < _REMEMBERED and isinstance(cell, str):
            known[cell] = value
        return value

    def _value(self, cell: Cell, column: Column) -> Any:
        if isinstance(cell, str):
            if len(cell) > 1 and cell[0] == "'" and cell[1] in INERT:
                cell = cell[1:]
            text = cell.strip()
            if not text or text in column.layout.blanks:
                return None
            if column.layout.values:
                cell = self._translated(text, column)
        elif isinstance(cell, bool) and column.field.type in NUMBERS | DATES:
            raise BadCell(
                Reason.NOT_A_NUMBER if column.field.type in NUMBERS else Reason.NOT_A_DATE
            )
        return self._parsers[column.field.type](cell, column)

    @staticmethod
    def _translated(text: str, column: Column) -> str:
        wanted = fold(text)
        for spelling, ours in column.layout.values.items():
            if fold(spelling) == wanted:
                return ours
        raise BadCell(Reason.UNKNOWN_VALUE)

    @staticmethod
    def _line(cell: Cell, column: Column) -> str:
        if isinstance(cell, Decimal):
            cell = str(int(cell)) if cell == cell.to_integral() else format(cell, "f")
        line = clean_line(str(cell), column.field.length, column.layout.field)
        if not line:
            raise BadCell(Reason.MISSING_VALUE)
        return line

    def _reference(self, cell: Cell, column: Column) -> Reference:
        kind = column.field.refers_to
        if kind is None:
            raise BadCell(Reason.UNKNOWN_VALUE)
        return Reference(
            kind,
            column.layout.space,
            self._line(cell, column),
            column.header,
            column.layout.may_create,
        )

    def _decimal(self, cell: Cell, column: Column) -> Decimal:
        value = numbers.parse_decimal(cell, self._formats.decimal_mark) * column.layout.scale
        if value != round(value, _PLACES):
            raise BadCell(Reason.TOO_MANY_PLACES)
        return value

    def _money(self, cell: Cell, column: Column) -> Amount:
        amount = numbers.parse_amount(cell, self._formats.decimal_mark)
        if column.layout.scale == 1:
            return amount
        return replace(amount, value=amount.value * column.layout.scale)
