"""Words for every enumeration, permission and error code.

The words themselves stand in ``spm.i18n.tables``, one module a feature; a house test proves
that no member and no code is without.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import ModuleType

from spm.domain.errors import SpmError
from spm.domain.money import Money
from spm.i18n import formats
from spm.i18n.tables import (
    access,
    analytics,
    audit,
    backups,
    intake,
    jobs,
    metrics,
    organisation,
    packs,
    pipeline,
    targets,
)
from spm.i18n.words import N_, Words, current

TABLES: tuple[ModuleType, ...] = (
    access,
    jobs,
    organisation,
    pipeline,
    metrics,
    targets,
    analytics,
    audit,
    packs,
    intake,
    backups,
)

GENERAL: Mapping[str, str] = {
    "error": N_("Something is not as it should be."),
    "invalid": N_("This cannot be accepted as it is."),
    "not-found": N_("There is no such thing, or none that you may see."),
    "forbidden": N_("You may see this but not do that."),
    "conflict": N_("This is not in a state that allows that."),
    "database.driver-missing": N_(
        "The driver %(driver)s is not installed; PostgreSQL’s is psycopg (postgresql+psycopg://…)."
    ),
    "database.unknown": N_(
        "SPM_DATABASE_URL is no address of a database: sqlite:////path/to/file or "
        "postgresql+psycopg://user@host/name."
    ),
    "database.unreachable": N_("The database cannot be opened: %(reason)s."),
    "database.too-new": N_(
        "The database was written by a later release (%(revision)s); install that, or a later one."
    ),
    "demo.not-empty": N_("The database holds data; the demo company needs one of its own."),
}
"""The words of the base classes, spoken where nothing more exact is known."""


def label(value: Enum, words: Words | None = None) -> str:
    """Return the words for a member of an enumeration; its value where none are known."""
    spoken = words or current()
    for table in TABLES:
        said = table.ENUMS.get(type(value), {}).get(value)
        if said is not None:
            return spoken.gettext(said)
    return str(value.value)


def remark(value: Enum, facts: Mapping[str, object], words: Words | None = None) -> str:
    """Return the words for a member of an enumeration, its blanks filled with facts."""
    spoken = words or current()
    return label(value, spoken) % _Blanks(facts, spoken)


def message_of(code: str) -> str | None:
    """Return the English sentence of an error code; None where there is none."""
    for table in TABLES:
        if code in table.ERRORS:
            said: str = table.ERRORS[code]
            return said
    return GENERAL.get(code)


def problem(error: SpmError, words: Words | None = None) -> str:
    """Return what an error says to the person: its code's sentence, the facts filled in.

    A code without words speaks with those of its nearest base class that has some.
    """
    spoken = words or current()
    for code in _codes(error):
        said = message_of(code)
        if said is not None:
            return spoken.gettext(said) % _Blanks(error.facts, spoken)
    return spoken.gettext(GENERAL["error"])


def _codes(error: SpmError) -> Iterator[str]:
    yield error.code
    for kind in type(error).__mro__:
        if issubclass(kind, SpmError):
            yield kind.code


class _Blanks(dict[str, str]):
    """The facts of an error as the locale writes them; a missing one is a dash."""

    def __init__(self, facts: Mapping[str, object], words: Words) -> None:
        super().__init__({name: _written(fact, words) for name, fact in facts.items()})

    def __missing__(self, _name: str) -> str:
        return formats.UNKNOWN


def _written(fact: object, words: Words) -> str:
    match fact:
        case Enum():
            return label(fact, words)
        case Money():
            return formats.money(fact, words.locale)
        case datetime():
            return fact.isoformat(timespec="minutes")
        case date():
            return formats.date(fact, words.locale)
        case bool():
            return str(fact)
        case int() | Decimal():
            return formats.number(fact, words.locale)
        case list() | tuple() | set() | frozenset():
            return ", ".join(_written(part, words) for part in fact)
        case _:
            return str(fact)
