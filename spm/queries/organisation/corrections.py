"""Back-dated corrections of reporting lines, and what was read meanwhile that they would have forbidden.

A correction acts at once; what somebody took away before it cannot be taken back, only named (access.md,
M1). Named are the reads that are logged: packs that were handed out, and lists of deals that were exported.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, Subject, may
from spm.domain.ids import AuditId, PersonId
from spm.domain.organisation import Line, LinkKind, Organisation, Span, people_below
from spm.domain.period import EVER
from spm.models.audit import AuditEntryRow
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.links import lines

READS = (Permission.PACKS_VIEW, Permission.DEALS_VIEW)
"""Acts of the log that let something leave the product."""
FORBIDDEN = "forbidden_views"
"""Where the entry of a correction names them."""


@dataclass(frozen=True, slots=True)
class ForbiddenView:
    """A read that would not have been allowed.

    Attributes:
        act: The permission under which it was done.
        thing: What was read, as ``kind:id``.
        people: Whose things it held that the reader had no right to.
    """

    entry_id: AuditId
    at: datetime
    actor_id: PersonId
    actor: str
    act: str
    thing: str
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A back-dated change of whom somebody reports to.

    Attributes:
        since: The first day that it changed; None: it always held.
        views: What the log says of each read that it would have forbidden, oldest first.
    """

    id: AuditId
    at: datetime
    by: str
    since: date | None
    views: tuple[Mapping[str, Any], ...]


def views_forbidden_by(
    session: Session,
    organisation: Organisation,
    person_id: PersonId,
    before: Sequence[Span],
    since: date,
    now: datetime,
) -> tuple[ForbiddenView, ...]:
    """Return the logged reads since a day that the new lines, which are written by now, forbid.

    A read counts where its reader led the person, or the one below the person whom it was about,
    by the old lines of its day, and has no right to it by the new ones.

    Args:
        session: Where to read; holds the new lines.
        organisation: Whose zone says on which day something was read.
        person_id: Whose manager was corrected.
        before: To whom the person reported until now.
        since: The day from which on that was wrong.
        now: Until when to look.
    """
    new = lines(session)
    old = [line for line in new if line.person_id != person_id]
    old += [
        Line(person_id, PersonId(span.target_id), span.start_on, span.end_on) for span in before
    ]
    judge = _Judge(session, person_id, old, new)
    conditions = [
        AuditEntryRow.act.in_([act.value for act in READS]),
        AuditEntryRow.actor_id.is_not(None),
        AuditEntryRow.at <= now,
    ]
    if since > EVER:
        conditions.append(AuditEntryRow.at >= organisation.start_of(since))
    rows = session.scalars(select(AuditEntryRow).where(*conditions).order_by(AuditEntryRow.id))
    found = []
    for row in rows:
        day = organisation.business_date(row.at)
        people = judge.forbidden(row, day)
        if people:
            found.append(
                ForbiddenView(
                    AuditId(row.id),
                    row.at,
                    PersonId(row.actor_id or 0),
                    row.actor_name,
                    row.act,
                    row.object,
                    people,
                )
            )
    return tuple(found)


class _Judge:
    """Says of a read whether the old lines allowed it and the new ones do not; remembers days."""

    def __init__(
        self, session: Session, person_id: PersonId, old: Collection[Line], new: Collection[Line]
    ) -> None:
        self._session = session
        self._person_id = person_id
        self._old = old
        self._new = new
        self._actors: dict[tuple[int, date], Actor] = {}
        self._led: dict[tuple[int, date], frozenset[PersonId]] = {}
        self._moved: dict[date, frozenset[PersonId]] = {}

    def forbidden(self, row: AuditEntryRow, day: date) -> tuple[PersonId, ...]:
        """Return whom the read was about to whom the reader has no right by the new lines."""
        reader = row.actor_id
        if reader is None:
            return ()
        about = {row.person_id} if row.person_id else set(row.after.get("people", ()))
        about &= self._were_moved(day) & self._were_led(reader, day)
        if not about:
            return ()
        actor, act = self._actor(reader, day), Permission(row.act)
        return tuple(
            PersonId(one)
            for one in sorted(about)
            if not may(actor, act, Subject(owner_id=PersonId(one)))
        )

    def _were_moved(self, day: date) -> frozenset[PersonId]:
        """Return the person and everybody below."""
        if day not in self._moved:
            below = people_below(_on(self._new, day), self._person_id)
            self._moved[day] = below | {self._person_id}
        return self._moved[day]

    def _were_led(self, reader: int, day: date) -> frozenset[PersonId]:
        if (reader, day) not in self._led:
            self._led[reader, day] = people_below(_on(self._old, day), reader)
        return self._led[reader, day]

    def _actor(self, reader: int, day: date) -> Actor:
        if (reader, day) not in self._actors:
            self._actors[reader, day] = get_actor(self._session, PersonId(reader), day)
        return self._actors[reader, day]


def _on(known: Collection[Line], day: date) -> list[tuple[int, int]]:
    return [
        (line.manager_id, line.person_id) for line in known if line.start_on <= day < line.end_on
    ]


def corrections_of(session: Session, actor: Actor, person_id: PersonId) -> tuple[Correction, ...]:
    """Return the back-dated corrections of a person's line, newest first.

    Whoever reads the audit log sees all of them, anybody else those that he made himself.
    """
    asked = (
        select(AuditEntryRow)
        .where(
            AuditEntryRow.object == f"{LinkKind.LINE.value}:{person_id}",
            AuditEntryRow.act == Permission.PEOPLE_MOVE.value,
        )
        .order_by(AuditEntryRow.id.desc())
    )
    if not may(actor, Permission.AUDIT_VIEW):
        asked = asked.where(AuditEntryRow.actor_id == actor.person_id)
    return tuple(
        Correction(
            AuditId(row.id),
            row.at,
            row.actor_name,
            _day(row.after.get("from")),
            tuple(row.after[FORBIDDEN]),
        )
        for row in session.scalars(asked)
        if FORBIDDEN in row.after
    )


def _day(said: str | None) -> date | None:
    day = None if said is None else date.fromisoformat(said)
    return None if day == EVER else day
