"""Rows of a recognised file → records, or the reasons why not."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from datetime import timedelta
from decimal import Decimal
from typing import Any

from spm.domain.errors import Invalid
from spm.domain.intake import dates, numbers
from spm.domain.intake.cells import BadCell, Cell, Issue, Row, shown
from spm.domain.intake.dates import Moment
from spm.domain.intake.formats import Formats
from spm.domain.intake.layouts import ColumnLayout, Layout, TableLayout
from spm.domain.intake.numbers import Amount
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import HERE, ExternalKey, Reference
from spm.domain.intake.schema import DATES, FIELDS, INSTEAD, LINE_FIELDS, NUMBERS, Field, Kind, Type
from spm.domain.intake.stages import StageBook
from spm.domain.intake.words import is_total, parse_flag, parse_outcome, whole_id
from spm.domain.text import TextTooLong, clean_line, fold, squeeze

INERT = tuple("=+-@\t\r＝＋－＠")
"""Our own exports put an apostrophe before these; it is taken off again."""

_HERE = re.compile(r"#[1-9][0-9]{0,17}", re.ASCII)
"""How ``means`` writes the number that something has here."""
_PLACES = 6
"""So many places of a plain number are kept."""
_REMEMBERED = 20_000
"""So many different values of a column are parsed once only."""
_TRIED = 1_000
"""After so many different values it is seen whether a column repeats them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that fills a field.

    Attributes:
        also: Further columns that are put together with it.
        id_index: The column with the id of what this one names; None where there is none.
        currency: Of a column of money, the currency that its name says; None where it says none.
    """

    index: int
    header: str
    layout: ColumnLayout
    field: Field
    also: tuple[int, ...] = ()
    id_index: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A file's header under a table of a layout.

    Attributes:
        file: The name by which the file is known to whoever imports it.
        columns: Where each mapped field of the record is.
        other_keys: Space of a further id → its column.
        lines: The same as ``columns`` for a deal's lines.
        entered: Pipeline (None for any) and stage → the column that says when a deal entered it.
        only: Column → the values, folded, of the rows that count.
        unused: Headers that nothing is taken from.
        matched: How many columns of the file are used.
        mapped: The fields that the file says something about.
    """

    file: str
    layout: Layout
    table: TableLayout
    columns: Mapping[str, Column]
    other_keys: Mapping[str, Column]
    lines: Mapping[str, Column]
    entered: Mapping[tuple[str | None, str], Column]
    unused: tuple[str, ...]
    matched: int
    only: Mapping[int, frozenset[str]] = default(default_factory=dict)
    mapped: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What a row becomes."""
        return self.table.kind

    def every(self) -> Iterator[Column]:
        """Yield every column that is used."""
        for part in (self.columns, self.other_keys, self.lines, self.entered):
            yield from part.values()


class DuplicateHeader(Invalid):
    """A column that is needed occurs twice; ``column`` is its name."""

    code = "import.duplicate-header"


def recognise(file: str, header: Sequence[str], layouts: Sequence[Layout]) -> Binding | None:
    """Return the table whose columns a header has, the one that uses most of them; None if none.

    A layout that was held against real files comes before one that was not.

    Raises:
        DuplicateHeader: A needed column occurs twice.
    """
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(spelled(name), []).append(index)
    places.pop("", None)
    found = [
        binding
        for layout in layouts
        for table in layout.tables
        if (binding := _bound(file, header, places, layout, table)) is not None
    ]
    best = max(found, key=lambda one: (one.layout.is_verified, one.matched), default=None)
    if best is None:
        return None
    for column in best.every():
        if len(places[spelled(column.header)]) > 1:
            raise DuplicateHeader(file=file, column=column.header)
    return best


def spelled(name: str) -> str:
    """Return a column's name as far as it counts: without case, blanks and punctuation."""
    return squeeze(name) or fold(name)


