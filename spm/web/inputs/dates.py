"""Fields of business dates and periods."""

import re
from datetime import date
from typing import Any

from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from spm.domain import period as periods
from spm.i18n import formats
from spm.i18n.words import current, gettext
from spm.web.inputs.texts import Typed

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

_YEARS = range(1900, 2201)


class DateField(Typed):
    """A business date, typed as the browser sends it: ``2026-12-18``."""

    widget = TextInput("date")

    def __init__(
        self,
        label: str = "",
        *,
        minimum: date | None = None,
        maximum: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.minimum = minimum
        self.maximum = maximum

    def read(self, raw: str) -> object:
        """Return the date."""
        text = raw.strip()
        if not text:
            return None
        try:
            value = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
        except ValueError:
            value = None
        if value is None or value.year not in _YEARS:
            raise ValidationError(gettext("Not a date. Write it as year-month-day: 2026-12-18."))
        locale = current().locale
        if self.minimum is not None and value < self.minimum:
            first = formats.date(self.minimum, locale)
            raise ValidationError(gettext("Not before %(first)s.", first=first))
        if self.maximum is not None and value > self.maximum:
            last = formats.date(self.maximum, locale)
            raise ValidationError(gettext("Not after %(last)s.", last=last))
        return value

    def write(self, value: Any) -> str:
        """Return the date as the browser wants it."""
        return str(value.isoformat())


class PeriodField(Typed):
    """A period by its name: ``2026-Q4``, ``2026-11``, ``FY2027-Q1``."""

    def read(self, raw: str) -> object:
        """Return the named period."""
        text = raw.strip()
        if not text:
            return None
        return periods.parse(text[:40], int(getattr(self.form, "fiscal_start", 1)))

    def write(self, value: Any) -> str:
        """Return the period's canonical name."""
        return str(getattr(value, "name", value))
