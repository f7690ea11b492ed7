"""Rows of deals → deals, with the path through the stages that their dates give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from spm.domain.intake.cells import Issue, Row
from spm.domain.intake.dates import Moment
from spm.domain.intake.layouts import PipelineLayout, StageLayout
from spm.domain.intake.mapping import RowMapper
from spm.domain.intake.numbers import Amount
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import Dates, DealRecord, LineRecord, Move, StageEntry
from spm.domain.intake.stages import first_of
from spm.domain.text import fold


def deal_records(mapper: RowMapper, rows: Iterable[Row | Issue]) -> Iterator[DealRecord | Issue]:
    """Yield the deals of a file and the issues of its rows.

    Where a row is a line, a deal is all rows of its key. A refused line refuses the whole deal: a
    deal without one of its lines would be worth the wrong amount.
    """
    if mapper.binding.lines:
        yield from _grouped(mapper, rows)
        return
    seen = _Keys(mapper)
    for row in rows:
        if isinstance(row, Issue):
            yield row
            continue
        parsed = _Parsed.of(mapper, row)
        if not parsed.issues:
            yield from seen.meet(parsed)
        yield from parsed.issues
        if not parsed.issues:
            yield from _deal(mapper, parsed, ())


class _Keys:
    """The keys of a file's deals. Where a key is an id, the second row of one is refused.

    A key that is put together from names may stand for several deals: those that differ in
    anything are told apart by their order in the file; the same row again is refused.
    """

    def __init__(self, mapper: RowMapper) -> None:
        self._mapper = mapper
        self._column = mapper.binding.columns["key"]
        self._is_joined = bool(self._column.also)
        self._lines: dict[str, int] = {}
        self._rows: dict[str, set[int]] = {}

    def meet(self, parsed: "_Parsed") -> Iterator[Issue]:
        """Take a row's key into account; yield a warning if it had to be told apart."""
        key, line = parsed.values["key"], parsed.row.line
        first = self._lines.setdefault(key, line)
        if self._is_joined:
            rows = self._rows.setdefault(key, set())
            mark = hash(parsed.row.cells)
            if mark not in rows:
                rows.add(mark)
                if first == line:
                    return
                parsed.values["key"] = f"{key} #{len(rows)}"
                yield self._mapper.issue(
                    parsed.row, self._column, Reason.TOLD_APART, is_refusal=False, first=first
                )
                return
        if first != line:
            parsed.issues.append(
                self._mapper.issue(parsed.row, self._column, Reason.DUPLICATE_KEY, first=first)
            )


@dataclass(slots=True)
class _Parsed:
    """A row of deals: its values, the dates of its stages and what is wrong with it."""

    row: Row
    values: dict[str, Any]
    entered: dict[tuple[str | None, str], Any]
    line: dict[str, Any]
    issues: list[Issue]

    @classmethod
    def of(cls, mapper: RowMapper, row: Row) -> "_Parsed":
        values, issues = mapper.values(row, mapper.binding.columns)
        if row.fault:
            return cls(row, values, {}, {}, issues)
        binding = mapper.binding
        entered: dict[tuple[str | None, str], Any] = {}
        line: dict[str, Any] = {}
        if binding.entered:
            entered, more = mapper.values(row, binding.entered)
            issues += more
        if binding.lines:
            line, more = mapper.values(row, binding.lines)
            issues += more
        return cls(row, {**binding.table.constants, **values}, entered, line, issues)


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
    row, values = parsed.row, parsed.values
    found = _standing(mapper, parsed)
    if isinstance(found, Issue):
        yield found
        return
    pipeline, stage, through = found
    entered, wrong = _entries(mapper, pipeline, parsed)
    if wrong is not None:
        yield wrong
        return
    closed = _closed(values, stage)
    yield from _warnings(mapper, parsed, stage, entered, closed)
    expected = values.get("expected_close")
    if stage.kind == "open" and closed is not None:
        # A close date on an open deal is the one that is expected.
        expected, closed = expected or closed.on, None
    key = values["key"]
    dates = Dates(values.get("created"), closed, values.get("stage_since"), through, entered)
    yield DealRecord(
        line=row.line,
        keys=mapper.keys(key, {}),
        name=values.get("name") or key,
        owner=values["owner"],
        path=path(pipeline, stage, dates),
        account=values.get("account"),
        product=values.get("product"),
        territory=values.get("territory"),
        amount=_amount(values, stage),
        currency=values.get("currency"),
        expected_close_on=expected,
        lead_source=values.get("lead_source") or "",
        next_step=values.get("next_step") or "",
        loss_reason=values.get("loss_reason") or "",
        lines=lines,
        pipeline="" if mapper.book is None or mapper.book.is_base(pipeline) else pipeline.name,
        dates=dates,
    )


