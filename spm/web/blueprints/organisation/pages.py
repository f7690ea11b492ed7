"""What the page of the organisation's settings shows."""

from dataclasses import dataclass
from datetime import date

from spm.domain.organisation import Organisation
from spm.web.blueprints.organisation.forms import HolidayForm, SettingsForm


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """The settings and the holidays.

    Attributes:
        month: The name of the month in which the fiscal year begins.
        holidays: (day, name) from this year on, by day.
        form: None: the reader may not change them.
    """

    organisation: Organisation
    month: str
    holidays: tuple[tuple[date, str], ...]
    form: SettingsForm | None
    holiday: HolidayForm
