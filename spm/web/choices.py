"""What settings offer to choose from, in the reader's language."""

from spm.domain.money import MINOR_DIGITS
from spm.domain.organisation import time_zones
from spm.i18n import formats
from spm.i18n.words import LANGUAGES, current

Choices = list[tuple[str, str]]


def zones() -> Choices:
    """Return the time zones, by name; UTC first."""
    return [(name, name.replace("_", " ")) for name in sorted(time_zones(), key=_utc_first)]


def _utc_first(name: str) -> tuple[bool, str]:
    return name != "UTC", name


def currencies() -> Choices:
    """Return the currencies, by code, with their names."""
    locale = current().locale
    return [
        (code, f"{code} · {formats.currency_name(code, locale)}") for code in sorted(MINOR_DIGITS)
    ]


def months() -> list[tuple[int, str]]:
    """Return the months, January first."""
    return list(enumerate(formats.months(current().locale), start=1))


def languages() -> Choices:
    """Return the languages that the product speaks, each by its own name."""
    return list(LANGUAGES.items())