class _Header:
    """The columns of a file by their names, however they are spelled."""

    def __init__(self, names: Sequence[str], places: Mapping[str, list[int]]) -> None:
        self.names = names
        self._places = places
        self._priced = {
            spelled(priced[0]): index
            for index, name in reversed(tuple(enumerate(names)))
            if (priced := numbers.unit_of_header(name)) is not None
        }

    def place(self, headers: Iterable[str]) -> int | None:
        """Return the first of the headers that is there."""
        return next(
            (self._places[name][0] for one in headers if (name := spelled(one)) in self._places),
            None,
        )

    def column(self, layout: ColumnLayout, field: Field) -> Column | None:
        """Return the column that a layout asks for; None if it is not there."""
        index = self.place(layout.headers)
        if field.type is Type.MONEY:
            return self._of_money(index, layout, field)
        also: tuple[int, ...] = ()
        if index is None and layout.join:
            found = [place for name in layout.join if (place := self.place([name])) is not None]
            if found and found[0] == self.place(layout.join[:1]):
                index, also = found[0], tuple(found[1:])
        id_index = self.place(layout.id_headers)
        if index is None:
            if id_index is None:
                return None
            # Only the id is there: it is what names the thing.
            layout = replace(layout, space=layout.id_space, id_headers=())
            return Column(id_index, self.names[id_index], layout, field)
        return Column(index, self.names[index], layout, field, also, id_index)

    def _of_money(self, index: int | None, layout: ColumnLayout, field: Field) -> Column | None:
        """Return a column of money, by its name or by its name and a currency: ``Betrag (EUR)``."""
        if index is None:
            wanted = (spelled(name) for name in layout.headers)
            index = next((self._priced[name] for name in wanted if name in self._priced), None)
        if index is None:
            return None
        name = self.names[index]
        priced = numbers.unit_of_header(name)
        return Column(index, name, layout, field, currency=priced[1] if priced else None)

    def columns(
        self, layouts: Iterable[ColumnLayout], fields: Mapping[str, Field]
    ) -> dict[str, Column] | None:
        """Return the columns of fields; None if one that is needed is not there."""
        found: dict[str, Column] = {}
        for layout in layouts:
            column = self.column(layout, fields[layout.field])
            if column is not None:
                found[layout.field] = column
            elif layout.is_required:
                return None
        return found


def _bound(
    file: str,
    names: Sequence[str],
    places: Mapping[str, list[int]],
    layout: Layout,
    table: TableLayout,
) -> Binding | None:
    header = _Header(names, places)
    mapped = header.columns(table.columns, FIELDS[table.kind])
    lines = header.columns(table.line_columns, LINE_FIELDS)
    if mapped is None or lines is None or _lacks_all(mapped, table):
        return None
    if any(header.place([name]) is None for name in table.needs):
        return None
    extra = [ColumnLayout(space, names, False, space) for space, names in table.other_keys.items()]
    other_keys = header.columns(extra, dict.fromkeys(table.other_keys, Field(Type.KEY))) or {}
    used = {
        index
        for part in (mapped, lines, other_keys)
        for column in part.values()
        for index in (column.index, *column.also, column.id_index)
        if index is not None
    }
    only = {
        place: frozenset(map(fold, values))
        for name, values in table.only.items()
        if (place := header.place([name])) is not None
    }
    entered = _entered(header, layout, table, used)
    used |= {column.index for column in entered.values()} | set(only)
    unused = tuple(name for index, name in enumerate(names) if name and index not in used)
    said = frozenset({*mapped, *table.constants})
    return Binding(
        file, layout, table, mapped, other_keys, lines, entered, unused, len(used), only, said
    )


def _lacks_all(mapped: Mapping[str, Column], table: TableLayout) -> bool:
    """Return whether a needed field is there neither itself nor in what may stand in its place."""
    there = {*mapped, *table.constants}
    return any(
        not there & {name, *others}
        for name, others in INSTEAD.items()
        if name in FIELDS[table.kind] and FIELDS[table.kind][name].is_required
    )


def _entered(
    header: _Header, layout: Layout, table: TableLayout, used: set[int]
) -> dict[tuple[str | None, str], Column]:
    """The columns that say when a deal entered a stage, by name or by pattern."""
    found: dict[tuple[str | None, str], Column] = {}
    if layout.pipeline is None or table.kind is not Kind.DEAL:
        return found
    moment = Field(Type.MOMENT)
    for stage in layout.pipeline.stages:
        column = header.column(ColumnLayout(stage.name, stage.entered, False), moment)
        if column is not None:
            found[None, stage.name] = column
    taken = used | {column.index for column in found.values()}
    for index, name in enumerate(header.names):
        for pattern in layout.pipeline.entered if index not in taken else ():
            key = stage_named(pattern, name)
            if key is not None and key[1]:
                found[key] = Column(index, name, ColumnLayout(name, (name,), False), moment)
                break
    return found


