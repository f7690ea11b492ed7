"""The organisation's settings: by which zone, currency and fiscal year it counts."""

from datetime import date

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.access import Permission
from spm.domain.errors import NotFound
from spm.domain.organisation import Organisation, check_settings
from spm.domain.text import clean_line
from spm.models.organisation import HolidayRow, OrganisationRow
from spm.services.work import Work

ORGANISATION_ID = 1


def keep_settings(work: Work, organisation: Organisation, *, version: int | None = None) -> None:
    """Keep the settings; the first call sets the organisation up.

    Changing the zone, the currency or the fiscal year changes how every figure is cut from now on, also
    of the past; amounts keep the currency that they are in.

    Raises:
        Forbidden: The actor may not.
        StaleEdit: They have changed since ``version`` was shown.
        NameMissing, ZoneUnknown, CurrencyUnknown, MonthUnknown, LocaleUnknown,
            MinimumUnfit: They do not hold.
    """
    work.require(Permission.ORGANISATION_EDIT)
    after = facts_of(
        check_settings(
            name=clean_line(organisation.name, 200, "name"),
            time_zone=organisation.time_zone,
            currency=organisation.currency,
            fiscal_start=organisation.fiscal_start,
            locale=organisation.locale,
            minimum_n=organisation.minimum_n,
        )
    )
    row = lock_organisation(work)
    before: dict[str, object] = {}
    if row is None:
        row = OrganisationRow(id=ORGANISATION_ID, requires_target_approval=False)
        work.session.add(row)
    else:
        before = {
            "name": row.name,
            "time_zone": row.time_zone,
            "currency": row.currency,
            "fiscal_start": row.fiscal_start_month,
            "locale": row.locale,
            "minimum_n": row.minimum_n,
        }
        work.expect_version(row, version, theirs=before, yours=after)
    row.name = organisation.name
    row.time_zone = organisation.time_zone
    row.currency = organisation.currency
    row.fiscal_start_month = organisation.fiscal_start
    row.locale = organisation.locale
    row.minimum_n = organisation.minimum_n
    row.is_fiscal_start_chosen = True
    row.is_set_up = True
    work.session.flush()
    work.record_change(
        Permission.ORGANISATION_EDIT,
        f"organisation:{ORGANISATION_ID}",
        before=before,
        after=after,
    )


def facts_of(organisation: Organisation) -> dict[str, object]:
    """Return the settings that people choose, as the audit log keeps them."""
    return {
        "name": organisation.name,
        "time_zone": organisation.time_zone,
        "currency": organisation.currency,
        "fiscal_start": organisation.fiscal_start,
        "locale": organisation.locale,
        "minimum_n": organisation.minimum_n,
    }


def lock_organisation(work: Work) -> OrganisationRow | None:
    """Return the organisation's row, locked; also what changes of lines and trees wait for.

    Two of them at once could close a circle that neither of them saw.
    """
    return work.session.scalar(
        select(OrganisationRow).where(OrganisationRow.id == ORGANISATION_ID).with_for_update(**LOCK)
    )


def keep_holiday(work: Work, day: date, name: str) -> None:
    """Keep a day on which nobody is expected to sell; a second name for it replaces the first.

    Raises:
        Forbidden: The actor may not.
    """
    work.require(Permission.ORGANISATION_EDIT)
    clean = clean_line(name, 120, "name")
    row = work.session.get(HolidayRow, day)
    before = {"name": row.name} if row is not None else {}
    if row is None:
        work.session.add(HolidayRow(on=day, name=clean))
    else:
        row.name = clean
    work.session.flush()
    work.record(
        Permission.ORGANISATION_EDIT,
        f"holiday:{day.isoformat()}",
        before=before,
        after={"name": clean},
    )


def drop_holiday(work: Work, day: date) -> None:
    """Make a holiday a day like any other.

    Raises:
        Forbidden: The actor may not.
        NotFound: It is none.
    """
    work.require(Permission.ORGANISATION_EDIT)
    row = work.session.get(HolidayRow, day)
    if row is None:
        raise NotFound(what="holiday", day=day)
    work.session.delete(row)
    work.session.flush()
    work.record(
        Permission.ORGANISATION_EDIT, f"holiday:{day.isoformat()}", before={"name": row.name}
    )
