"""Layouts: which columns of which file become which fields, said in TOML and never in code.

A layout describes the files of one source, one table per kind of file. A table is recognised by its
header row alone; names of files say nothing. docs/importing.md describes the format.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from spm.domain.intake.dates import DateOrder
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.said import LayoutInvalid, Said
from spm.domain.intake.schema import FIELDS, INSTEAD, LINE_FIELDS, Field, Kind, Type

KINDS_OF_STAGE = ("open", "won", "lost")
AMOUNT_RULES = ("list_price",)
FORMS = ("plain", "salesforce")
READINGS = ("day", "utc")
GRADES = ("A", "B", "C", "D")
_PATTERN = re.compile(r"[^{}]{0,100}\{stage\}(?:[^{}]{1,20}\{pipeline\})?[^{}]{0,100}")
VERIFIED = ("A", "B")
"""Seen in a file of that source, or in code written against such files."""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """Where a field is taken from.

    Attributes:
        headers: Spellings of the column's name, the preferred first; case, blanks and punctuation
            do not count.
        join: Columns that are put together where none of ``headers`` is there; the first is needed.
        id_headers: Of a reference by name: the column that holds the id of the same thing.
        id_space: Which kind of id that is.
        reads: Of moments: ``day`` takes the day alone, ``utc`` says that times are UTC where they
            name no offset.
        form: How an id is written; ``salesforce`` writes ids of 15 characters out to their 18.
        space: Of a key or a reference: which kind of id this is (``name`` for names).
        values: Spellings in the file → ours; what is not listed is refused, or kept if empty.
        blanks: Texts that mean that nothing is there, besides the empty one.
        scale: What numbers are multiplied by (a column in millions).
        may_create: A reference to nothing makes the thing.
        warns_when_blank: A blank is worth a warning.
        means: Texts of the file → what is meant; what is not listed is read as it stands. Of a
            person: a name, an e-mail address, or ``#`` and the number that he has here.
        new: Of a reference: texts that stand for somebody or something that is not here yet, whatever
            has that name already.
    """

    field: str
    headers: tuple[str, ...]
    is_required: bool
    space: str = "id"
    values: Mapping[str, str] = default(default_factory=dict)
    blanks: frozenset[str] = frozenset()
    scale: Decimal = Decimal(1)
    may_create: bool = False
    warns_when_blank: bool = False
    join: tuple[str, ...] = ()
    id_headers: tuple[str, ...] = ()
    id_space: str = "id"
    form: str = "plain"
    reads: str = ""
    means: Mapping[str, str] = default(default_factory=dict)
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageLayout:
    """A stage of the source's pipeline.

    Attributes:
        spellings: How the file may write it, besides its name.
        entered: Header spellings of the column that says when a deal entered it.
    """

    name: str
    kind: str
    probability_bp: int
    expected_days: int | None
    spellings: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineLayout:
    """The source's pipeline; deals begin in ``begins_in``, or where they are first seen if None.

    Attributes:
        takes_other_stages: Stages, and pipelines, that are not listed are made as the files name
            them; otherwise a row with one is refused.
        won_words: A stage that is not listed, and of which no column says more, is won if its name
            has one of these words; lost by ``lost_words``; else open.
        entered: Patterns of headers with the date of entry to a stage, ``{stage}`` and
            ``{pipeline}`` standing for names; quotation marks do not count.
        joins: A pipeline of that name that is here is taken, and gets the stages that it lacks;
            otherwise it is taken only if it lacks none.
    """

    name: str
    stages: tuple[StageLayout, ...]
    begins_in: str | None
    takes_other_stages: bool = False
    won_words: tuple[str, ...] = ()
    lost_words: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    joins: bool = False


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One kind of file.

    Attributes:
        other_keys: Further ids of the same thing: space → header spellings.
        line_columns: Fields of a deal's lines; if any, a row is a line and deals are grouped by key.
        constants: Fields that are the same for every row.
        team_per_manager: A person's manager leads a team of which the person is a member.
        amounts: Kind of stage → the rule for a deal of that kind (``list_price``).
        kpi: The KPI that targets are for.
        only: Header → the values of the rows that count; the others are passed over.
        makes_deals: A move of a deal that no file lists makes the deal.
        needs: Headers without which a file is not of this table, though nothing is taken from them.
        decimal_mark: How its files write numbers; None where it is to be recognised.
        date_order: How its files write dates; None where it is to be recognised.
    """

    id: str
    title: str
    kind: Kind
    columns: tuple[ColumnLayout, ...]
    other_keys: Mapping[str, tuple[str, ...]]
    line_columns: tuple[ColumnLayout, ...]
    constants: Mapping[str, str]
    team_per_manager: bool
    amounts: Mapping[str, str]
    kpi: str
    only: Mapping[str, tuple[str, ...]] = default(default_factory=dict)
    makes_deals: bool = False
    needs: tuple[str, ...] = ()
    decimal_mark: DecimalMark | None = None
    date_order: DateOrder | None = None

    def required(self) -> Iterator[ColumnLayout]:
        """Yield the columns without which a file is not of this table."""
        return (column for column in (*self.columns, *self.line_columns) if column.is_required)


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one source.

    Attributes:
        id: Names the source: outside ids are kept under it.
        fiscal_start_month: Month in which the source's fiscal year starts; taken only where the
            organisation has not chosen one.
        grade: How well the header rows are known: ``A`` seen in a real file, ``B`` in code written
            against such files, ``C`` from the maker's papers, ``D`` not verified; empty for a
            layout of somebody's own.
    """

    id: str
    title: str
    pipeline: PipelineLayout | None
    fiscal_start_month: int | None
    tables: tuple[TableLayout, ...]
    grade: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether the layout is somebody's own, or was held against real files."""
        return not self.grade or self.grade in VERIFIED