_QUOTES = str.maketrans("", "", "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb\u201e`")


def _unquoted(name: str) -> str:
    return " ".join(name.translate(_QUOTES).split())


def stage_named(pattern: str, header: str) -> tuple[str | None, str] | None:
    """Return the pipeline and the stage that a header names under a pattern; None if it is another.

    The words of the pattern stand as they are, however they are cased; ``{stage}`` and ``{pipeline}``
    stand for names.
    """
    plain, name = _unquoted(pattern), _unquoted(header)
    has_pipeline = "{pipeline}" in plain
    before, _, after = plain.partition("{stage}")
    between, _, end = after.partition("{pipeline}") if has_pipeline else ("", "", after)
    lower = name.lower()
    if len(lower) != len(name) or len(name) <= len(before) + len(end):
        return None
    if not (lower.startswith(before.lower()) and lower.endswith(end.lower())):
        return None
    core = name[len(before) : len(name) - len(end)]
    if not has_pipeline:
        return None, core.strip()
    stage, found, pipeline = core.rpartition(between)
    return (pipeline.strip(), stage.strip()) if found and stage and pipeline else None


_NO_OFFSET = timedelta(0)
_UNKNOWN = object()
"""Stands where nothing was parsed before; None is the value of a blank."""


class _Known:
    """What the texts of a column were parsed to. A column that does not repeat itself is given up."""

    def __init__(self) -> None:
        self.values: dict[Cell, Any] = {}
        self._is_given_up = False

    def remember(self, cell: str, value: Any, rows: int) -> None:
        """Remember the value of a cell; ``rows`` is how many rows were read so far."""
        if self._is_given_up or len(self.values) >= _REMEMBERED:
            return
        self.values[cell] = value
        if len(self.values) == _TRIED and rows < 2 * _TRIED:
            self._is_given_up = True
            self.values.clear()


_Step = tuple[Any, Column, dict[Cell, Any] | None, bool]
"""A field, its column, the values that are known by its cell alone, and whether it is needed."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do with some columns of every row.

    Attributes:
        instead: Columns that may be blank if one of the other fields says something.
    """

    columns: Mapping[Any, Column]
    steps: tuple[_Step, ...]
    instead: tuple[tuple[Column, tuple[str, ...]], ...]


class _Meant(dict[Cell, bool]):
    """Whether a cell has one of some values, however it is cased; what repeats is folded once."""

    def __init__(self, values: frozenset[str]) -> None:
        self._values = values

    def __missing__(self, cell: Cell) -> bool:
        is_meant = fold(str(cell)) in self._values
        if isinstance(cell, str) and len(self) < _TRIED:
            self[cell] = is_meant
        return is_meant


def _counts(cells: Sequence[Cell], only: Sequence[tuple[int, _Meant]]) -> bool:
    return all(meant[cells[index]] for index, meant in only)


def _is_header(cells: Sequence[Cell], used: Sequence[Column]) -> bool:
    if not used or cells[used[0].index] != used[0].header:
        return False
    return all(cells[one.index] == one.header for one in used)


def _lacks_any(cells: Sequence[Cell], needed: Sequence[int]) -> bool:
    for index in needed:  # noqa: SIM110 - asked for every row; a generator takes twice the time
        if cells[index] == "":
            return True
    return False


