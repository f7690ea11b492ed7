"""Histories of deals that files tell row by row: kept on disk until the deals ask for them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from spm.adapters.spool import Spool
from spm.domain.intake.cells import Issue
from spm.domain.intake.dates import Moment
from spm.domain.intake.mapping import Binding
from spm.domain.intake.numbers import Amount
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import NAME, DealRecord, Move, MoveRecord, Reference
from spm.domain.intake.schema import Kind
from spm.domain.text import fold
from spm.services.intake.run import Said
from spm.services.intake.writing import Loading


class History:
    """The moves that the files of one source tell, by deal.

    Where a history names deals by their names, a name that several deals of the files have leads to
    none of them.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._tables: list[Binding] = []
        self._names: Counter[str] = Counter()

    @property
    def is_by_name(self) -> bool:
        """Whether some rows name their deal by its name."""
        return self._spool.count > 0 and self._spool.has(NAME)

    @property
    def is_empty(self) -> bool:
        """Whether no file tells any move."""
        return self._spool.count == 0

    def add(self, loading: Loading, records: Iterable[MoveRecord]) -> None:
        """Keep the rows of a file."""
        table = len(self._tables)
        self._tables.append(loading.binding)
        for record in records:
            key = record.deal.key if record.deal.space != NAME else fold(record.deal.key)
            self._spool.add(record.deal.space, key, _packed(table, record))

    def count_name(self, name: str) -> None:
        """Take into account that a deal of the files has a name."""
        self._names[fold(name)] += 1

    def moves_of(
        self, loading: Loading, records: Sequence[DealRecord]
    ) -> Mapping[str, tuple[Move, ...]]:
        """Return the moves of some deals by the deals' keys, oldest row first."""
        if self.is_empty:
            return {}
        space = records[0].keys[0].space
        found: dict[str, list[str]] = dict(
            self._spool.take(space, (record.keys[0].key for record in records))
        )
        if self.is_by_name:
            named = self._spool.take(NAME, {fold(record.name) for record in records})
            for record in records:
                texts = named.get(fold(record.name))
                if texts and self._names[fold(record.name)] == 1:
                    found.setdefault(record.keys[0].key, []).extend(texts)
                elif texts:
                    self._refuse(loading, texts, Reason.AMBIGUOUS_REFERENCE, record.name)
        pipelines = {record.keys[0].key: record.pipeline for record in records}
        return {
            key: moves
            for key, texts in found.items()
            if (moves := self._moves(loading, pipelines[key], texts))
        }

    def _moves(self, loading: Loading, pipeline: str, texts: Iterable[str]) -> tuple[Move, ...]:
        """Return moves with the stages as the pipeline calls them; rows without one are refused."""
        book = loading.book
        layout = None if book is None else book.pipeline(pipeline or None)
        moves: list[Move] = []
        for text in texts:
            table, line, move = _unpacked(text)
            names = [
                stage.name if book and layout and (stage := book.stage(layout, said)) else None
                for said in (move.stage, move.came_from)
            ]
            if names[0] is None or (names[1] is None and move.came_from):
                binding = self._tables[table]
                column = binding.columns["stage"].header
                loading.run.refuse(binding, line, Reason.UNKNOWN_STAGE, column, move.stage)
                continue
            moves.append(replace(move, stage=names[0], came_from=names[1] or ""))
        return tuple(moves)

    def _refuse(
        self, loading: Loading, texts: Iterable[str], reason: Reason, value: str, **facts: object
    ) -> None:
        for text in texts:
            table, line, _ = _unpacked(text)
            binding = self._tables[table]
            column = binding.columns["deal"].header
            loading.run.report(
                Issue(binding.file, line, column, value, reason, facts={"count": 2, **facts})
            )
            if reason is Reason.AMBIGUOUS_REFERENCE:
                self._names[fold(value)] = max(self._names[fold(value)], 2)

    def rest(self) -> Sequence[tuple[str, str]]:
        """Return space and key of the deals that no file listed."""
        return () if self.is_empty else tuple(self._spool.rest())

    def told(self, space: str, keys: Sequence[str]) -> dict[str, list["Told"]]:
        """Return what was kept of some deals, row by row, in the order of the files."""
        return {
            key: [self._told(text) for text in texts]
            for key, texts in self._spool.take(space, keys).items()
        }

    def _told(self, text: str) -> "Told":
        said = json.loads(text)
        owner = said.get("owner")
        amount = said.get("amount")
        binding = self._tables[said["table"]]
        may_create = owner is not None and binding.columns["owner"].layout.may_create
        return Told(
            binding,
            text,
            MoveRecord(
                said["line"],
                Reference(
                    Kind.DEAL,
                    binding.columns["deal"].layout.space,
                    said["deal"],
                    binding.columns["deal"].header,
                ),
                _read(said["move"]),
                Reference(Kind.PERSON, owner[0], owner[1], owner[2], may_create) if owner else None,
                Amount(Decimal(amount[0]), amount[1]) if amount else None,
                said.get("currency"),
            ),
        )

    def moves(self, loading: Loading, pipeline: str, told: Iterable["Told"]) -> tuple[Move, ...]:
        """Return moves with the stages as a pipeline calls them; rows without one are refused."""
        return self._moves(loading, pipeline, (one.text for one in told))


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a history that no deal of the files asked for."""

    binding: Binding
    text: str
    record: MoveRecord


def _packed(table: int, record: MoveRecord) -> str:
    move = record.move
    said: dict[str, object] = {
        "table": table,
        "line": record.line,
        "deal": record.deal.key,
        "move": _written(move),
    }
    if record.owner is not None:
        said["owner"] = [record.owner.space, record.owner.key, record.owner.column]
    if record.amount is not None:
        said["amount"] = [str(record.amount.value), record.amount.currency]
    if record.currency is not None:
        said["currency"] = record.currency
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _unpacked(text: str) -> tuple[int, int, Move]:
    said = json.loads(text)
    return said["table"], said["line"], _read(said["move"])


def _written(move: Move) -> list[str]:
    closed = move.closed.text() if move.closed is not None else ""
    return [move.stage, move.at.text(), move.came_from, closed]


def _read(said: Sequence[str]) -> Move:
    stage, at, came_from, closed = said
    return Move(stage, Moment.of_text(at), came_from, Moment.of_text(closed) if closed else None)


def written_moves(moves: Sequence[Move]) -> list[list[str]]:
    """Return moves as JSON can hold them."""
    return [_written(move) for move in moves]


def read_moves(said: Said) -> tuple[Move, ...]:
    """Return the moves that were told of a deal before."""
    moves = cast("Sequence[Sequence[str]]", said.get("moves", ()))
    return tuple(map(_read, moves))
