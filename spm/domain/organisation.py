"""The organisation: by which zone, currency and fiscal year it counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Organisation:
    """What every figure needs to know of the organisation.

    Attributes:
        name: As people call it; empty before set-up.
        time_zone: IANA name; business dates come from instants in it.
        currency: ISO 4217 code that amounts are in where nothing else is said.
        fiscal_start: Month (1-12) in which the fiscal year starts.
        locale: Language of what has no reader's own: ``en``, ``ja``, ``ko``, ``uk``.
        holidays: Days that are no working days although they are no weekend.
        is_set_up: Somebody has answered the set-up, or an import has.
    """

    name: str = ""
    time_zone: str = "UTC"
    currency: str = "USD"
    fiscal_start: int = 1
    locale: str = "en"
    holidays: frozenset[date] = frozenset()
    is_set_up: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The zone of ``time_zone``."""
        return ZoneInfo(self.time_zone)

    def business_date(self, instant: datetime) -> date:
        """Return the date of an aware ``instant`` in the organisation's zone."""
        return instant.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the UTC instant at which ``day`` begins in the organisation's zone."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
