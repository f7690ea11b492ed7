"""What the page of the audit log shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from spm.queries.audit import AuditEntry
from spm.web.blueprints.audit.forms import AuditForm


@dataclass(frozen=True, slots=True)
class Change:
    """A field of the thing, before and after, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act, ready to be read.

    Attributes:
        act: Its words.
        thing: What it was done to: its present name where it has one.
        changes: What changed.
    """

    at: datetime
    actor: str
    act: str
    thing: str
    person: str | None
    person_id: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log."""

    form: AuditForm
    lines: tuple[AuditLine, ...]
    number: int
    pages: int
    total: int


def references(entry: AuditEntry) -> Iterator[str]:
    """Yield every text of an entry that may be a thing such as ``team:3``."""
    yield entry.thing
    for side in (entry.before, entry.after):
        yield from _texts(side)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)


def changes_of(entry: AuditEntry, names: Mapping[str, str]) -> tuple[Change, ...]:
    """Return what an act changed, with the present names of the things that it mentions."""
    fields = dict.fromkeys((*entry.before, *entry.after))
    return tuple(
        Change(
            name.replace("_", " "),
            written(entry.before.get(name), names),
            written(entry.after.get(name), names),
        )
        for name in fields
    )


def written(value: object, names: Mapping[str, str]) -> str:
    """Return a logged value as text."""
    match value:
        case None:
            return ""
        case str():
            return names.get(value, value)
        case Mapping():
            known = ((key, written(inner, names)) for key, inner in value.items())
            return " · ".join(f"{key.replace('_', ' ')} {said}" for key, said in known if said)
        case list() | tuple():
            return "; ".join(written(inner, names) for inner in value)
        case _:
            return str(value)
