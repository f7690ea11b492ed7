"""What every use case is given: a session, an actor, an instant and the organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from spm.domain.access import NOTHING, Actor, Permission, Subject, may
from spm.domain.errors import Conflict, Forbidden
from spm.domain.ids import AuditId, PersonId
from spm.domain.organisation import Organisation
from spm.models.audit import AuditEntryRow

WRITTEN: Final = "spm_audit_entries"
"""Key of ``Session.info``: ids of the entries that this transaction has written, to be bound to the
chain at its commit (``spm.services.audit``)."""


class StaleEdit(Conflict):
    """Somebody else changed the thing since this form was filled.

    ``theirs`` and ``yours`` are the texts, field by field, so that nothing is lost.
    """

    code = "stale-edit"

    def __init__(self, *, theirs: Mapping[str, object], yours: Mapping[str, object]) -> None:
        super().__init__(theirs=dict(theirs), yours=dict(yours))


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work; whoever made it commits it."""

    session: Session
    actor: Actor
    now: datetime
    organisation: Organisation
    request_id: str = ""

    @property
    def today(self) -> date:
        """The business date of now."""
        return self.organisation.business_date(self.now)

    def require(self, permission: Permission, subject: Subject = NOTHING) -> None:
        """Let pass only who may.

        Raises:
            Forbidden: The actor lacks ``permission`` over ``subject``.
        """
        if not may(self.actor, permission, subject):
            raise Forbidden(permission=permission.value)

    def expect_version(
        self,
        row: Any,
        version: int | None,
        *,
        theirs: Mapping[str, object],
        yours: Mapping[str, object],
    ) -> None:
        """Refuse an edit that was made on an older text.

        ``row`` has been locked (``with_for_update``); ``version`` is the one in the form, None where
        nobody was shown one.

        Raises:
            StaleEdit: The row has changed since; carries both texts.
        """
        if version is not None and row.version != version:
            raise StaleEdit(theirs=theirs, yours=yours)

    def record(
        self,
        act: Permission,
        thing: str,
        *,
        person_id: PersonId | None = None,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> AuditId:
        """Write what was done to the audit log, in the same transaction.

        Args:
            act: The permission under which it was done.
            thing: What it was done to, as ``kind:id``.
            person_id: Whom it is about, if it is about somebody.
            before: What changed, as it was; values that JSON can hold (money and dates as text).
            after: The same as it is now.

        Returns:
            The entry's id, for rows that refer to their act.
        """
        entry = AuditEntryRow(
            at=self.now,
            actor_id=self.actor.person_id,
            actor_name=self.actor.name,
            act=act.value,
            object=thing,
            person_id=person_id,
            before=dict(before or {}),
            after=dict(after or {}),
            request_id=self.request_id,
        )
        self.session.add(entry)
        self.session.flush([entry])
        self.session.info.setdefault(WRITTEN, set()).add(entry.id)
        return AuditId(entry.id)

    def record_change(
        self,
        act: Permission,
        thing: str,
        *,
        person_id: PersonId | None = None,
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> None:
        """Write an edit to the audit log: of ``before`` and ``after`` only what differs.

        An edit that changes nothing leaves no entry. The arguments are those of ``record``.
        """
        changed = [name for name in after if name not in before or before[name] != after[name]]
        if changed:
            self.record(
                act,
                thing,
                person_id=person_id,
                before={name: before[name] for name in changed if name in before},
                after={name: after[name] for name in changed},
            )
