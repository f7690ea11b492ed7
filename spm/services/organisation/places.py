"""Offices, regions and territories."""

from spm.domain.access import Permission
from spm.domain.ids import OfficeId, RegionId, TerritoryId
from spm.domain.organisation import check_parent
from spm.domain.text import clean_line
from spm.models.organisation import OfficeRow, RegionRow, TerritoryRow
from spm.queries.organisation.places import territory_parents
from spm.services.organisation.naming import clean_name, lock_named, reference, refuse_taken
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work

COUNTRY_LENGTH = 120


def add_region(work: Work, *, name: str) -> RegionId:
    """Add a region.

    Raises:
        Forbidden: The actor may not.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    clean, key = clean_name(name)
    refuse_taken(work, RegionRow, key)
    row = RegionRow(name=clean, name_key=key)
    work.session.add(row)
    work.session.flush()
    work.record(Permission.TEAMS_EDIT, f"region:{row.id}", after={"name": clean})
    return RegionId(row.id)


def edit_region(work: Work, region_id: RegionId, *, name: str, version: int | None) -> None:
    """Rename a region.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such region.
        StaleEdit: Somebody changed it since ``version`` was shown.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    row = lock_named(work, RegionRow, region_id)
    clean, key = clean_name(name)
    before, after = {"name": row.name}, {"name": clean}
    work.expect_version(row, version, theirs=before, yours=after)
    refuse_taken(work, RegionRow, key, but=region_id)
    row.name, row.name_key = clean, key
    work.session.flush()
    work.record_change(Permission.TEAMS_EDIT, f"region:{region_id}", before=before, after=after)


def add_office(work: Work, *, name: str, region_id: RegionId | None = None) -> OfficeId:
    """Add an office.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such region.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    clean, key = clean_name(name)
    refuse_taken(work, OfficeRow, key)
    if region_id is not None:
        lock_named(work, RegionRow, region_id)
    row = OfficeRow(name=clean, name_key=key, region_id=region_id)
    work.session.add(row)
    work.session.flush()
    after = {"name": clean, "region": reference("region", region_id)}
    work.record(Permission.TEAMS_EDIT, f"office:{row.id}", after=after)
    return OfficeId(row.id)


def edit_office(
    work: Work, office_id: OfficeId, *, name: str, region_id: RegionId | None, version: int | None
) -> None:
    """Change an office's name and region.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such office or region.
        StaleEdit: Somebody changed it since ``version`` was shown.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    row = lock_named(work, OfficeRow, office_id)
    clean, key = clean_name(name)
    before = {"name": row.name, "region": reference("region", row.region_id)}
    after = {"name": clean, "region": reference("region", region_id)}
    work.expect_version(row, version, theirs=before, yours=after)
    refuse_taken(work, OfficeRow, key, but=office_id)
    if region_id is not None:
        lock_named(work, RegionRow, region_id)
    row.name, row.name_key, row.region_id = clean, key, region_id
    work.session.flush()
    work.record_change(Permission.TEAMS_EDIT, f"office:{office_id}", before=before, after=after)


def add_territory(
    work: Work, *, name: str, country: str = "", parent_id: TerritoryId | None = None
) -> TerritoryId:
    """Add a territory, perhaps as a part of another.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such parent.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    clean, key = clean_name(name)
    clean_country = clean_line(country, COUNTRY_LENGTH, "country")
    refuse_taken(work, TerritoryRow, key)
    if parent_id is not None:
        lock_named(work, TerritoryRow, parent_id)
    row = TerritoryRow(name=clean, name_key=key, country=clean_country, parent_id=parent_id)
    work.session.add(row)
    work.session.flush()
    after = {"name": clean, "country": clean_country, "parent": reference("territory", parent_id)}
    work.record(Permission.TEAMS_EDIT, f"territory:{row.id}", after=after)
    return TerritoryId(row.id)


def edit_territory(
    work: Work,
    territory_id: TerritoryId,
    *,
    name: str,
    country: str,
    parent_id: TerritoryId | None,
    version: int | None,
) -> None:
    """Change a territory's name, country and place in the tree.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such territory or parent.
        StaleEdit: Somebody changed it since ``version`` was shown.
        NameMissing, NameTaken: The name does not hold.
        TreeCircle: The parent is the territory itself, or below it.
    """
    work.require(Permission.TEAMS_EDIT)
    lock_organisation(work)
    row = lock_named(work, TerritoryRow, territory_id)
    clean, key = clean_name(name)
    before = {
        "name": row.name,
        "country": row.country,
        "parent": reference("territory", row.parent_id),
    }
    after = {
        "name": clean,
        "country": clean_line(country, COUNTRY_LENGTH, "country"),
        "parent": reference("territory", parent_id),
    }
    work.expect_version(row, version, theirs=before, yours=after)
    refuse_taken(work, TerritoryRow, key, but=territory_id)
    if parent_id is not None:
        lock_named(work, TerritoryRow, parent_id)
    check_parent(territory_parents(work.session), territory_id, parent_id)
    row.name, row.name_key, row.parent_id = clean, key, parent_id
    row.country = str(after["country"])
    work.session.flush()
    work.record_change(
        Permission.TEAMS_EDIT, f"territory:{territory_id}", before=before, after=after
    )
