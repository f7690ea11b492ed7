"""What the pages about mappings show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spm.domain.ids import ImportId
from spm.domain.intake.drafts import lacks, needs_of
from spm.domain.intake.schema import Kind
from spm.domain.intake.suggesting import Basis, suggest
from spm.i18n.labels import label
from spm.i18n.words import gettext
from spm.queries.intake.imports import Import
from spm.queries.intake.mappings import KeptMapping, TableMet
from spm.services.intake.mappings import draft_now
from spm.services.work import Work
from spm.web.blueprints.imports.mapping_forms import ColumnsBase, MappingForm, name_of
from spm.web.blueprints.imports.words import field_words

SHOWN = 3
"""So many values of a column are shown."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a table's columns are taken for to begin with: kind, fields, and what each goes by."""

    kind: Kind
    fields: Mapping[int, str]
    bases: Mapping[int, Basis]


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of a file: its heading, some values, and the control that says what it is."""

    heading: str
    values: Sequence[str]
    more: int
    basis: str
    control: object


@dataclass(frozen=True, slots=True)
class Need:
    """What a kind needs, of several fields one, and whether it is there."""

    words: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """Which column of a table is what.

    Attributes:
        kinds: What the rows may be: value for the address, words, whether it is chosen.
        missing: How many needs are not met yet.
        others: Tables of the import of which nobody has said anything yet.
    """

    import_: Import
    table: TableMet
    kinds: Sequence[tuple[str, str, bool]]
    needs: Sequence[Need]
    lines: Sequence[ColumnLine]
    form: ColumnsBase
    is_recognised: bool
    others: int

    @property
    def missing(self) -> int:
        """How many needs are not met."""
        return sum(not need.is_there for need in self.needs)


def start_of(work: Work, import_id: ImportId, table: TableMet, kind: Kind | None) -> Start:
    """Return what a table's columns are taken for: as it is read now, else as is suggested."""
    draft = draft_now(work, import_id, table) if kind is None else None
    if draft is not None:
        return Start(draft.kind, draft.fields, {})
    found = suggest(table.samples, kind)
    return Start(
        found.kind,
        {at: field for at, (field, _) in found.fields.items()},
        {at: basis for at, (_, basis) in found.fields.items()},
    )


def columns_page(
    import_: Import,
    table: TableMet,
    start: Start,
    form: ColumnsBase,
    others: int,
) -> ColumnsPage:
    """Return the page of a table's columns."""
    chosen = {at: form[name_of(at)].data for at in range(len(table.header))}
    there = {field for field in chosen.values() if field}
    missing = set(lacks(start.kind, there))
    needs = [
        Need(_either(start.kind, group), group not in missing) for group in needs_of(start.kind)
    ]
    needs += [
        Need(_either(start.kind, group), is_there=False)
        for group in missing
        if group not in needs_of(start.kind)
    ]
    return ColumnsPage(
        import_,
        table,
        tuple((kind.value, label(kind), kind is start.kind) for kind in _KINDS),
        tuple(needs),
        tuple(_lines(table, start, form)),
        form,
        is_recognised=bool(table.layout),
        others=others,
    )


_KINDS = (
    Kind.DEAL,
    Kind.MOVE,
    Kind.TARGET,
    Kind.PERSON,
    Kind.ACCOUNT,
    Kind.PRODUCT,
    Kind.TERRITORY,
    Kind.TERRITORY_MEMBER,
)


def _either(kind: Kind, group: Sequence[str]) -> str:
    words = [field_words(kind, field) for field in group if not field.endswith(".id")]
    words = words or [field_words(kind, field) for field in group]
    return gettext(" or ").join(words)


def _lines(table: TableMet, start: Start, form: ColumnsBase) -> list[ColumnLine]:
    lines = []
    for at, sample in enumerate(table.samples):
        control = form[name_of(at)]
        basis = start.bases.get(at)
        is_kept = control.data == start.fields.get(at)
        lines.append(
            ColumnLine(
                sample.header or gettext("Column %(number)s", number=at + 1),
                sample.values[:SHOWN],
                max(len(sample.values) - SHOWN, 0),
                label(basis) if basis and is_kept else "",
                control,
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class MappingsPage:
    """The mappings that are kept."""

    mappings: Sequence[KeptMapping]
    may_change: bool


@dataclass(frozen=True, slots=True)
class MappingPage:
    """A mapping that is kept: its tables with their columns, its text, and the form of its name."""

    mapping: KeptMapping
    tables: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    form: MappingForm


def mapping_page(mapping: KeptMapping, form: MappingForm) -> MappingPage:
    """Return the page of a mapping."""
    tables = []
    for table in mapping.layout.tables:
        lines = [
            (", ".join((*column.headers, *column.join)), field_words(table.kind, column.field))
            for column in table.columns
        ]
        tables.append((label(table.kind), lines))
    return MappingPage(mapping, tables, form)
