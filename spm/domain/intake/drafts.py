"""A mapping that somebody makes column by column: what he chooses, and the layout that it gives.

The layout is the same as one that is written by hand; nothing is kept but that.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spm.domain.errors import Invalid
from spm.domain.intake.headings import PATTERNS
from spm.domain.intake.layouts import (
    ColumnLayout,
    Layout,
    PipelineLayout,
    StageLayout,
    TableLayout,
    shipped,
)
from spm.domain.intake.mapping import Binding, Column, spelled, stage_named
from spm.domain.intake.records import NAME
from spm.domain.intake.schema import FIELDS, INSTEAD, LINE_FIELDS, Kind, Type

DATE_OF_ENTRY = "entered"
"""Of deals: the column says when a deal entered the stage that its heading names."""
LINE = "line."
ID = ".id"

_BESIDE_AN_ID = ("owner", "account", "product", "person", "deal", "manager")
_MADE = frozenset({"owner", "account", "product", "territory", "manager"})
"""References that make what they name, where nothing has the name."""
_JOINED = frozenset({Type.LINE, Type.KEY, Type.REFERENCE})
_BY_NAME = frozenset({Kind.PERSON, Kind.ACCOUNT, Kind.PRODUCT, Kind.TERRITORY})
"""Things that may be known by their names alone."""


class FieldsMissing(Invalid):
    """A table has no column for what its kind needs; ``missing`` names the fields."""

    code = "import.fields-missing"


class FieldTwice(Invalid):
    """Two columns are to fill one field that cannot be put together; ``name`` is the field."""

    code = "import.field-twice"


class EntryUnnamed(Invalid):
    """A heading names no stage; ``column`` is the heading."""

    code = "import.entry-unnamed"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody chose for a table.

    Attributes:
        header: The names of its columns.
        fields: Place of a column → field: of the kind, ``x.id`` for the id of what ``x`` names,
            ``line.x`` for a deal's line, or ``entered``.
    """

    kind: Kind
    header: tuple[str, ...]
    fields: Mapping[int, str]


def choices_of(kind: Kind) -> Mapping[str, Type]:
    """Return the fields that a column of a table may fill, in order, with what each holds."""
    found: dict[str, Type] = {}
    for name, field in FIELDS[kind].items():
        found[name] = field.type
        if field.type is Type.REFERENCE and name in _BESIDE_AN_ID:
            found[name + ID] = Type.KEY
    if kind is Kind.DEAL:
        found[DATE_OF_ENTRY] = Type.MOMENT
        found |= {LINE + name: field.type for name, field in LINE_FIELDS.items()}
    return found


def needs_of(kind: Kind) -> tuple[tuple[str, ...], ...]:
    """Return what a table of a kind needs: of each group of fields one."""
    groups = []
    for name, field in FIELDS[kind].items():
        if not field.is_required or (name == "key" and (kind in _BY_NAME or kind is Kind.DEAL)):
            continue
        beside = (name + ID,) if name in _BESIDE_AN_ID and field.type is Type.REFERENCE else ()
        groups.append((name, *beside, *sorted(INSTEAD.get(name, ()), reverse=True)))
    if kind is Kind.DEAL:
        groups.append(("key", "name", "account", "account.id"))
    return tuple(groups)