def _amount(values: Mapping[str, Any], stage: StageLayout) -> Amount | None:
    """What a deal is worth: if it was won, what it brought, where a column says so."""
    brought: Amount | None = values.get("won_amount") if stage.kind == "won" else None
    amount: Amount | None = values.get("amount")
    return amount if brought is None else brought


def _closed(values: Mapping[str, Any], stage: StageLayout) -> Moment | None:
    """When a deal was decided: by the column of its outcome, else by that of closes."""
    own: Moment | None = values.get(stage.kind) if stage.kind != "open" else None
    closed: Moment | None = values.get("closed")
    return own or closed


def outcome_of(values: Mapping[str, Any]) -> str | None:
    """Return what the columns beside the stage say of a deal: open, won or lost; None if nothing."""
    status: str | None = values.get("status")
    is_won, is_closed = values.get("is_won"), values.get("is_closed")
    if status is not None:
        return status
    if is_won:
        return "won"
    if is_closed is not None and (not is_closed or is_won is not None):
        return "lost" if is_closed else "open"
    return None


_Standing = tuple[PipelineLayout, StageLayout, str]


def _standing(mapper: RowMapper, parsed: _Parsed) -> _Standing | Issue:
    """Return a deal's pipeline, its stage, and the open stage in which it was decided."""
    columns, values, book = mapper.binding.columns, parsed.values, mapper.book
    column = columns.get("stage") or columns.get("status") or columns["key"]
    pipeline = None if book is None else book.pipeline(values.get("pipeline"))
    if book is None or pipeline is None:
        return mapper.issue(parsed.row, columns.get("pipeline", column), Reason.UNKNOWN_STAGE)
    outcome, said = outcome_of(values), values.get("stage")
    if not said:
        if outcome is None:
            return mapper.issue(parsed.row, column, Reason.MISSING_VALUE)
        return pipeline, first_of(pipeline, outcome), ""
    stage = book.stage(pipeline, said)
    if stage is None:
        return mapper.issue(parsed.row, column, Reason.UNKNOWN_STAGE)
    if outcome is None or stage.kind == outcome:
        return pipeline, stage, ""
    if stage.kind != "open":
        return mapper.issue(
            parsed.row, column, Reason.STATUS_CONTRADICTS, status=outcome, stage=stage.name
        )
    return pipeline, first_of(pipeline, outcome), stage.name


def _entries(
    mapper: RowMapper, pipeline: PipelineLayout, parsed: _Parsed
) -> tuple[tuple[tuple[str, Moment], ...], Issue | None]:
    """Return when a deal entered which stage of its pipeline, as its columns say."""
    found: list[tuple[str, Moment]] = []
    for (named, said), moment in parsed.entered.items():
        if moment is None:
            continue
        if named is not None and named != pipeline.name and fold(named) != fold(pipeline.name):
            continue
        stage = None if mapper.book is None else mapper.book.stage(pipeline, said)
        if stage is None:
            if named is None:
                continue  # a stage of another pipeline
            column = mapper.binding.entered[named, said]
            return (), mapper.issue(parsed.row, column, Reason.UNKNOWN_STAGE)
        found.append((stage.name, moment))
    return tuple(found), None


def _warnings(
    mapper: RowMapper,
    parsed: _Parsed,
    stage: StageLayout,
    entered: Sequence[tuple[str, Moment]],
    closed: Moment | None,
) -> Iterator[Issue]:
    columns = mapper.binding.columns
    for name, column in columns.items():
        if column.layout.warns_when_blank and parsed.values.get(name) is None:
            yield mapper.issue(parsed.row, column, Reason.BLANK_VALUE, is_refusal=False)
    worth = columns.get("won_amount") or columns.get("amount")
    has_rule = stage.kind in mapper.binding.table.amounts
    if stage.kind == "won" and worth and not has_rule and _amount(parsed.values, stage) is None:
        yield mapper.issue(parsed.row, worth, Reason.MISSING_AMOUNT, is_refusal=False)
    closing = columns.get("closed") or columns.get(stage.kind)
    if stage.kind != "open" and closing is not None and closed is None:
        yield mapper.issue(parsed.row, closing, Reason.MISSING_DATE, is_refusal=False)
    dated = mapper.binding.entered.get((None, stage.name))
    if dated is not None and stage.name not in dict(entered):
        yield mapper.issue(parsed.row, dated, Reason.MISSING_DATE, is_refusal=False)
    begins = [moment.on for _, moment in entered]
    if stage.kind != "open" and closing and closed and begins and closed.on < max(begins):
        yield mapper.issue(parsed.row, closing, Reason.CLOSED_BEFORE_OPENED, is_refusal=False)