@lru_cache(maxsize=1)
def shipped() -> tuple[Layout, ...]:
    """Return the layouts that come with the product, in the order of their ids."""
    folder = files("spm.domain.intake") / "shipped"
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir()}
    return tuple(
        parse(text, name) for name, text in sorted(texts.items()) if name.endswith(".toml")
    )


def parse(text: str, name: str) -> Layout:
    """Read a layout from TOML; ``name`` is the file's, for errors.

    Raises:
        LayoutInvalid: It is not TOML, names an unknown kind or field, or leaves out what is needed.
    """
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LayoutInvalid(where=name, reason="not-toml", detail=str(error)) from None
    top = Said(said, name)
    organisation = top.part("organisation")
    month = organisation.whole("fiscal_start_month", 1, 12)
    organisation.done()
    pipeline = _pipeline(top.part("pipeline")) if "pipeline" in said else None
    tables = tuple(_table(part) for part in top.parts("tables"))
    layout = Layout(
        id=top.word("id", length=60),
        title=top.word("title"),
        pipeline=pipeline,
        fiscal_start_month=month,
        tables=tables,
        grade=_one_of(top, "grade", GRADES) or "",
    )
    top.done()
    if not tables:
        raise LayoutInvalid(where=name, reason="no-tables")
    if pipeline is None and any(table.kind in {Kind.DEAL, Kind.MOVE} for table in tables):
        raise LayoutInvalid(where=name, reason="no-pipeline")
    stages = {stage.name for stage in pipeline.stages} if pipeline else set()
    for table in tables:
        if table.kind is Kind.DEAL and table.constants.get("stage", "") not in {"", *stages}:
            raise LayoutInvalid(where=f"{name}: {table.id}", reason="unknown-stage")
    return layout


def _pipeline(said: Said) -> PipelineLayout:
    stages = tuple(_stage(part) for part in said.parts("stages"))
    begins_in = said.optional_word("begins_in")
    names = [stage.name for stage in stages]
    if len(set(names)) != len(names) or not any(stage.kind == "won" for stage in stages):
        raise said.wrong("stages", "stages-incomplete")
    if begins_in is not None and begins_in not in names:
        raise said.wrong("begins_in", "unknown-stage")
    pipeline = PipelineLayout(
        name=said.word("name", length=120),
        stages=stages,
        begins_in=begins_in,
        takes_other_stages=said.flag("other_stages"),
        won_words=said.words("won_words"),
        lost_words=said.words("lost_words"),
        entered=said.words("entered"),
        joins=said.flag("joins"),
    )
    if not all(_PATTERN.fullmatch(pattern) for pattern in pipeline.entered):
        raise said.wrong("entered", "no-stage-in-pattern")
    said.done()
    return pipeline


def _one_of(said: Said, key: str, known: Sequence[str]) -> str | None:
    word = said.optional_word(key)
    if word is not None and word not in known:
        raise said.wrong(key, "not-one-of-the-known")
    return word


