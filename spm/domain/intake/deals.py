"""Rows of deals → deals, with the path through the stages that their dates give."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from spm.domain.intake.cells import Issue, Row
from spm.domain.intake.dates import Moment
from spm.domain.intake.layouts import PipelineLayout, StageLayout
from spm.domain.intake.mapping import Column, RowMapper
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import DealRecord, LineRecord, StageEntry
from spm.domain.text import squeeze


def deal_records(mapper: RowMapper, rows: Iterable[Row | Issue]) -> Iterator[DealRecord | Issue]:
    """Yield the deals of a file and the issues of its rows.

    Where a row is a line, a deal is all rows of its key. A refused line refuses the whole deal: a
    deal without one of its lines would be worth the wrong amount.
    """
    if mapper.binding.lines:
        yield from _grouped(mapper, rows)
        return
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Issue):
            yield row
            continue
        parsed = _Parsed.of(mapper, row)
        if not parsed.issues:
            first = seen.setdefault(parsed.values["key"], row.line)
            if first != row.line:
                key = mapper.binding.columns["key"]
                parsed.issues.append(mapper.issue(row, key, Reason.DUPLICATE_KEY, first=first))
        yield from parsed.issues
        if not parsed.issues:
            yield from _deal(mapper, parsed, ())


@dataclass(slots=True)
class _Parsed:
    """A row of deals: its values, the dates of its stages and what is wrong with it."""

    row: Row
    values: dict[str, Any]
    entered: dict[str, Any]
    line: dict[str, Any]
    issues: list[Issue]

    @classmethod
    def of(cls, mapper: RowMapper, row: Row) -> "_Parsed":
        values, issues = mapper.values(row, mapper.binding.columns)
        if row.fault:
            return cls(row, values, {}, {}, issues)
        entered, more = mapper.values(row, mapper.binding.entered)
        line, most = mapper.values(row, mapper.binding.lines)
        return cls(
            row, {**mapper.binding.table.constants, **values}, entered, line, issues + more + most
        )


@dataclass(slots=True)
class _Group:
    """The rows of one deal."""

    first: _Parsed
    lines: list[LineRecord] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    is_refused: bool = False


def _grouped(mapper: RowMapper, rows: Iterable[Row | Issue]) -> Iterator[DealRecord | Issue]:
    groups: dict[str, _Group] = {}
    for row in rows:
        if isinstance(row, Issue):
            yield row
            continue
        parsed = _Parsed.of(mapper, row)
        key = parsed.values.get("key")
        if key is None:
            yield from parsed.issues
            continue
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(parsed)
        elif not parsed.issues and not group.is_refused:
            parsed.issues.extend(_disagreements(mapper, group.first, parsed))
        group.rows.append(row.line)
        group.is_refused = group.is_refused or bool(parsed.issues)
        yield from parsed.issues
        if not group.is_refused:
            group.lines.append(_line(parsed))
    for key, group in groups.items():
        if group.is_refused:
            yield _with_its_rows(mapper, key, group)
        else:
            yield from _deal(mapper, group.first, tuple(group.lines))


def _with_its_rows(mapper: RowMapper, key: str, group: _Group) -> Issue:
    """A deal that was refused as a whole because one of its rows was."""
    return Issue(
        file=mapper.binding.file,
        line=group.rows[0],
        column=mapper.binding.columns["key"].header,
        value=key,
        reason=Reason.DEAL_INCOMPLETE,
        facts={"rows": len(group.rows)},
    )


def _line(parsed: _Parsed) -> LineRecord:
    line = parsed.line
    return LineRecord(
        parsed.row.line,
        line["product"],
        line["quantity"],
        line.get("unit_price"),
        line["amount"],
        line.get("cost"),
    )


def _disagreements(mapper: RowMapper, first: _Parsed, other: _Parsed) -> Iterator[Issue]:
    """The fields of the deal in which two of its rows differ."""
    for name, column in mapper.binding.columns.items():
        if first.values[name] != other.values[name]:
            yield mapper.issue(
                other.row, column, Reason.DIFFERS_FROM_FIRST_ROW, first=first.row.line
            )


def _deal(
    mapper: RowMapper, parsed: _Parsed, lines: tuple[LineRecord, ...]
) -> Iterator[DealRecord | Issue]:
    """Yield the deal of a row, after the warnings about it; or only why there is none."""
    binding, row, values = mapper.binding, parsed.row, parsed.values
    pipeline = binding.layout.pipeline
    stage = _stage(pipeline, values["stage"]) if pipeline else None
    if pipeline is None or stage is None:
        yield mapper.issue(row, binding.columns["stage"], Reason.UNKNOWN_STAGE)
        return
    yield from _warnings(mapper, parsed, stage)
    closed: Moment | None = values.get("closed")
    expected = values.get("expected_close")
    if stage.kind == "open" and closed is not None:
        # A close date on an open deal is the one that is expected.
        expected, closed = expected or closed.on, None
    key = values["key"]
    yield DealRecord(
        line=row.line,
        keys=mapper.keys(key, {}),
        name=values.get("name") or key,
        owner=values["owner"],
        path=path(pipeline, stage, values.get("created"), parsed.entered, closed),
        account=values.get("account"),
        product=values.get("product"),
        territory=values.get("territory"),
        amount=values.get("amount"),
        currency=values.get("currency"),
        expected_close_on=expected,
        lead_source=values.get("lead_source") or "",
        next_step=values.get("next_step") or "",
        loss_reason=values.get("loss_reason") or "",
        lines=lines,
    )


def _stage(pipeline: PipelineLayout, said: str) -> StageLayout | None:
    wanted = squeeze(said)
    for stage in pipeline.stages:
        if wanted in map(squeeze, (stage.name, *stage.spellings)):
            return stage
    return None


def _warnings(mapper: RowMapper, parsed: _Parsed, stage: StageLayout) -> Iterator[Issue]:
    columns = mapper.binding.columns
    for name, column in columns.items():
        if column.layout.warns_when_blank and parsed.values.get(name) is None:
            yield mapper.issue(parsed.row, column, Reason.BLANK_VALUE, is_refusal=False)
    date_columns: dict[str, Column] = dict(mapper.binding.entered)
    if stage.kind != "open" and "closed" in columns and parsed.values["closed"] is None:
        yield mapper.issue(parsed.row, columns["closed"], Reason.MISSING_DATE, is_refusal=False)
    if stage.name in date_columns and parsed.entered[stage.name] is None:
        yield mapper.issue(
            parsed.row, date_columns[stage.name], Reason.MISSING_DATE, is_refusal=False
        )
    closed = parsed.values.get("closed")
    begins = [moment.on for moment in parsed.entered.values() if moment is not None]
    if stage.kind != "open" and closed is not None and begins and closed.on < max(begins):
        yield mapper.issue(
            parsed.row, columns["closed"], Reason.CLOSED_BEFORE_OPENED, is_refusal=False
        )


def path(
    pipeline: PipelineLayout,
    stage: StageLayout,
    created: Moment | None,
    entered: Mapping[str, Moment | None],
    closed: Moment | None,
) -> tuple[StageEntry, ...]:
    """Return the stages that a deal is known to have entered, in order, the present one last.

    A deal begins in the pipeline's ``begins_in`` (dated if its creation is), then enters each stage
    that has a date, then its present one: on the close date if that is closed, else on its own date.

    What contradicts the rest is left out: a date of a stage beyond an open present one (it was gone
    back from), and a date later than that of a later stage. A present open stage without a date was
    entered on the last known one at the earliest, which is taken; a close without a date leaves the
    whole deal undated, since a log cannot end in what nobody can place.
    """
    order = {known.name: position for position, known in enumerate(pipeline.stages)}
    entries: list[StageEntry] = []
    if pipeline.begins_in is not None or created is not None:
        first = pipeline.begins_in or next(s.name for s in pipeline.stages if s.kind == "open")
        entries.append(StageEntry(first, created))
    for name, moment in sorted(entered.items(), key=lambda item: order[item[0]]):
        if moment is None or (stage.kind == "open" and order[name] > order[stage.name]):
            continue
        if entries and entries[-1].stage == name:
            entries[-1] = StageEntry(name, entries[-1].at or moment)
        else:
            entries.append(StageEntry(name, moment))
    if stage.kind != "open":
        entries.append(StageEntry(stage.name, closed))
    elif not entries or entries[-1].stage != stage.name:
        last = max((e.at for e in entries if e.at is not None), key=_place, default=None)
        entries.append(StageEntry(stage.name, last))
    if entries[-1].at is None:
        return tuple(StageEntry(entry.stage, None) for entry in entries)
    return _in_order(entries)


def _in_order(entries: list[StageEntry]) -> tuple[StageEntry, ...]:
    """Leave out what is dated later than what came after it; the beginning and the end stay."""
    first, *middle, last = entries if len(entries) > 1 else (entries[0], entries[0])
    kept: list[StageEntry] = [last]
    for entry in reversed(middle):
        after = kept[-1].at
        if entry.at is not None and after is not None and _place(entry.at) <= _place(after):
            kept.append(entry)
    return tuple(entries) if len(entries) == 1 else (first, *reversed(kept))


def _place(moment: Moment) -> datetime:
    """Where a moment stands among others; a day stands at its beginning."""
    return datetime.combine(moment.on, moment.at or time(), UTC) - (moment.offset or timedelta(0))
