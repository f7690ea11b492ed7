"""The caches of the log: written with each event, rebuilt on demand, always equal.

``deal_event`` is the truth (``spm.domain.pipeline.history`` replays it); the current columns of
``deal``, and all of ``deal_state`` and ``deal_reach``, are what the replay says; ``deal_rollup`` counts
them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from spm.adapters.database import gather_statistics
from spm.domain.ids import DealId
from spm.domain.pipeline.history import Event, History, replay
from spm.domain.pipeline.stages import Pipeline
from spm.domain.pipeline.stays import Order, Stay, of_history, order_of
from spm.models.pipeline import (
    DealEventRow,
    DealReachRow,
    DealRollupAllRow,
    DealRollupRow,
    DealRow,
    DealStateRow,
)
from spm.queries.pipeline.history import events_of
from spm.queries.pipeline.pipelines import pipelines
from spm.services.bulk import pour
from spm.services.pipeline import rollup
from spm.services.pipeline.ledger import Reached, Stood
from spm.services.pipeline.staying import OfDeal, of_deals

BATCH = 500
"""How many deals are replayed at a time."""
MANY = 1_000
"""From so many deals on the database looks again at what its tables hold."""
_FILLED = (DealRow, DealStateRow, DealReachRow, DealRollupRow, DealRollupAllRow)
FILLED_BY_DEALS = tuple(model.__tablename__ for model in _FILLED)
"""Tables that are not searched, but by their keys, while deals are written; a log is, by its deal."""


def store(
    session: Session, deal_ids: Sequence[DealId], *, ledger: rollup.Ledger | None = None
) -> None:
    """Bring the caches of some deals up to their logs; call after writing events, before the commit.

    Flushes what is pending. A deal whose current columns change gets a new version, and its row, if
    the session holds it, is read again when next asked for.

    Args:
        session: The unit of work.
        deal_ids: Which deals.
        ledger: Takes what the rollup has to learn, for a bulk act that writes it once, at its end;
            written here where there is none.

    Raises:
        BrokenLog: A deal has no log, or one without exactly one creation.
    """
    session.flush()
    known = pipelines(session)
    by_id = {pipeline.id: pipeline for pipeline in known}
    order = order_of(known)
    counted = rollup.Ledger.of(session) if ledger is None else ledger
    for batch in _batches(deal_ids):
        _store_batch(session, batch, by_id, order, counted)
    if ledger is None:
        counted.write(session)


class NewCaches:
    """The histories of deals that are being written for the first time, and the rows to cache them."""

    def __init__(self, session: Session, histories: Sequence[History]) -> None:
        self._session = session
        self._histories = histories
        self.found: list[OfDeal] = []

    def __iter__(self) -> Iterator[History]:
        return iter(self._histories)

    def write(self, ledger: rollup.Ledger) -> None:
        """Write the caches; call when the deals are written."""
        _write(self._session, self.found)
        for deal in self.found:
            deal.add_to(ledger, 1)


def store_new(
    session: Session,
    logs: Sequence[tuple[DealId, Pipeline, Sequence[Event]]],
    currencies: Sequence[str],
    written_at: datetime,
) -> NewCaches:
    """Replay the logs of new deals without reading them back; the caches are yet to be written.

    Args:
        session: The unit of work.
        logs: Per deal its id, its pipeline and its events in order.
        currencies: Of each deal where it has no amount.
        written_at: When the deals are written down.
    """
    histories = [replay(events, pipeline) for _, pipeline, events in logs]
    caches = NewCaches(session, histories)
    order = order_of({pipeline.id: pipeline for _, pipeline, _ in logs}.values())
    for (deal_id, pipeline, _), history, currency in zip(logs, histories, currencies, strict=True):
        amount = history.current.amount
        code = currency if amount is None else amount.currency
        caches.found.append(_of_deal(deal_id, pipeline.id, code, history, order, written_at))
    return caches


def _of_deal(
    deal_id: DealId,
    pipeline_id: int,
    currency: str,
    history: History,
    order: Mapping[int, Order],
    created_at: datetime,
) -> OfDeal:
    """Return what is kept of a deal; ``currency`` where it has no amount."""
    stays = of_history(history, order, created_at)
    states = list(_states(deal_id, pipeline_id, currency, history))
    reaches = list(_reaches(deal_id, currency, history, stays))
    return OfDeal(states, reaches, stays, created_at)


def _write(session: Session, found: Sequence[OfDeal]) -> None:
    """Write the rows of ``deal_state`` and ``deal_reach`` of some deals."""
    states = [row for deal in found for row in deal.states]
    reaches = [row for deal in found for row in deal.reaches]
    pour(session, DealStateRow, Stood._fields, states)
    pour(session, DealReachRow, Reached._fields, reaches)


def rebuild(session: Session) -> int:
    """Replay every deal's log and write all caches anew; return how many deals there are.

    Raises:
        BrokenLog: A deal has no log, or one without exactly one creation.
    """
    session.execute(delete(DealStateRow))
    session.execute(delete(DealReachRow))
    deal_ids = [
        DealId(deal_id) for deal_id in session.scalars(select(DealRow.id).order_by(DealRow.id))
    ]
    store(session, deal_ids, ledger=rollup.Ledger.of(session))
    rollup.rebuild(session)
    if len(deal_ids) >= MANY:
        know_anew(session)
    return len(deal_ids)


def know_anew(session: Session) -> None:
    """Let the database look again at deals and all that is derived from them: many were written."""
    gather_statistics(session, (DealEventRow.__tablename__, *FILLED_BY_DEALS))


def _batches(deal_ids: Sequence[DealId]) -> Iterator[tuple[DealId, ...]]:
    waiting = iter(sorted(set(deal_ids)))
    while batch := tuple(islice(waiting, BATCH)):
        yield batch


_DEAL_TABLE = cast(Table, DealRow.__table__)
_DEAL = _DEAL_TABLE.c
_CURRENT = (
    _DEAL.stage_id,
    _DEAL.owner_id,
    _DEAL.account_id,
    _DEAL.territory_id,
    _DEAL.amount_minor,
    _DEAL.currency,
    _DEAL.expected_close_on,
    _DEAL.opened_on,
    _DEAL.closed_on,
    _DEAL.stage_since_at,
)


def _store_batch(
    session: Session,
    deal_ids: Sequence[DealId],
    by_id: dict[Any, Pipeline],
    order: Mapping[int, Order],
    ledger: rollup.Ledger,
) -> None:
    logs = events_of(session, deal_ids)
    found: dict[int, OfDeal] = {}
    changed: list[dict[str, Any]] = []
    rows = session.execute(
        select(_DEAL.id, _DEAL.pipeline_id, _DEAL.created_at, *_CURRENT).where(
            _DEAL.id.in_(deal_ids)
        )
    )
    for row in rows:
        history = replay(logs.get(DealId(row.id), ()), by_id[row.pipeline_id])
        now = current_columns(history, row.currency)
        if any(getattr(row, name) != value for name, value in now.items()):
            changed.append({"deal_id": row.id} | now)
        found[row.id] = _of_deal(
            DealId(row.id), row.pipeline_id, now["currency"], history, order, row.created_at
        )
    _forget(session, {deal_id: deal.created_at for deal_id, deal in found.items()}, order, ledger)
    for deal in found.values():
        deal.add_to(ledger, 1)
    _write(session, list(found.values()))
    if changed:
        _update_deals(session, changed)


def _forget(
    session: Session,
    created: Mapping[int, datetime],
    order: Mapping[int, Order],
    ledger: rollup.Ledger,
) -> None:
    """Delete the states and reaches of some deals, and take them out of the rollup.

    ``created`` says which, and when each was written down.
    """
    found = list(of_deals(session, created, order))
    for deal in found:
        deal.add_to(ledger, -1)
    if found:
        for model in (DealStateRow, DealReachRow):
            session.execute(delete(model).where(model.deal_id.in_(created)))


def _update_deals(session: Session, changed: list[dict[str, Any]]) -> None:
    names = [name for name in changed[0] if name != "deal_id"]
    session.connection().execute(
        update(_DEAL_TABLE)
        .where(_DEAL.id == bindparam("deal_id"))
        .values(
            {name: bindparam(f"new_{name}") for name in names} | {"version": _DEAL.version + 1}
        ),
        [
            {"deal_id": values["deal_id"]} | {f"new_{name}": values[name] for name in names}
            for values in changed
        ],
    )
    for values in changed:
        row = session.identity_map.get(identity_key(DealRow, values["deal_id"]))
        if row is not None:
            session.expire(row)


def current_columns(history: History, currency: str) -> dict[str, Any]:
    """Return the columns of a deal that follow from its log; ``currency`` where it has no amount."""
    state = history.current
    return {
        "stage_id": state.stage_id,
        "owner_id": state.owner_id,
        "account_id": state.account_id,
        "territory_id": state.territory_id,
        "amount_minor": None if state.amount is None else state.amount.minor,
        "currency": currency if state.amount is None else state.amount.currency,
        "expected_close_on": state.expected_close_on,
        "opened_on": state.opened_on,
        "closed_on": state.closed_on,
        "stage_since_at": history.stage_since_at,
    }


def _states(deal_id: DealId, pipeline_id: int, currency: str, history: History) -> Iterator[Stood]:
    """Yield the rows of ``deal_state``, interval by interval."""
    for interval in history.intervals:
        state, amount = interval.state, interval.state.amount
        yield Stood(
            deal_id,
            interval.from_at,
            interval.to_at,
            state.is_dated,
            pipeline_id,
            state.stage_id,
            state.stage_kind.value,
            state.owner_id,
            state.credited_owner_id,
            state.account_id,
            state.territory_id,
            state.expected_close_on,
            state.opened_on,
            state.closed_on,
            None if amount is None else amount.minor,
            currency if amount is None else amount.currency,
        )


def _reaches(
    deal_id: DealId, currency: str, history: History, stays: Sequence[Stay]
) -> Iterator[Reached]:
    """Yield the rows of ``deal_reach``, stage by stage."""
    became = {stay.stage_id: stay.now for stay in stays}
    for reach in history.reaches:
        amount, now = reach.amount, became.get(reach.stage_id)
        yield Reached(
            deal_id,
            reach.stage_id,
            reach.reached_at,
            reach.reached_on,
            reach.owner_id,
            None if amount is None else amount.minor,
            currency if amount is None else amount.currency,
            None if now is None else now.outcome,
            None if now is None else now.days,
        )