def _stage(said: Said) -> StageLayout:
    kind = said.word("kind")
    if kind not in KINDS_OF_STAGE:
        raise said.wrong("kind", "unknown-kind-of-stage")
    default = {"won": 10_000, "lost": 0}.get(kind)
    probability = said.whole("probability_bp", 0, 10_000)
    if probability is None and default is None:
        raise said.wrong("probability_bp", "missing")
    stage = StageLayout(
        name=said.word("name", length=120),
        kind=kind,
        probability_bp=probability if probability is not None else default or 0,
        expected_days=said.whole("expected_days", 0, 3650),
        spellings=said.words("spellings"),
        entered=said.words("entered"),
    )
    said.done()
    return stage


def _table(said: Said) -> TableLayout:
    kind_name = said.word("kind")
    if kind_name not in set(Kind):
        raise said.wrong("kind", "unknown-kind")
    kind = Kind(kind_name)
    fields = FIELDS[kind]
    constants = {key: said.part("constants").word(key) for key in said.part("constants").said}
    for name in constants:
        if name not in fields:
            raise said.wrong(f"constants.{name}", "unknown-field")
    columns = _columns(said.part("columns"), fields, constants)
    lines = said.part("lines")
    if lines.said and kind is not Kind.DEAL:
        raise said.wrong("lines", "unknown-field")
    other, only = said.part("other_keys"), said.part("only")
    amounts_part = said.part("amounts")
    amounts = {key: amounts_part.word(key) for key in amounts_part.said}
    if set(amounts) - set(KINDS_OF_STAGE) or set(amounts.values()) - set(AMOUNT_RULES):
        raise said.wrong("amounts", "unknown-rule")
    mark = _one_of(said, "decimal", [one.value for one in DecimalMark])
    dates = _one_of(said, "dates", [one.value for one in DateOrder])
    table = TableLayout(
        id=said.word("id", length=60),
        title=said.word("title"),
        kind=kind,
        columns=columns,
        other_keys={space: other.words(space) for space in other.said},
        line_columns=_columns(lines, LINE_FIELDS, {}) if lines.said else (),
        constants=constants,
        team_per_manager=said.flag("team_per_manager"),
        amounts=amounts,
        kpi=said.optional_word("kpi") or "won_revenue",
        only={header: only.words(header, needed=True) for header in only.said},
        makes_deals=said.flag("makes_deals"),
        needs=said.words("needs"),
        decimal_mark=DecimalMark(mark) if mark else None,
        date_order=DateOrder(dates) if dates else None,
    )
    for part in ("constants", "columns", "lines", "other_keys", "amounts", "only"):
        said.used.add(part)
    said.done()
    return table


def _columns(
    said: Said, fields: Mapping[str, Field], constants: Mapping[str, str]
) -> tuple[ColumnLayout, ...]:
    columns = []
    for name in said.said:
        if name not in fields:
            raise said.wrong(name, "unknown-field")
        columns.append(_column(said, name, fields[name]))
    mapped = {*said.said, *constants}
    for name, spec in fields.items():
        if spec.is_required and name not in mapped and not mapped & INSTEAD.get(name, frozenset()):
            raise said.wrong(name, "missing")
    return tuple(columns)


def _column(said: Said, name: str, spec: Field) -> ColumnLayout:
    if not isinstance(said.said[name], dict):
        return ColumnLayout(
            field=name,
            headers=said.words(name, needed=True),
            is_required=spec.is_required,
            space="name" if spec.type is Type.REFERENCE else "id",
        )
    part = said.part(name)
    values, join = part.part("values"), part.words("join")
    means = part.part("means")
    column = ColumnLayout(
        field=name,
        headers=part.words("from", needed=not join and "id" not in part.said),
        is_required=part.flag("required", default=spec.is_required),
        space=part.optional_word("space") or ("name" if spec.type is Type.REFERENCE else "id"),
        values={key: values.word(key) for key in values.said},
        blanks=frozenset(part.words("blanks")),
        scale=part.number("scale"),
        may_create=part.flag("create"),
        warns_when_blank=part.flag("warn_when_blank"),
        join=join,
        id_headers=part.words("id"),
        id_space=part.optional_word("id_space") or "id",
        form=_one_of(part, "form", FORMS) or "plain",
        reads=_one_of(part, "reads", READINGS) or "",
        means={text: means.word(text) for text in means.said},
        new=part.words("new"),
    )
    part.used |= {"values", "means"}
    part.done()
    return column


def by_id(layouts: Sequence[Layout], layout_id: str) -> Layout | None:
    """Return the layout of that id; None if there is none."""
    return next((layout for layout in layouts if layout.id == layout_id), None)
