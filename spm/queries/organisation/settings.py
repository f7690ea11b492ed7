"""The organisation's settings."""

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
    )
