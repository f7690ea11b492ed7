"""Reads of offices, regions and territories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.errors import NotFound
from spm.domain.ids import OfficeId, RegionId, TerritoryId
from spm.models.organisation import (
    OfficeRow,
    PostingRow,
    RegionRow,
    TerritoryAssignmentRow,
    TerritoryRow,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A group of offices."""

    id: RegionId
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Office:
    """A place that people sell from; ``people`` are posted there on the day asked for."""

    id: OfficeId
    name: str
    region_id: RegionId | None
    region: str | None
    version: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of the market; ``people`` work it on the day asked for."""

    id: TerritoryId
    name: str
    country: str
    parent_id: TerritoryId | None
    parent: str | None
    version: int
    people: int = 0


def regions(session: Session) -> tuple[Region, ...]:
    """Return all regions, by name."""
    rows = session.scalars(select(RegionRow).order_by(RegionRow.name_key))
    return tuple(Region(RegionId(row.id), row.name, row.version) for row in rows)


def get_region(session: Session, region_id: RegionId) -> Region:
    """Return a region.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.get(RegionRow, region_id)
    if row is None:
        raise NotFound(what="region", id=region_id)
    return Region(RegionId(row.id), row.name, row.version)


def offices(session: Session, day: date) -> tuple[Office, ...]:
    """Return all offices, by name, with how many are posted there on ``day``."""
    counts = dict(
        session.execute(
            select(PostingRow.office_id, func.count())
            .where(PostingRow.start_on <= day, day < PostingRow.end_on)
            .group_by(PostingRow.office_id)
        )
        .tuples()
        .all()
    )
    rows = session.execute(
        select(OfficeRow, RegionRow.name)
        .outerjoin(RegionRow, RegionRow.id == OfficeRow.region_id)
        .order_by(OfficeRow.name_key)
    )
    return tuple(_office(row, region, counts.get(row.id, 0)) for row, region in rows)


def _office(row: OfficeRow, region: str | None, people: int) -> Office:
    region_id = None if row.region_id is None else RegionId(row.region_id)
    return Office(OfficeId(row.id), row.name, region_id, region, row.version, people)


def get_office(session: Session, office_id: OfficeId) -> Office:
    """Return an office.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.get(OfficeRow, office_id)
    if row is None:
        raise NotFound(what="office", id=office_id)
    region = None if row.region_id is None else session.get_one(RegionRow, row.region_id).name
    return _office(row, region, 0)


def territories(session: Session, day: date) -> tuple[Territory, ...]:
    """Return all territories, by name, with how many work them on ``day``."""
    row = TerritoryAssignmentRow
    counts = dict(
        session.execute(
            select(row.territory_id, func.count())
            .where(row.start_on <= day, day < row.end_on)
            .group_by(row.territory_id)
        )
        .tuples()
        .all()
    )
    rows = session.scalars(select(TerritoryRow).order_by(TerritoryRow.name_key)).all()
    names = {each.id: each.name for each in rows}
    return tuple(
        _territory(each, names.get(each.parent_id or 0), counts.get(each.id, 0)) for each in rows
    )


def _territory(row: TerritoryRow, parent: str | None, people: int) -> Territory:
    parent_id = None if row.parent_id is None else TerritoryId(row.parent_id)
    return Territory(
        TerritoryId(row.id), row.name, row.country, parent_id, parent, row.version, people
    )


def get_territory(session: Session, territory_id: TerritoryId) -> Territory:
    """Return a territory.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.get(TerritoryRow, territory_id)
    if row is None:
        raise NotFound(what="territory", id=territory_id)
    parent = None if row.parent_id is None else session.get_one(TerritoryRow, row.parent_id).name
    return _territory(row, parent, 0)


def territory_parents(session: Session) -> Mapping[int, int | None]:
    """Return the tree of territories as child → parent."""
    query = select(TerritoryRow.id, TerritoryRow.parent_id)
    return dict(session.execute(query).tuples().all())
