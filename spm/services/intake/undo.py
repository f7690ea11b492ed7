"""Taking a whole import back, by somebody who did not make it.

What the import made and nobody has touched since goes, as if it had never been. What was there before is
set back: the log of a deal says again what it said, anything else column by column. What somebody has
worked on since, or what others have built upon, stays as it is, and is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from spm.domain.ids import AuditId, DealId, ImportId
from spm.models.base import Base
from spm.models.intake import ExternalRefRow, ImportWriteRow
from spm.models.pipeline import (
    DealEventRow,
    DealLineRow,
    DealReachRow,
    DealRollupAllRow,
    DealRollupRow,
    DealRow,
    DealStateRow,
)
from spm.services.intake.journal import CHANGED, GONE, NEW, packed, unpacked
from spm.services.pipeline import rollup
from spm.services.pipeline.history import store

_CHUNK = 500
MOST_NAMED = 200
"""So many things that stay are named one by one; all are counted."""

_OWNED = (DealReachRow, DealStateRow, DealEventRow, DealLineRow)
"""Tables whose rows go with their deal."""
_TYPES = {
    "person": "person",
    "account": "account",
    "product": "product",
    "territory": "territory",
    "team": "team",
    "office": "office",
    "pipeline": "pipeline",
    "stage": "stage",
    "deal": "deal",
}
"""Table → what outside ids call its rows."""

_BEGUN = frozenset({"organisation"})
"""What an import begins for the organisation stays begun."""

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Undone:
    """What an undo did.

    Attributes:
        removed: Table → how many rows that the import had made are gone.
        restored: Table → how many rows are as they were before it.
        kept: What stays, and why: table, key, name, reason.
    """

    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    kept: list[tuple[str, str, str, str]] = field(default_factory=list)
    kept_in_all: int = 0
    tables_kept: set[str] = field(default_factory=set)

    def keep(self, table: str, key: str, name: str, reason: str) -> None:
        """Note that something stays."""
        self.kept_in_all += 1
        self.tables_kept.add(table)
        if len(self.kept) < MOST_NAMED:
            self.kept.append((table, key, name, reason))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "removed": self.removed,
            "restored": self.restored,
            "kept": [list(one) for one in self.kept],
            "kept_in_all": self.kept_in_all,
        }


def take_back(session: Session, import_id: ImportId, act_id: AuditId, progress: Progress) -> Undone:
    """Take back what an import did; nothing is committed.

    Args:
        session: The unit of work.
        import_id: Which import.
        act_id: Its act.
        progress: Is told how many deals are done.
    """
    undone = Undone()
    journal = _journal(session, import_id)
    new, old, stay = _deals(session, act_id, undone)
    _set_deals_back(session, old, act_id, undone)
    places = [row for row in journal if row.table_name == "stage"]
    _set_rows_back(session, [row for row in journal if row not in places], stay, undone)
    lines = {int(row.row_key): row.before for row in journal if row.table_name == "deal_line.of"}
    _set_lines_back(session, [deal_id for deal_id in old if deal_id in lines], lines)
    if old:
        store(session, [DealId(deal_id) for deal_id in old])
    for start in range(0, len(new), _CHUNK):
        _remove_deals(session, new[start : start + _CHUNK])
        progress("deals", start)
    if new:
        undone.removed["deal"] = len(new)
    session.execute(delete(DealRollupRow))  # they refer to people and stages that go now
    session.execute(delete(DealRollupAllRow))
    _remove_rows(session, journal, undone)
    if "stage" not in undone.tables_kept:  # a stage that stays keeps its place among the others
        _set_rows_back(session, places, stay, undone)
    _bring_back(session, journal, undone)
    session.expire_all()
    rollup.rebuild(session)
    return undone


def _journal(session: Session, import_id: ImportId) -> Sequence[ImportWriteRow]:
    return session.scalars(
        select(ImportWriteRow)
        .where(ImportWriteRow.import_id == import_id)
        .order_by(ImportWriteRow.id)
    ).all()


# --- deals ---------------------------------------------------------------------------------------


def _deals(
    session: Session, act_id: AuditId, undone: Undone
) -> tuple[list[int], list[int], set[int]]:
    """Return the deals that the import made, those that it changed, and those touched since, which stay."""
    event = DealEventRow
    is_its = or_(event.act_id == act_id, event.voided_act_id == act_id)
    of_it = (
        select(
            event.deal_id,
            func.min(event.id).label("first"),
            func.max(event.id).label("last"),
        )
        .where(event.act_id == act_id)
        .group_by(event.deal_id)
        .subquery()
    )
    ids = select(event.deal_id).where(is_its).distinct()
    others = (
        select(
            event.deal_id,
            func.min(event.id).label("first"),
            func.max(event.id).label("last"),
        )
        .where(event.deal_id.in_(ids), or_(event.act_id.is_(None), event.act_id != act_id))
        .group_by(event.deal_id)
        .subquery()
    )
    rows = session.execute(
        select(
            DealRow.id,
            DealRow.name,
            DealRow.version,
            of_it.c.first,
            of_it.c.last,
            others.c.first.label("other_first"),
            others.c.last.label("other_last"),
        )
        .outerjoin(of_it, of_it.c.deal_id == DealRow.id)
        .outerjoin(others, others.c.deal_id == DealRow.id)
        .where(DealRow.id.in_(ids))
        .order_by(DealRow.id)
    ).all()
    new: list[int] = []
    old: list[int] = []
    for row in rows:
        if row.other_first is None:
            if row.version == 1:
                new.append(row.id)
            else:
                undone.keep("deal", str(row.id), row.name, "edited")
        elif row.last is not None and row.other_last > row.last:
            undone.keep("deal", str(row.id), row.name, "moved")
        elif row.other_first < (row.first or row.other_last + 1):
            old.append(row.id)
    stay = {row.id for row in rows} - {*new, *old}
    blocked = _referred_to(
        session, Base.metadata.tables["deal"], new, {t.__tablename__ for t in _OWNED}
    )
    for row in rows:
        if row.id in blocked:
            undone.keep("deal", str(row.id), row.name, "in-use")
    return [deal_id for deal_id in new if deal_id not in blocked], old, stay | blocked


def _set_deals_back(
    session: Session, deal_ids: Sequence[int], act_id: AuditId, undone: Undone
) -> None:
    """Let the logs of deals say again what they said before the import."""
    for chunk in _chunks(deal_ids):
        session.execute(
            delete(DealEventRow)
            .where(DealEventRow.deal_id.in_(chunk), DealEventRow.act_id == act_id)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(DealEventRow)
            .where(DealEventRow.deal_id.in_(chunk), DealEventRow.voided_act_id == act_id)
            .values(voided_act_id=None)
            .execution_options(synchronize_session=False)
        )
    if deal_ids:
        undone.restored["deal"] = len(deal_ids)


def _set_lines_back(
    session: Session, deal_ids: Sequence[int], lines: Mapping[int, Mapping[str, Any]]
) -> None:
    for deal_id in deal_ids:
        session.execute(delete(DealLineRow).where(DealLineRow.deal_id == deal_id))
        rows = [
            {name: unpacked(value) for name, value in row.items()}
            for row in unpacked(lines[deal_id]["lines"])
        ]
        if rows:
            session.execute(insert(DealLineRow), rows)


def _remove_deals(session: Session, deal_ids: Sequence[int]) -> None:
    for model in _OWNED:
        session.execute(
            delete(model)
            .where(model.deal_id.in_(deal_ids))
            .execution_options(synchronize_session=False)
        )
    _forget(session, "deal", deal_ids)
    session.execute(
        delete(DealRow).where(DealRow.id.in_(deal_ids)).execution_options(synchronize_session=False)
    )


# --- everything else -----------------------------------------------------------------------------


def _set_rows_back(
    session: Session, journal: Sequence[ImportWriteRow], stay: set[int], undone: Undone
) -> None:
    """Set columns back that are still as the import left them, the last change first."""
    made = {(row.table_name, row.row_key) for row in journal if row.what == NEW}
    for row in reversed(journal):
        if row.what != CHANGED or (row.table_name, row.row_key) in made:
            continue
        table = Base.metadata.tables.get(row.table_name)
        if table is None or (row.table_name == "deal" and int(row.row_key) in stay):
            continue
        key = _is(table, row.row_key)
        names = [name for name in row.before if name in table.c]
        now = (
            session.execute(select(*(table.c[name] for name in names)).where(key))
            .mappings()
            .first()
        )
        if now is None:
            continue
        if any(packed(now[name]) != row.after.get(name) for name in names):
            if row.table_name != "external_ref":
                undone.keep(row.table_name, row.row_key, _name(session, table, key), "edited")
            continue
        values = {name: unpacked(row.before[name]) for name in names}
        if "version" in table.c:
            values["version"] = table.c.version + 1
        session.execute(update(table).where(key).values(values))
        if row.table_name != "external_ref":
            undone.restored[row.table_name] = undone.restored.get(row.table_name, 0) + 1


def _remove_rows(session: Session, journal: Sequence[ImportWriteRow], undone: Undone) -> None:
    """Remove the rows that the import made, what refers to others first; what is in use stays."""
    made: dict[str, dict[str, int]] = {}
    for row in journal:
        if row.what == NEW and row.table_name not in _BEGUN:
            made.setdefault(row.table_name, {})[row.row_key] = 1
        elif row.row_key in made.get(row.table_name, {}) and row.what == CHANGED:
            made[row.table_name][row.row_key] += 1
    for table in reversed(Base.metadata.sorted_tables):
        keys = made.get(table.name)
        if keys:
            _remove_of(session, table, keys, undone)


def _remove_of(session: Session, table: Table, keys: Mapping[str, int], undone: Undone) -> None:
    kept: set[str] = set()
    if "version" in table.c:
        for chunk in _chunks(sorted(map(int, keys))):
            found = session.execute(
                select(table.c.id, table.c.version).where(table.c.id.in_(chunk))
            )
            kept |= {str(row.id) for row in found if row.version > keys[str(row.id)]}
        for key in sorted(kept, key=int):
            undone.keep(table.name, key, _name(session, table, _is(table, key)), "edited")
    going = [key for key in keys if key not in kept]
    if len(table.primary_key.columns) == 1:
        ids = [int(key) for key in going]
        caches = {"deal_reach"} if table.name == "stage" else set()
        blocked = _referred_to(session, table, ids, caches)
        for number in sorted(blocked):
            undone.keep(
                table.name, str(number), _name(session, table, table.c.id == number), "in-use"
            )
        ids = [number for number in ids if number not in blocked]
        for chunk in _chunks(ids):
            if "parent_id" in table.c:
                session.execute(update(table).where(table.c.id.in_(chunk)).values(parent_id=None))
        for chunk in _chunks(ids):
            _forget(session, table.name, chunk)
            if caches:  # a deal that was won has reached every stage, gone through or not
                session.execute(delete(DealReachRow).where(DealReachRow.stage_id.in_(chunk)))
            session.execute(delete(table).where(table.c.id.in_(chunk)))
        count = len(ids)
    else:
        count = 0
        for key in going:
            count += session.execute(delete(table).where(_is(table, key))).rowcount  # type: ignore[attr-defined]
    if count:
        undone.removed[table.name] = undone.removed.get(table.name, 0) + count


def _bring_back(session: Session, journal: Sequence[ImportWriteRow], undone: Undone) -> None:
    """Insert again what the import had deleted."""
    for row in journal:
        if row.what != GONE:
            continue
        table = Base.metadata.tables[row.table_name]
        key = _is(table, row.row_key)
        if session.execute(select(func.count()).select_from(table).where(key)).scalar():
            continue
        session.execute(
            insert(table).values({name: unpacked(value) for name, value in row.before.items()})
        )
        undone.restored[row.table_name] = undone.restored.get(row.table_name, 0) + 1


def _referred_to(session: Session, table: Table, ids: Sequence[int], but: set[str]) -> set[int]:
    """Return which of some rows others refer to: rows that are not among them, or other sources' ids."""
    found: set[int] = set()
    among = set(ids)
    for other in Base.metadata.sorted_tables:
        if other.name in but:
            continue
        for column in other.columns:
            if not any(key.column.table is table for key in column.foreign_keys):
                continue
            for chunk in _chunks(ids):
                rows = session.execute(
                    select(column, *other.primary_key.columns).where(column.in_(chunk))
                )
                for row in rows:
                    is_inside = other is table and row[1] in among
                    if not is_inside:
                        found.add(row[0])
    return found


def _forget(session: Session, table: str, ids: Sequence[int]) -> None:
    """Let outside ids of rows that go stand for nothing."""
    kind = _TYPES.get(table)
    if kind is not None:
        session.execute(
            delete(ExternalRefRow)
            .where(ExternalRefRow.object_type == kind, ExternalRefRow.object_id.in_(ids))
            .execution_options(synchronize_session=False)
        )


def _is(table: Table, key: str) -> ColumnElement[bool]:
    parts = key.split(":", len(table.primary_key.columns) - 1)
    return and_(
        *(
            column == (int(part) if column.type.python_type is int else part)
            for column, part in zip(table.primary_key.columns, parts, strict=True)
        )
    )


def _name(session: Session, table: Table, key: ColumnElement[bool]) -> str:
    if "name" not in table.c:
        return ""
    return str(session.execute(select(table.c.name).where(key)).scalar() or "")


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    found = list(ids)
    for start in range(0, len(found), _CHUNK):
        yield found[start : start + _CHUNK]