def path(
    pipeline: PipelineLayout, stage: StageLayout, dates: Dates, moves: Sequence[Move] = ()
) -> tuple[StageEntry, ...]:
    """Return the stages that a deal is known to have entered, in order, the present one last.

    A deal begins in the pipeline's ``begins_in`` (dated if its creation is), then enters each stage
    that has a date, then its present one: on the close date if that is closed, else on its own date.
    A history says the order by itself: see ``_told``.

    What contradicts the rest is left out: a date of a stage beyond an open present one (it was gone
    back from), and a date later than that of a later stage. A present open stage without a date was
    entered on the last known one at the earliest, which is taken; the stage in which a deal was
    decided, at the latest on the close; a close without a date leaves the whole deal undated, since
    a log cannot end in what nobody can place.
    """
    entries = _told(pipeline, dates, moves) if moves else _dated(pipeline, stage, dates)
    if stage.kind != "open":
        if dates.through and (not entries or entries[-1].stage != dates.through):
            entries.append(StageEntry(dates.through, _until(dates.since, dates.closed)))
        if entries and entries[-1].stage == stage.name:
            entries[-1] = StageEntry(stage.name, dates.closed or entries[-1].at)
        else:
            entries.append(StageEntry(stage.name, dates.closed))
    elif not entries or entries[-1].stage != stage.name:
        last = max((e.at for e in entries if e.at is not None), key=place, default=None)
        entries.append(StageEntry(stage.name, dates.since or last))
    if entries[-1].at is None:
        return tuple(StageEntry(entry.stage, None) for entry in entries)
    return _in_order(entries, is_order_sure=bool(moves))


def _until(since: Moment | None, closed: Moment | None) -> Moment | None:
    """When a deal came into the stage in which it was decided: at the latest when it was decided."""
    if since is None or closed is None or place(since) > place(closed):
        return closed
    return since


def _begin(pipeline: PipelineLayout) -> str:
    return first_of(pipeline, "open").name


def _dated(pipeline: PipelineLayout, stage: StageLayout, dates: Dates) -> list[StageEntry]:
    """The entries that a deal's own dates give, without the present stage where that has none."""
    order = {known.name: position for position, known in enumerate(pipeline.stages)}
    entries: list[StageEntry] = []
    if pipeline.begins_in is not None or dates.created is not None:
        entries.append(StageEntry(_begin(pipeline), dates.created))
    for name, moment in sorted(dates.entered, key=lambda item: order[item[0]]):
        if stage.kind == "open" and order[name] > order[stage.name]:
            continue
        if entries and entries[-1].stage == name:
            entries[-1] = StageEntry(name, entries[-1].at or moment)
        else:
            entries.append(StageEntry(name, moment))
    return entries


def _told(pipeline: PipelineLayout, dates: Dates, moves: Sequence[Move]) -> list[StageEntry]:
    """The entries that a history gives: in the order of its instants, each change of stage once.

    A deal comes into a closed stage on the close date that it had then, as the source counts it;
    it begins when it was created: in the stage that its first move left, else in that of the first
    row if that is of the same day, else where deals begin.
    """
    kinds = {stage.name: stage.kind for stage in pipeline.stages}
    ordered = sorted(moves, key=lambda move: place(move.at))
    first = ordered[0]
    is_told = first.came_from or dates.created is None or first.at.on <= dates.created.on
    begin = (first.came_from or first.stage) if is_told else _begin(pipeline)
    at = dates.created if first.came_from else _earlier(dates.created, first.at)
    if kinds.get(begin) != "open":
        begin = _begin(pipeline)
    entries = [StageEntry(begin, at)] if at is not None or begin != first.stage else []
    for move in ordered:
        if entries and entries[-1].stage == move.stage:
            continue
        is_closed = kinds.get(move.stage) != "open"
        entries.append(StageEntry(move.stage, (move.closed if is_closed else None) or move.at))
    return entries


def _earlier(one: Moment | None, other: Moment) -> Moment:
    return other if one is None or place(other) < place(one) else one


def _in_order(entries: list[StageEntry], *, is_order_sure: bool) -> tuple[StageEntry, ...]:
    """Leave out what is dated later than what came after it; the beginning and the end stay.

    Where a history gives the order, such a date is wrong, not the order: the next one is taken.
    """
    first, *middle, last = entries if len(entries) > 1 else (entries[0], entries[0])
    kept: list[StageEntry] = [last]
    for entry in reversed(middle):
        after = kept[-1].at
        if entry.at is None or after is None:
            continue
        if place(entry.at) <= place(after):
            kept.append(entry)
        elif is_order_sure:
            kept.append(StageEntry(entry.stage, after))
    return tuple(entries) if len(entries) == 1 else (first, *reversed(kept))


def place(moment: Moment) -> datetime:
    """Return where a moment stands among others; a day stands at its beginning."""
    return datetime.combine(moment.on, moment.at or time(), UTC) - (moment.offset or timedelta(0))