class RowMapper:
    """Parses the mapped cells of rows, one format for the whole file.

    Attributes:
        book: The stages that deals and moves may be in; None where the layout has no pipeline.
    """

    def __init__(self, binding: Binding, formats: Formats, book: StageBook | None = None) -> None:
        self.binding = binding
        pipeline = binding.layout.pipeline
        self.book = book if book is not None or pipeline is None else StageBook.of(pipeline)
        self._formats = formats
        self._known: dict[tuple[str, int], _Known] = {}
        self._plans: dict[int, _Plan] = {}
        self._rows = 0
        self._meanings: dict[tuple[str, int], dict[str, str]] = {}
        self._parsers: dict[Type, Callable[[Cell, Column], Any]] = {
            Type.LINE: self._line,
            Type.STAGE: self._line,
            Type.KEY: self._key,
            Type.EMAIL: self._line,
            Type.REFERENCE: self._reference,
            Type.CURRENCY: lambda cell, column: self._line(cell, column).upper(),
            Type.MONEY: self._money,
            Type.DECIMAL: self._decimal,
            Type.INTEGER: lambda cell, _: numbers.parse_integer(cell, formats.decimal_mark),
            Type.DAY: lambda cell, _: dates.parse_moment(cell, formats.date_order).on,
            Type.MOMENT: self._moment,
            Type.MONTH: lambda cell, _: dates.parse_month(cell, formats.date_order),
            Type.FLAG: lambda cell, _: parse_flag(cell),
            Type.OUTCOME: lambda cell, column: parse_outcome(self._line(cell, column)),
        }

    def taken(self, rows: Iterable[Row | Issue]) -> Iterator[Row | Issue]:
        """Yield the rows that are data: no totals, no repeated header, none that ``only`` leaves out.

        A row of totals comes as a warning.
        """
        used = tuple(self.binding.every())
        needed = [column.index for column in used if column.field.is_required and not column.also]
        only = tuple((index, _Meant(values)) for index, values in self.binding.only.items())
        for row in rows:
            if isinstance(row, Issue):
                yield row
                continue
            cells = row.cells
            if only and not row.fault and not _counts(cells, only):
                continue
            if _is_header(cells, used):
                continue
            if row.fault is not None or _lacks_any(cells, needed):
                first = next((cell for cell in cells if cell != ""), "")
                if is_total(first):
                    yield Issue(
                        self.binding.file,
                        row.line,
                        "",
                        shown(first),
                        Reason.TOTALS,
                        is_refusal=False,
                    )
                    continue
            yield row

    def values(self, row: Row, columns: Mapping[Any, Column]) -> tuple[dict[Any, Any], list[Issue]]:
        """Return the values of the mapped fields (None where blank), and what is wrong with the row."""
        values: dict[Any, Any] = {}
        issues: list[Issue] = []
        if row.fault:
            return self._key_alone(row, columns), [self._faulty(row)]
        plan = self._plan(columns)
        self._rows += columns is self.binding.columns
        cells = row.cells
        for name, column, known, is_needed in plan.steps:
            if known is not None and not issues:
                value = known.get(cells[column.index], _UNKNOWN)
                if value is not _UNKNOWN and not (is_needed and value is None):
                    values[name] = value
                    continue
            if issues and any(issue.column == column.header for issue in issues):
                continue  # another field of the same cell has said so
            value = self._value_or_issue(row, column)
            if isinstance(value, Issue):
                issues.append(value)
                continue
            values[name] = value
            if is_needed and value is None:
                issues.append(self.issue(row, column, Reason.MISSING_VALUE))
        for column, names in plan.instead:
            if not issues and all(values.get(name) is None for name in names):
                issues.append(self.issue(row, column, Reason.MISSING_VALUE))
        return values, issues

    def _value_or_issue(self, row: Row, column: Column) -> Any:
        try:
            return self._parsed(row, column)
        except BadCell as error:
            return self.issue(row, column, error.reason)
        except TextTooLong:
            return self.issue(row, column, Reason.TOO_LONG, most=column.field.length)
        except Invalid:
            return self.issue(row, column, Reason.BAD_CHARACTER)

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
            key = self._parsed(row, columns["key"])
        except Invalid:
            return {}
        return {} if key is None else {"key": key}

    def _faulty(self, row: Row) -> Issue:
        fault = row.fault or Reason.SHORT_ROW
        return Issue(self.binding.file, row.line, "", shown(row.cells[0]), fault)

    def _parsed(self, row: Row, column: Column) -> Any:
        """Return the value of a cell; what a column repeats is parsed once."""
        cell = row.cells[column.index]
        if column.also:
            cell = self.joined(row, column)
        known = self._known_of(column)
        value = known.values.get(cell, _UNKNOWN) if isinstance(cell, str) else _UNKNOWN
        if value is _UNKNOWN:
            value = self._value(cell, column)
            if isinstance(cell, str):
                known.remember(cell, value, self._rows)
        if column.id_index is not None:
            return self._with_id(value, row, column)
        return value

    def _known_of(self, column: Column) -> "_Known":
        place = (column.layout.field, column.index)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = _Known()
        return found

    def _plan(self, columns: Mapping[Any, Column]) -> "_Plan":
        found = self._plans.get(id(columns))
        if found is not None and found.columns is columns:
            return found
        steps = tuple(
            (
                name,
                column,
                None
                if column.also or column.id_index is not None
                else self._known_of(column).values,
                column.field.is_required and name not in INSTEAD,
            )
            for name, column in columns.items()
        )
        instead = tuple(
            (columns[name], (name, *others))
            for name, others in INSTEAD.items()
            if name in columns and columns[name].field.is_required
        )
        plan = self._plans[id(columns)] = _Plan(columns, steps, instead)
        return plan

    @staticmethod
    def joined(row: Row, column: Column) -> str:
        """Put the cells of several columns together: a name with blanks, a key with points."""
        between = " · " if column.field.type is Type.KEY else " "
        cells = (row.cells[index] for index in (column.index, *column.also))
        return between.join(text for cell in cells if (text := str(cell).strip()))

    def _with_id(self, value: Any, row: Row, column: Column) -> Any:
        """Return a reference by name with the id beside it; by the id alone where there is no name."""
        layout = column.layout
        by_id = replace(
            column,
            index=column.id_index or 0,
            id_index=None,
            layout=replace(layout, field=f"{layout.field}.id", space=layout.id_space),
        )
        found = self._parsed(row, by_id)
        if found is None or value is None:
            return found if value is None else value
        return replace(value, id_space=found.space, id_key=found.key)

    def _value(self, cell: Cell, column: Column) -> Any:
        if isinstance(cell, str):
            if len(cell) > 1 and cell[0] == "'" and cell[1] in INERT:
                cell = cell[1:]
            text = cell.strip()
            if not text or text in column.layout.blanks:
                return None
            if column.layout.values:
                cell = self._translated(text, column)
            if column.layout.means:
                cell = self._meant(text, column) or cell
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

    def _meant(self, text: str, column: Column) -> str | None:
        """Return what somebody said that a text means; None where nobody did."""
        place = (column.layout.field, column.index)
        known = self._meanings.get(place)
        if known is None:
            means = column.layout.means.items()
            known = self._meanings[place] = {fold(said): ours for said, ours in means}
        return known.get(fold(text))

    @staticmethod
    def _line(cell: Cell, column: Column) -> str:
        if isinstance(cell, Decimal):
            cell = str(int(cell)) if cell == cell.to_integral() else format(cell, "f")
        line = clean_line(str(cell), column.field.length, column.layout.field)
        if not line:
            raise BadCell(Reason.MISSING_VALUE)
        return line

    def _key(self, cell: Cell, column: Column) -> str:
        key = self._line(cell, column)
        return whole_id(key) if column.layout.form == "salesforce" else key

    def _reference(self, cell: Cell, column: Column) -> Reference:
        kind = column.field.refers_to
        if kind is None:
            raise BadCell(Reason.UNKNOWN_VALUE)
        key, layout = self._key(cell, column), column.layout
        if layout.means and _HERE.fullmatch(key) and key in layout.means.values():
            return Reference(kind, HERE, key[1:], column.header)
        is_new = bool(layout.new) and fold(key) in map(fold, layout.new)
        return Reference(
            kind,
            layout.space,
            key,
            column.header,
            layout.may_create or is_new,
            is_new=is_new,
        )

    def _moment(self, cell: Cell, column: Column) -> Moment:
        moment = dates.parse_moment(cell, self._formats.date_order)
        match column.layout.reads:
            case "day":
                return Moment(moment.on)
            case "utc" if moment.at is not None and moment.offset is None:
                return Moment(moment.on, moment.at, _NO_OFFSET)
            case _:
                return moment

    def _decimal(self, cell: Cell, column: Column) -> Decimal:
        value = numbers.parse_decimal(cell, self._formats.decimal_mark) * column.layout.scale
        if value != round(value, _PLACES):
            raise BadCell(Reason.TOO_MANY_PLACES)
        return value

    def _money(self, cell: Cell, column: Column) -> Amount:
        amount = numbers.parse_amount(cell, self._formats.decimal_mark)
        if amount.currency is None and "currency" not in self.binding.columns:
            amount = replace(amount, currency=column.currency)
        if column.layout.scale == 1:
            return amount
        return replace(amount, value=amount.value * column.layout.scale)
