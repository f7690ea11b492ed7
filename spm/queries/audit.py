"""Reads of the audit log."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from spm.domain.audit import FIRST, Fact, Head, Link
from spm.domain.ids import AuditId, PersonId
from spm.domain.organisation import Organisation
from spm.models.audit import AuditEntryRow, AuditLinkRow
from spm.models.organisation import OfficeRow, PersonRow, RegionRow, TeamRow, TerritoryRow
from spm.models.pipeline import AccountRow, DealRow, PipelineRow, ProductRow, StageRow
from spm.queries.paging import PAGE_SIZE, Page, offset

_NAMED: Mapping[
    str,
    type[
        PersonRow
        | TeamRow
        | OfficeRow
        | RegionRow
        | TerritoryRow
        | AccountRow
        | DealRow
        | PipelineRow
        | ProductRow
        | StageRow
    ],
] = {
    "person": PersonRow,
    "team": TeamRow,
    "office": OfficeRow,
    "region": RegionRow,
    "territory": TerritoryRow,
    "account": AccountRow,
    "deal": DealRow,
    "pipeline": PipelineRow,
    "product": ProductRow,
    "stage": StageRow,
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act.

    Attributes:
        actor_id: None for the command line.
        thing: What it was done to, as ``kind:id``.
        person: The name of whom it is about, as it is now; None where it is about nobody.
        before: What changed, as it was.
        after: The same as it was then.
    """

    id: AuditId
    at: datetime
    actor_id: PersonId | None
    actor: str
    act: str
    thing: str
    person_id: PersonId | None
    person: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What narrows the log; everything empty shows all of it.

    Attributes:
        start_on: First day, in the organisation's zone.
        end_on: Last day, in the organisation's zone.
    """

    act: str | None = None
    actor_id: int | None = None
    person_id: int | None = None
    thing: str = ""
    start_on: date | None = None
    end_on: date | None = None


def audit_entries(
    session: Session, wanted: AuditFilter, organisation: Organisation, number: int = 1
) -> Page[AuditEntry]:
    """Return a page of the log, the newest act first."""
    conditions = _narrowed(wanted, organisation)
    rows = session.execute(
        select(AuditEntryRow, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == AuditEntryRow.person_id)
        .where(*conditions)
        .order_by(AuditEntryRow.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset(number))
    )
    total = session.scalar(select(func.count()).select_from(AuditEntryRow).where(*conditions))
    return Page([_entry(row, person) for row, person in rows], total or 0, number)


def _entry(row: AuditEntryRow, person: str | None) -> AuditEntry:
    return AuditEntry(
        AuditId(row.id),
        row.at,
        None if row.actor_id is None else PersonId(row.actor_id),
        row.actor_name,
        row.act,
        row.object,
        None if row.person_id is None else PersonId(row.person_id),
        person,
        row.before,
        row.after,
    )


def _narrowed(wanted: AuditFilter, organisation: Organisation) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.act is not None:
        conditions.append(AuditEntryRow.act == wanted.act)
    if wanted.actor_id is not None:
        conditions.append(AuditEntryRow.actor_id == wanted.actor_id)
    if wanted.person_id is not None:
        conditions.append(AuditEntryRow.person_id == wanted.person_id)
    if wanted.thing:
        conditions.append(AuditEntryRow.object == wanted.thing)
    if wanted.start_on is not None:
        conditions.append(AuditEntryRow.at >= organisation.start_of(wanted.start_on))
    if wanted.end_on is not None:
        past = date.fromordinal(wanted.end_on.toordinal() + 1)
        conditions.append(AuditEntryRow.at < organisation.start_of(past))
    return conditions


def acts_known(session: Session) -> tuple[str, ...]:
    """Return the acts that the log holds, by name."""
    return tuple(session.scalars(select(AuditEntryRow.act).distinct().order_by(AuditEntryRow.act)))


def actors_known(session: Session) -> tuple[tuple[PersonId, str], ...]:
    """Return who ever did something, as (id, present name), by name."""
    rows = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(PersonRow.id.in_(select(AuditEntryRow.actor_id).distinct()))
        .order_by(PersonRow.name_key, PersonRow.id)
    )
    return tuple((PersonId(person_id), name) for person_id, name in rows)


def names_of(session: Session, things: Iterable[str]) -> Mapping[str, str]:
    """Return the present names of things such as ``team:3``; without those that have none."""
    wanted: dict[str, set[int]] = {}
    for thing in things:
        kind, _colon, number = thing.partition(":")
        if kind in _NAMED and number.isascii() and number.isdecimal():
            wanted.setdefault(kind, set()).add(int(number))
    return {
        f"{kind}:{thing_id}": name
        for kind, ids in wanted.items()
        for thing_id, name in session.execute(
            select(_NAMED[kind].id, _NAMED[kind].name).where(_NAMED[kind].id.in_(ids))
        )
    }


_FACTS = (
    AuditEntryRow.id,
    AuditEntryRow.at,
    AuditEntryRow.actor_id,
    AuditEntryRow.actor_name,
    AuditEntryRow.act,
    AuditEntryRow.object,
    AuditEntryRow.person_id,
    cast(AuditEntryRow.before, Text),
    cast(AuditEntryRow.after, Text),
    AuditEntryRow.request_id,
)
"""Every column of an entry; a house test sees to it that none is left out."""

_BATCH = 2000


def audit_head(session: Session) -> Head:
    """Return the end of the chain; number 0 where nothing has been bound yet."""
    found = session.execute(
        select(AuditLinkRow.id, AuditLinkRow.digest).order_by(AuditLinkRow.id.desc()).limit(1)
    ).first()
    return Head(0, FIRST) if found is None else Head(found[0], found[1])


def facts_of(session: Session, entry_ids: Iterable[int]) -> list[tuple[Fact, ...]]:
    """Return all that these entries hold, by id; without those that are not there."""
    wanted = sorted(set(entry_ids))
    found: list[tuple[Fact, ...]] = []
    for start in range(0, len(wanted), _BATCH):
        rows = session.execute(
            select(*_FACTS)
            .where(AuditEntryRow.id.in_(wanted[start : start + _BATCH]))
            .order_by(AuditEntryRow.id)
        )
        found += [_facts(row) for row in rows]
    return found


def audit_links(session: Session) -> Generator[Link, None, None]:
    """Yield the chain from its first link, each with what its entry holds now."""
    rows = session.execute(
        select(
            AuditLinkRow.id,
            AuditLinkRow.entry_id,
            AuditLinkRow.key_version,
            AuditLinkRow.digest,
            *_FACTS,
        )
        .outerjoin(AuditEntryRow, AuditEntryRow.id == AuditLinkRow.entry_id)
        .order_by(AuditLinkRow.id)
        .execution_options(yield_per=_BATCH)
    )
    with rows:
        for number, entry_id, version, digest, *facts in rows:
            yield Link(number, entry_id, version, digest, _facts(facts) if facts[0] else None)


def unbound_entries(session: Session) -> list[AuditId]:
    """Return the entries that no link binds, by id."""
    rows = session.scalars(
        select(AuditEntryRow.id)
        .outerjoin(AuditLinkRow, AuditLinkRow.entry_id == AuditEntryRow.id)
        .where(AuditLinkRow.id.is_(None))
        .order_by(AuditEntryRow.id)
    )
    return [AuditId(entry_id) for entry_id in rows]


def _facts(row: Iterable[Any]) -> tuple[Fact, ...]:
    """An instant as text, the rest as it stands in the table."""
    return tuple(fact.isoformat() if isinstance(fact, datetime) else fact for fact in row)
