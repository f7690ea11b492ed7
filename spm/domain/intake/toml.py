"""A layout as TOML: the file that ``spm import --mapping`` takes, read back by ``layouts.parse``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from spm.domain.intake.layouts import ColumnLayout, Layout, PipelineLayout, StageLayout, TableLayout
from spm.domain.intake.schema import FIELDS, LINE_FIELDS, Field, Type

Value = str | int | bool | Decimal | Sequence[str] | Mapping[str, str]


def text_of(layout: Layout) -> str:
    """Return a layout as TOML; what it leaves to the defaults is left out."""
    lines = [*_pairs(id=layout.id, title=layout.title, grade=layout.grade)]
    if layout.fiscal_start_month is not None:
        lines += ["", "[organisation]"]
        lines += _pairs(fiscal_start_month=layout.fiscal_start_month)
    if layout.pipeline is not None:
        lines += _pipeline(layout.pipeline)
    for table in layout.tables:
        lines += _table(table)
    return "\n".join(lines) + "\n"


def _pipeline(pipeline: PipelineLayout) -> Iterator[str]:
    yield from ("", "[pipeline]")
    yield from _pairs(
        name=pipeline.name,
        begins_in=pipeline.begins_in or "",
        other_stages=pipeline.takes_other_stages,
        joins=pipeline.joins,
        won_words=pipeline.won_words,
        lost_words=pipeline.lost_words,
        entered=pipeline.entered,
    )
    for stage in pipeline.stages:
        yield from ("", "[[pipeline.stages]]")
        yield from _stage(stage)


def _stage(stage: StageLayout) -> Iterator[str]:
    yield from _pairs(name=stage.name, kind=stage.kind)
    yield f"probability_bp = {stage.probability_bp}"
    if stage.expected_days is not None:
        yield f"expected_days = {stage.expected_days}"
    yield from _pairs(spellings=stage.spellings, entered=stage.entered)


def _table(table: TableLayout) -> Iterator[str]:
    yield from ("", "[[tables]]")
    yield from _pairs(
        id=table.id,
        title=table.title,
        kind=table.kind.value,
        team_per_manager=table.team_per_manager,
        kpi="" if table.kpi == "won_revenue" else table.kpi,
        makes_deals=table.makes_deals,
        needs=table.needs,
        decimal=table.decimal_mark.value if table.decimal_mark else "",
        dates=table.date_order.value if table.date_order else "",
    )
    yield from ("", "[tables.columns]")
    for column in table.columns:
        yield _column(column, FIELDS[table.kind][column.field])
    if table.line_columns:
        yield from ("", "[tables.lines]")
        for column in table.line_columns:
            yield _column(column, LINE_FIELDS[column.field])
    parts: Mapping[str, Mapping[str, Value]] = {
        "constants": table.constants,
        "other_keys": table.other_keys,
        "only": table.only,
        "amounts": table.amounts,
    }
    for name, part in parts.items():
        if part:
            yield from ("", f"[tables.{name}]")
            yield from (f"{_quoted(key)} = {_value(value)}" for key, value in part.items())


def _column(column: ColumnLayout, spec: Field) -> str:
    space = "name" if spec.type is Type.REFERENCE else "id"
    said: dict[str, Value] = {
        "from": column.headers,
        "join": column.join,
        "id": column.id_headers,
        "id_space": "" if column.id_space == "id" else column.id_space,
        "space": "" if column.space == space else column.space,
        "form": "" if column.form == "plain" else column.form,
        "reads": column.reads,
        "create": column.may_create,
        "blanks": sorted(column.blanks),
        "scale": "" if column.scale == 1 else column.scale,
        "warn_when_blank": column.warns_when_blank,
        "values": column.values,
        "means": column.means,
        "new": column.new,
    }
    inside = [f"{key} = {_value(value)}" for key, value in said.items() if value]
    if column.is_required != spec.is_required:
        inside.append(f"required = {_value(column.is_required)}")
    return f"{column.field} = {{ {', '.join(inside)} }}"


def _pairs(**said: Value) -> Iterator[str]:
    """Yield a line for each value that says something."""
    return (f"{key} = {_value(value)}" for key, value in said.items() if value)


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format(value, "f" if isinstance(value, Decimal) else "d")
        case str():
            return _quoted(value)
        case Mapping():
            pairs = (f"{_quoted(key)} = {_quoted(text)}" for key, text in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return f"[{', '.join(map(_quoted, value))}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
