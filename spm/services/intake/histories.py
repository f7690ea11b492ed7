"""Histories of deals that files tell row by row: kept on disk until the deals ask for them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
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
        self._spaces: list[str] = []
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
        table = str(len(self._tables))
        self._tables.append(loading.binding)
        for record in records:
            key = record.deal.key if record.deal.space != NAME else fold(record.deal.key)
            self._spool.add(record.deal.space, key, self._packed(table, record))

    def _packed(self, table: str, record: MoveRecord) -> str:
        """A row of a history as one text. What cells say has no controls, so one may stand between."""
        owner, amount = record.owner, record.amount
        return _BETWEEN.join(
            (
                table,
                str(record.line),
                *_written(record.move),
                record.deal.key,
                "" if owner is None else str(self._place(owner.space)),
                "" if owner is None else owner.key,
                "" if amount is None else str(amount.value),
                "" if amount is None else amount.currency or "",
                record.currency or "",
            )
        )

    def _place(self, space: str) -> int:
        if space not in self._spaces:
            self._spaces.append(space)
        return self._spaces.index(space)

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
            said = text.split(_BETWEEN)
            stage = book and layout and book.stage(layout, said[_STAGE])
            came_from = book and layout and said[_FROM] and book.stage(layout, said[_FROM])
            if not stage or (said[_FROM] and not came_from):
                binding, line = self._tables[int(said[0])], int(said[1])
                column = binding.columns["stage"].header
                loading.run.refuse(binding, line, Reason.UNKNOWN_STAGE, column, said[_STAGE])
                continue
            moves.append(
                Move(
                    stage.name,
                    Moment.of_text(said[_AT]),
                    came_from.name if came_from else "",
                    _day(said[_CLOSED]) if said[_CLOSED] else None,
                )
            )
        return tuple(moves)

    def _refuse(
        self, loading: Loading, texts: Iterable[str], reason: Reason, value: str, **facts: object
    ) -> None:
        for text in texts:
            table, line, *_ = text.split(_BETWEEN)
            binding = self._tables[int(table)]
            column = binding.columns["deal"].header
            loading.run.report(
                Issue(binding.file, int(line), column, value, reason, facts={"count": 2, **facts})
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
        table, line, *move, key, space, owner, amount, its_currency, currency = text.split(_BETWEEN)
        binding = self._tables[int(table)]
        deal = binding.columns["deal"]
        return Told(
            binding,
            text,
            MoveRecord(
                int(line),
                Reference(Kind.DEAL, deal.layout.space, key, deal.header),
                _read(move),
                self._owner(binding, int(space), owner) if owner else None,
                Amount(Decimal(amount), its_currency or None) if amount else None,
                currency or None,
            ),
        )

    def _owner(self, binding: Binding, space: int, key: str) -> Reference:
        column = binding.columns["owner"]
        may_create = column.layout.may_create
        return Reference(Kind.PERSON, self._spaces[space], key, column.header, may_create)

    def moves(self, loading: Loading, pipeline: str, told: Iterable["Told"]) -> tuple[Move, ...]:
        """Return moves with the stages as a pipeline calls them; rows without one are refused."""
        return self._moves(loading, pipeline, (one.text for one in told))


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a history that no deal of the files asked for."""

    binding: Binding
    text: str
    record: MoveRecord


_BETWEEN = "\x1f"
_STAGE, _AT, _FROM, _CLOSED = 2, 3, 4, 5
"""Where a packed text has the parts of its move, in the order in which ``_written`` gives them."""


@lru_cache(maxsize=10_000)
def _day(text: str) -> Moment:
    """The close date of a move; many moves share one."""
    return Moment.of_text(text)


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
