"""What a first walk over a file finds: how it writes numbers and dates, and which stages it names."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from spm.domain.errors import Invalid
from spm.domain.intake import dates, numbers
from spm.domain.intake.cells import Cell, Row
from spm.domain.intake.dates import DateOrder
from spm.domain.intake.deals import outcome_of
from spm.domain.intake.formats import Formats, Reading
from spm.domain.intake.mapping import Binding, Column, RowMapper
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.schema import DATES, NUMBERS, Kind
from spm.domain.intake.stages import MOST_STAGES, SeenStage
from spm.domain.text import fold


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


_OF_STAGES = ("pipeline", "stage", "from_stage", "status", "is_won", "is_closed", "stage_order")
_MOST_WAYS = 20_000
"""So many different ways in which rows name their stage are looked at."""


class StageFinder:
    """Finds, row by row, which stages a file of deals or moves names, and what its rows say of them."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._columns = {
            name: binding.columns[name] for name in _OF_STAGES if name in binding.columns
        }
        self._chance = binding.columns.get("probability")
        self._indices = tuple(column.index for column in self._columns.values())
        self._ways: dict[tuple[Cell, ...], tuple[Row, list[Decimal]]] = {}
        self._entered: dict[tuple[str | None, str], tuple[Column, int]] = {}
        base = binding.layout.pipeline
        self._is_wanted = (
            binding.kind in {Kind.DEAL, Kind.MOVE} and base is not None and base.takes_other_stages
        )

    def look(self, row: Row) -> None:
        """Take a row into account."""
        if not self._is_wanted or row.fault:
            return
        way = tuple(row.cells[index] for index in self._indices)
        known = self._ways.get(way)
        if known is None:
            if len(self._ways) >= _MOST_WAYS:
                return
            known = self._ways[way] = (row, [])
        if self._chance is not None and len(known[1]) < MOST_STAGES:
            known[1].extend(_chance(row.cells[self._chance.index]))
        for key, column in self._binding.entered.items():
            if key not in self._entered and row.cells[column.index] != "":
                self._entered[key] = (column, row.line)

    def found(self) -> tuple[SeenStage, ...]:
        """Return the stages in the order in which they were met."""
        if not self._is_wanted:
            return ()
        mapper = RowMapper(self._binding, Formats())
        seen: dict[tuple[str, str], SeenStage] = {}

        def meet(pipeline: str, name: str, where: tuple[str, int, str]) -> SeenStage:
            key = (fold(pipeline), fold(name))
            return seen.setdefault(key, SeenStage(pipeline, name, where))

        for row, chances in self._ways.values():
            try:
                values, _ = mapper.values(row, self._columns)
            except Invalid:
                continue
            values = {**self._binding.table.constants, **values}
            pipeline = values.get("pipeline") or ""
            for field in ("from_stage", "stage"):
                name = values.get(field)
                if not name:
                    continue
                column = self._columns.get(field)
                one = meet(
                    pipeline,
                    name,
                    (self._binding.file, row.line, column.header if column else ""),
                )
                if field == "stage":
                    _add(one, values, chances)
        for (named, name), (column, line) in self._entered.items():
            meet(named or "", name, (self._binding.file, line, column.header))
        return tuple(seen.values())


def _add(seen: SeenStage, values: dict[str, Any], chances: Iterable[Decimal]) -> None:
    outcome = outcome_of(values)
    if outcome is not None:
        seen.outcomes.add(outcome)
    if outcome in {None, "open"}:
        seen.chances.extend(chances)
    order = values.get("stage_order")
    if order is not None:
        seen.orders.append(Decimal(order))


def _chance(cell: Cell) -> Iterable[Decimal]:
    for mark in DecimalMark:
        try:
            return (numbers.parse_decimal(cell, mark),)
        except Invalid:
            continue
    return ()
