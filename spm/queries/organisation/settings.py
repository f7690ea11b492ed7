"""The organisation's settings."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.organisation import Organisation
from spm.models.organisation import HolidayRow, OrganisationRow


def get_organisation(session: Session) -> Organisation:
    """Return the organisation; the defaults (USD, UTC, January) where there is none yet."""
    row = session.get(OrganisationRow, 1)
    if row is None:
        return Organisation()
    return Organisation(
        name=row.name,
        time_zone=row.time_zone,
        currency=row.currency,
        fiscal_start=row.fiscal_start_month,
        locale=row.locale,
        holidays=frozenset(session.scalars(select(HolidayRow.on))),
        is_set_up=row.is_set_up,
        minimum_n=row.minimum_n,
    )


def settings_version(session: Session) -> int:
    """Return the version of the settings, for the form that edits them; 0 where there are none."""
    row = session.get(OrganisationRow, 1)
    return 0 if row is None else row.version


def holidays(session: Session, since: date) -> tuple[tuple[date, str], ...]:
    """Return the holidays from ``since`` on as (day, name), by day."""
    rows = session.execute(
        select(HolidayRow.on, HolidayRow.name).where(HolidayRow.on >= since).order_by(HolidayRow.on)
    )
    return tuple((day, name) for day, name in rows)
