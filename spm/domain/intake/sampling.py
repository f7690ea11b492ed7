"""What a walk over a file keeps of it for whoever maps it: values of each column, and of some every one."""

from collections import Counter
from collections.abc import Mapping

from spm.domain.intake.cells import Cell, Row, shown
from spm.domain.intake.mapping import Binding, Column, RowMapper
from spm.domain.intake.schema import Kind, Type
from spm.domain.intake.suggesting import Sample

LOOKED_AT = 500
"""So many rows are looked at for samples."""
MOST_SAMPLES = 12
_LONGEST = 80
MOST_VALUES = 300
"""So many different values of a column are kept, the most frequent ones."""
_COUNTED = 5_000

STAGES, OUTCOMES, PEOPLE = "stage", "status", "person"


class SampleFinder:
    """Keeps different values of each column."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self._header = header
        self._values: list[dict[str, None]] = [{} for _ in header]
        self._seen: list[set[str]] = [set() for _ in header]
        self._repeated = [False for _ in header]
        self.rows = 0

    def look(self, row: Row) -> None:
        """Take a row into account."""
        self.rows += 1
        if row.fault or self.rows > LOOKED_AT:
            return
        for at, cell in enumerate(row.cells):
            text = _plain(cell)
            if not text:
                continue
            if text in self._seen[at]:
                self._repeated[at] = True
            self._seen[at].add(text)
            if len(self._values[at]) < MOST_SAMPLES:
                self._values[at][text[:_LONGEST]] = None

    def found(self) -> tuple[Sample, ...]:
        """Return a sample of each column, in their order."""
        return tuple(
            Sample(name, tuple(values), bool(values) and not repeated)
            for name, values, repeated in zip(
                self._header, self._values, self._repeated, strict=True
            )
        )


class ValueFinder:
    """Counts the values of the columns that name stages, outcomes and people."""

    def __init__(self, binding: Binding) -> None:
        self._columns: dict[str, list[Column]] = {}
        for column in binding.columns.values():
            meaning = _meaning(column)
            if meaning:
                self._columns.setdefault(meaning, []).append(column)
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in self._columns}
        if binding.entered:
            self._counts.setdefault(STAGES, Counter()).update(
                {name: 0 for _, name in binding.entered}
            )

    def look(self, row: Row) -> None:
        """Take a row into account."""
        if row.fault:
            return
        for meaning, columns in self._columns.items():
            counts = self._counts[meaning]
            for column in columns:
                text = _plain(
                    RowMapper.joined(row, column) if column.also else row.cells[column.index]
                )
                if text and (text in counts or len(counts) < _COUNTED):
                    counts[text] += 1

    def found(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Return for stages, outcomes and people each text with its count, the most frequent first."""
        return {
            meaning: tuple(counts.most_common(MOST_VALUES))
            for meaning, counts in self._counts.items()
            if counts
        }


def _meaning(column: Column) -> str:
    """Return what the values of a column are, where somebody may say what each of them means."""
    match column.field.type:
        case Type.STAGE:
            return STAGES
        case Type.OUTCOME:
            return OUTCOMES
        case Type.REFERENCE if column.field.refers_to is Kind.PERSON:
            return PEOPLE
        case _:
            return ""


def _plain(cell: Cell) -> str:
    return " ".join(shown(cell).split())
