"""Histories of deals that no file of the import lists: of deals that are known, or that they make."""

from collections.abc import Sequence
from itertools import groupby

from spm.domain.intake.cells import Issue
from spm.domain.intake.deals import path, place
from spm.domain.intake.layouts import StageLayout
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import NAME, Dates, DealRecord, ExternalKey, Move
from spm.domain.intake.schema import Kind
from spm.services.intake.deals import CHUNK, FROM_HISTORY, Loader
from spm.services.intake.histories import History, Told
from spm.services.intake.writing import Loading


def load_rest(loading: Loading, history: History) -> None:
    """Load the moves of deals that no file listed.

    A known deal goes its way anew; one that nobody knows is made where the layout says so, and owned
    by whoever wrote its first row; else the rows are refused.
    """
    loader = Loader(loading)
    rest = sorted(history.rest(), key=lambda item: item[0])
    for space, group in groupby(rest, key=lambda item: item[0]):
        keys = [key for _, key in group]
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            _load_some(loading, history, loader, space, part)
    loader.finish()


def _load_some(
    loading: Loading, history: History, loader: Loader, space: str, keys: Sequence[str]
) -> None:
    told = history.told(space, keys)
    known = {} if space == NAME else loading.refs.find_many(Kind.DEAL.value, space, keys)
    new: list[DealRecord] = []
    for key in keys:
        rows = told[key]
        ref = known.get(key)
        if ref is not None and not ref.mapped.get(FROM_HISTORY):
            loader.retell(ref, history.moves(loading, loader.pipeline_of(ref), rows))
        elif space != NAME and rows[0].binding.table.makes_deals:
            record = _made(loading, history, key, rows)
            if record is not None:
                new.append(record)
        else:
            _refuse(loading, rows)
    if new:
        loader.load(new)


def _refuse(loading: Loading, rows: Sequence[Told]) -> None:
    for row in rows:
        deal = row.record.deal
        loading.run.report(
            Issue(
                row.binding.file, row.record.line, deal.column, deal.key, Reason.UNKNOWN_REFERENCE
            )
        )


def _made(loading: Loading, history: History, key: str, rows: Sequence[Told]) -> DealRecord | None:
    """Return a deal of which nothing but its history is known."""
    ordered = sorted(rows, key=lambda row: place(row.record.move.at))
    owner = next((row.record.owner for row in ordered if row.record.owner is not None), None)
    if owner is None:
        _refuse(loading, rows)
        return None
    moves = history.moves(loading, "", ordered)
    book = loading.book
    if not moves or book is None:
        return None
    first, last = ordered[0], ordered[-1].record
    loading.run.warn(first.binding, first.record.line, Reason.OWNER_FROM_HISTORY, owner.column)
    pipeline = book.pipeline(None) or book.base
    stage = next(stage for stage in pipeline.stages if stage.name == moves[-1].stage)
    dates = _dates(stage, moves[-1])
    return DealRecord(
        line=last.line,
        keys=(ExternalKey(rows[0].record.deal.space, key),),
        name=key,
        owner=owner,
        path=path(pipeline, stage, dates, moves),
        amount=last.amount,
        currency=last.currency,
        expected_close_on=last.move.closed.on
        if stage.kind == "open" and last.move.closed is not None
        else None,
        dates=dates,
        moves=moves,
    )


def _dates(stage: StageLayout, last: Move) -> Dates:
    return Dates(closed=(last.closed or last.at) if stage.kind != "open" else None)