def lacks(kind: Kind, fields: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which no field is there."""
    there = set(fields)
    missing = [group for group in needs_of(kind) if not there & set(group)]
    if kind is Kind.DEAL and any(field.startswith(LINE) for field in there):
        missing += [
            (LINE + name,)
            for name, field in LINE_FIELDS.items()
            if field.is_required and LINE + name not in there
        ]
    return tuple(missing)


def print_of(header: Sequence[str]) -> str:
    """Return a short name of a header: the same for the same columns, whatever their order."""
    names = sorted(filter(None, map(spelled, header)))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def own_id(header: Sequence[str]) -> str:
    """Return the id of the source of a file of an unknown layout: the same file has the same."""
    return f"own-{print_of(header)[:10]}"


def title_of(table: str) -> str:
    """Return what a file's table is called unless somebody says otherwise; at most 120 characters."""
    return (table.rpartition(".")[0] or table)[:120]


def table_id_of(base: Layout | None, kind: Kind, header: Sequence[str]) -> str:
    """Return the id under which a table of a kind is added to a layout; a new one where it is None."""
    taken = {table.id for table in base.tables} if base else set()
    return kind.value if kind.value not in taken else f"{kind.value}-{own_id(header)[4:]}"


def draft_of(binding: Binding, header: Sequence[str]) -> Draft:
    """Return what a layout makes of a header, as somebody could have chosen it."""
    fields: dict[int, str] = {}
    for prefix, columns in (("", binding.columns), (LINE, binding.lines)):
        for name, column in columns.items():
            if name == "key" and column.layout.space == NAME and "name" in columns:
                continue
            if name == "key" and _stands_in(column, binding):
                continue
            called = prefix + name
            is_number = column.field.type is Type.REFERENCE and column.layout.space != NAME
            if is_number and column.id_index is None and name in _BESIDE_AN_ID and not prefix:
                called += ID
            for index in (column.index, *column.also):
                fields.setdefault(index, called)
            if column.id_index is not None:
                fields.setdefault(column.id_index, name + ID)
    for column in binding.entered.values():
        fields.setdefault(column.index, DATE_OF_ENTRY)
    return Draft(binding.kind, tuple(header), fields)


def _stands_in(key: Column, binding: Binding) -> bool:
    """Return whether a key is put together from columns that are there for something else."""
    if not key.layout.join or spelled(key.header) in map(spelled, key.layout.headers):
        return False
    others = {
        index
        for name, column in binding.columns.items()
        for index in (column.index, *column.also)
        if name != "key"
    }
    return {key.index, *key.also} <= others


def with_table(base: Layout | None, draft: Draft, table_id: str, title: str) -> Layout:
    """Return a layout with the table that somebody chose; one of that id is replaced.

    What cannot be chosen on a page stays as the table of that id has it: what values mean, ids of
    further kinds, which rows count.

    Raises:
        FieldsMissing: What the kind needs is not there.
        FieldTwice: A field is chosen twice that cannot be put together.
        EntryUnnamed: A date of entry whose heading names no stage.
    """
    missing = lacks(draft.kind, draft.fields.values())
    if missing:
        raise FieldsMissing(missing=[group[0] for group in missing])
    before = next((one for one in base.tables if one.id == table_id), None) if base else None
    if before is not None and before.kind is not draft.kind:
        before = None
    table = _table(draft, table_id, title, before)
    pipeline = base.pipeline if base else None
    if draft.kind in {Kind.DEAL, Kind.MOVE}:
        pipeline = _with_entries(pipeline or _usual_pipeline(), draft)
    if base is None:
        return Layout(own_id(draft.header), title, pipeline, None, (table,))
    tables = tuple(table if one.id == table_id else one for one in base.tables)
    if table not in tables:
        tables = (*tables, table)
    return replace(base, tables=tables, pipeline=pipeline, grade="")


def _usual_pipeline() -> PipelineLayout:
    """The pipeline of files of which nothing is known: that of the layout for any table."""
    usual = next(layout.pipeline for layout in shipped() if layout.id == "any-table")
    if usual is None:
        msg = "the layout for any table has no pipeline"
        raise LookupError(msg)
    return replace(usual, entered=())


def _table(draft: Draft, table_id: str, title: str, before: TableLayout | None) -> TableLayout:
    places: dict[str, list[str]] = {}
    for index, field in sorted(draft.fields.items()):
        places.setdefault(field, []).append(draft.header[index])
    places.pop(DATE_OF_ENTRY, None)
    known = {column.field: column for column in before.columns} if before else {}
    lines = {column.field: column for column in before.line_columns} if before else {}
    columns = [
        _column(draft.kind, name, places, known.get(name))
        for name in FIELDS[draft.kind]
        if name in places or name + ID in places
    ]
    if "key" in FIELDS[draft.kind] and "key" not in places:
        columns.insert(0, _key(draft.kind, places))
    line_columns = tuple(
        _filled(name, field.type, places[LINE + name], lines.get(name), is_made=name == "product")
        for name, field in LINE_FIELDS.items()
        if LINE + name in places
    )
    leads = draft.kind is Kind.PERSON and "manager" in places
    if before is None:
        return TableLayout(
            table_id,
            title,
            draft.kind,
            tuple(columns),
            {},
            line_columns,
            {},
            leads,
            {},
            "won_revenue",
        )
    there = {column.field for column in columns}
    constants = {name: value for name, value in before.constants.items() if name not in there}
    return replace(
        before,
        title=title,
        columns=tuple(columns),
        line_columns=line_columns,
        constants=constants,
    )


def _column(
    kind: Kind, name: str, places: Mapping[str, Sequence[str]], before: ColumnLayout | None
) -> ColumnLayout:
    headers, ids = places.get(name, ()), places.get(name + ID, ())
    field = FIELDS[kind][name]
    filled = _filled(name, field.type, headers, before, is_made=name in _MADE)
    if kind is Kind.MOVE and name == "deal" and before is None:
        filled = replace(filled, space=NAME if headers else "id")
    if field.type is Type.REFERENCE and ids:
        filled = replace(filled, id_headers=tuple(ids))
        if not headers:
            space = before.space if before and before.space != NAME else filled.id_space
            filled = replace(filled, headers=tuple(ids), id_headers=(), space=space)
    return filled


def _filled(
    name: str, of: Type, headers: Sequence[str], before: ColumnLayout | None, *, is_made: bool
) -> ColumnLayout:
    if len(headers) > 1 and of not in _JOINED:
        raise FieldTwice(name=name)
    one = before or ColumnLayout(
        name,
        (),
        is_required=False,
        space=NAME if of is Type.REFERENCE else "id",
        may_create=is_made,
    )
    together = len(headers) > 1
    return replace(
        one,
        headers=() if together else tuple(headers),
        join=tuple(headers) if together else (),
        id_headers=(),
        is_required=bool(headers)
        and (one.is_required or name in {"key", "stage", "owner", "name"}),
    )


def _key(kind: Kind, places: Mapping[str, Sequence[str]]) -> ColumnLayout:
    """The key of a thing that has no id: its name, or names that are put together."""
    if kind in _BY_NAME:
        names = tuple(places["name"])
        together = len(names) > 1
        return ColumnLayout(
            "key",
            () if together else names,
            is_required=True,
            space=NAME,
            join=names if together else (),
        )
    join = [
        header
        for field in ("name", "account", "account.id", "product", "created", "closed")
        for header in places.get(field, ())
    ]
    return ColumnLayout("key", (), is_required=True, join=tuple(join[:3]))


def _with_entries(pipeline: PipelineLayout, draft: Draft) -> PipelineLayout:
    """Return a pipeline that knows the columns with dates of entry, and no others."""
    wanted = [draft.header[at] for at, field in draft.fields.items() if field == DATE_OF_ENTRY]
    others = [
        name
        for at, name in enumerate(draft.header)
        if name and draft.fields.get(at) != DATE_OF_ENTRY
    ]
    patterns: list[str] = []
    for pattern in dict.fromkeys((*pipeline.entered, *PATTERNS)):
        fits = [name for name in wanted if stage_named(pattern, name)]
        if fits and not any(stage_named(pattern, name) for name in others):
            patterns.append(pattern)
            wanted = [name for name in wanted if name not in fits]
    stages = list(pipeline.stages)
    dropped = {spelled(name) for name in others}
    for at, stage in enumerate(stages):
        kept = tuple(name for name in stage.entered if spelled(name) not in dropped)
        stages[at] = replace(stage, entered=kept)
    for name in wanted:
        stages = _entered(stages, name, pipeline)
    return replace(pipeline, stages=tuple(stages), entered=tuple(patterns))


def _entered(
    stages: Sequence[StageLayout], header: str, pipeline: PipelineLayout
) -> list[StageLayout]:
    """Let a column be the date of entry to the stage that its heading is, or names."""
    called = next(
        (found[1] for pattern in PATTERNS if (found := stage_named(pattern, header))), header
    )
    called = re.sub(r"^\W+|\W+$", "", called)
    if not called:
        raise EntryUnnamed(column=header)
    kept = list(stages)
    for at, stage in enumerate(kept):
        if spelled(called) in {spelled(word) for word in (stage.name, *stage.spellings)}:
            kept[at] = replace(stage, entered=tuple(dict.fromkeys((*stage.entered, header))))
            return kept
    kind = next(
        (
            kind
            for kind, words in (("lost", pipeline.lost_words), ("won", pipeline.won_words))
            if any(spelled(word) in spelled(called) for word in words)
        ),
        "open",
    )
    chance = {"won": 10_000, "lost": 0}.get(kind, 5_000)
    kept.append(StageLayout(called[:120], kind, chance, None, (), (header,)))
    return kept
