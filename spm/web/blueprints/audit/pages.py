"""What the page of the audit log shows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from spm.domain.organisation import LinkKind
from spm.i18n import formats
from spm.i18n.labels import label
from spm.i18n.words import N_, gettext
from spm.queries.audit import AuditEntry
from spm.web.blueprints.audit.forms import AuditForm
from spm.web.rendering import current_viewer

KINDS: Mapping[str, str] = {
    "organisation": N_("Organisation"),
    "holiday": N_("Holiday"),
    "person": N_("Person"),
    "team": N_("Team"),
    "move": N_("Proposed move"),
    "office": N_("Office"),
    "region": N_("Region"),
    "territory": N_("Territory"),
    "pipeline": N_("Pipeline"),
    "account": N_("Account"),
    "product": N_("Product"),
    "deal": N_("Deal"),
    "goal": N_("Goal"),
    "kpi": N_("KPI"),
    "target": N_("Target"),
    "pack": N_("Review pack"),
    "import": N_("Import"),
}
"""Kinds of things, as the log names them."""

FIELDS: Mapping[str, str] = {
    "name": N_("name"),
    "email": N_("e-mail address"),
    "title": N_("job title"),
    "role": N_("role"),
    "roles": N_("roles"),
    "proposed": N_("proposed role"),
    "by": N_("by"),
    "from": N_("from"),
    "spans": N_("belongs"),
    "parent": N_("belongs to"),
    "region": N_("region"),
    "country": N_("country"),
    "time_zone": N_("time zone"),
    "currency": N_("currency"),
    "fiscal_start": N_("fiscal year begins in month"),
    "locale": N_("language"),
    "theme": N_("theme"),
    "left_on": N_("first day away"),
    "is_disabled": N_("barred from signing in"),
    "sessions": N_("sessions ended"),
    "purpose": N_("link for"),
    "administrator": N_("administrator"),
    "stage": N_("stage"),
    "amount": N_("amount"),
    "lines": N_("lines"),
    "owner": N_("owner"),
    "reason": N_("reason"),
    "value": N_("value"),
    "state": N_("state"),
    "number": N_("number"),
    "period": N_("period"),
    "as_of": N_("as of"),
    "digest": N_("digest"),
    "supersedes": N_("replaces"),
    "language": N_("language"),
    "paper": N_("paper"),
    "description": N_("description"),
    "rationale": N_("rationale"),
    "revision": N_("revision"),
    "is_active": N_("in use"),
    "account": N_("account"),
    "product": N_("product"),
    "territory": N_("territory"),
    "next_step": N_("next step"),
    "lead_source": N_("source"),
    "loss_reason": N_("why it was lost"),
    "loss_notes": N_("what to learn from it"),
    "expected_close_on": N_("expected close"),
    "on": N_("on"),
    "forbidden_views": N_("reads that it would have forbidden"),
}
"""Fields, as the log names them; another one is shown by its name."""


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
    found = (
        Change(
            gettext(FIELDS[name]) if name in FIELDS else name.replace("_", " "),
            written(entry.before.get(name), names),
            written(entry.after.get(name), names),
        )
        for name in fields
    )
    return tuple(change for change in found if change.before or change.after)


def thing_of(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Return what an act was done to: its present name, else what kind of thing and which."""
    kind, _colon, which = entry.thing.partition(":")
    if entry.thing in names:
        return names[entry.thing]
    if kind in set(LinkKind):
        return label(LinkKind(kind))
    return f"{gettext(KINDS[kind])} {which}" if kind in KINDS else entry.thing


def written(value: object, names: Mapping[str, str]) -> str:
    """Return a logged value as text."""
    match value:
        case None:
            return ""
        case bool():
            return gettext("yes") if value else gettext("no")
        case str():
            return names.get(value) or _plain(value)
        case {"start_on": start, "end_on": end, **where}:
            days = f"{start or gettext('always')} \u2013 {end or gettext('open')}"
            return f"{written(list(where.values()), names)} ({days})"
        case Mapping():
            known = ((key, written(inner, names)) for key, inner in value.items())
            return " · ".join(f"{key.replace('_', ' ')} {said}" for key, said in known if said)
        case list() | tuple():
            return "; ".join(written(inner, names) for inner in value)
        case _:
            return str(value)


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(_DATE.pattern + r"T[0-9:.]+(?:\+00:00|Z)", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
SHOWN_OF_DIGEST = 12
"""As many characters tell two files apart; the log keeps all."""


def _plain(text: str) -> str:
    """Return a text of the log as people write it: dates, instants, the beginning of a digest."""
    viewer = current_viewer()
    if _DIGEST.fullmatch(text):
        return f"{text[:SHOWN_OF_DIGEST]}…"
    try:
        if _DATE.fullmatch(text):
            return formats.date(date.fromisoformat(text), viewer.locale)
        if _INSTANT.fullmatch(text):
            return formats.datetime(datetime.fromisoformat(text), viewer.zone, viewer.locale)
    except ValueError:
        return text
    return text
