"""People: who they are, and that they left."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.access import Permission, Role, Subject
from spm.domain.errors import NotFound
from spm.domain.ids import PersonId
from spm.domain.organisation import (
    THEMES,
    EmailTaken,
    LastAdministrator,
    LocaleUnknown,
    NameMissing,
    check_locale,
    clean_email,
)
from spm.domain.text import clean_line, fold
from spm.models.identity import CredentialRow
from spm.models.organisation import PersonRow, RoleGrantRow
from spm.queries.organisation.people import is_here
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work

NAME_LENGTH = 200
TITLE_LENGTH = 120


def add_person(work: Work, *, name: str, email: str = "", title: str = "") -> PersonId:
    """Add a person; without an e-mail address they are measured but cannot sign in.

    Raises:
        Forbidden: The actor may not.
        NameMissing, EmailUnfit, EmailTaken: The texts do not hold.
    """
    work.require(Permission.PEOPLE_EDIT)
    facts = _facts(name, email, title)
    row = PersonRow(created_at=work.now, theme="auto")
    _keep(work, row, facts)
    work.session.add(row)
    work.session.flush()
    person_id = PersonId(row.id)
    work.record(Permission.PEOPLE_EDIT, f"person:{row.id}", person_id=person_id, after=facts)
    return person_id


def edit_person(
    work: Work, person_id: PersonId, *, name: str, email: str, title: str, version: int | None
) -> None:
    """Change what a person is called and how they are reached.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such person.
        StaleEdit: Somebody changed them since ``version`` was shown.
        NameMissing, EmailUnfit, EmailTaken: The texts do not hold.
    """
    work.require(Permission.PEOPLE_EDIT, Subject(owner_id=person_id))
    row = lock_person(work, person_id)
    before = {"name": row.name, "email": row.email or "", "title": row.title}
    facts = _facts(name, email, title)
    work.expect_version(row, version, theirs=before, yours=facts)
    _keep(work, row, facts)
    work.session.flush()
    work.record_change(
        Permission.PEOPLE_EDIT,
        f"person:{person_id}",
        person_id=person_id,
        before=before,
        after=facts,
    )


def edit_profile(work: Work, *, locale: str | None, theme: str) -> None:
    """Keep the actor's own language (None: the browser's) and theme.

    Raises:
        Forbidden: Nobody is signed in.
        LocaleUnknown: The product does not speak it, or has no such theme.
    """
    person_id = work.actor.person_id
    work.require(Permission.PROFILE_EDIT, Subject(owner_id=person_id))
    row = lock_person(work, person_id or PersonId(0))
    if locale is not None:
        check_locale(locale)
    if theme not in THEMES:
        raise LocaleUnknown(field="theme", locale=theme)
    before = {"locale": row.locale, "theme": row.theme}
    after = {"locale": locale, "theme": theme}
    row.locale, row.theme = locale, theme
    work.session.flush()
    work.record_change(
        Permission.PROFILE_EDIT,
        f"person:{row.id}",
        person_id=person_id,
        before=before,
        after=after,
    )


def set_leaving(work: Work, person_id: PersonId, left_on: date | None) -> None:
    """Keep the first day on which a person is no longer here; None: they stay, or are back.

    Their sessions end with that day by themselves. Memberships, lines and deals stay as they are: what
    happened keeps its place, and what is theirs now is handed on by whoever leads them.

    Raises:
        Forbidden: The actor may not, or it is himself.
        NotFound: There is no such person.
        LastAdministrator: Nobody else could let people in.
    """
    work.require(Permission.PEOPLE_DISABLE, Subject(owner_id=person_id))
    lock_organisation(work)
    row = lock_person(work, person_id)
    if row.left_on == left_on:
        return
    if left_on is not None:
        keep_an_administrator(work, person_id)
    before, row.left_on = row.left_on, left_on
    work.session.flush()
    work.record(
        Permission.PEOPLE_DISABLE,
        f"person:{person_id}",
        person_id=person_id,
        before={"left_on": before and before.isoformat()},
        after={"left_on": left_on and left_on.isoformat()},
    )


def lock_person(work: Work, person_id: PersonId) -> PersonRow:
    """Return a person's row, locked until the unit ends.

    Raises:
        NotFound: There is no such person.
    """
    row = work.session.scalar(
        select(PersonRow).where(PersonRow.id == person_id).with_for_update(**LOCK)
    )
    if row is None:
        raise NotFound(what="person", id=person_id)
    return row


def keep_an_administrator(work: Work, without: PersonId) -> None:
    """Let pass what takes a person's administration away, while somebody else has it.

    The caller has locked the organisation before the person: two who go at once would each see the
    other stay.

    Raises:
        LastAdministrator: The person is the only administrator who can sign in.
    """
    administrators = set(
        work.session.scalars(
            select(RoleGrantRow.person_id)
            .join(PersonRow, PersonRow.id == RoleGrantRow.person_id)
            .join(CredentialRow, CredentialRow.person_id == RoleGrantRow.person_id)
            .where(
                RoleGrantRow.role == Role.ADMINISTRATOR.value,
                CredentialRow.is_disabled.is_(False),
                is_here(work.today),
            )
        )
    )
    if administrators == {without} and not work.actor.is_console:
        raise LastAdministrator


def _facts(name: str, email: str, title: str) -> dict[str, str]:
    clean = clean_line(name, NAME_LENGTH, "name")
    if not clean:
        raise NameMissing(field="name")
    return {
        "name": clean,
        "email": clean_email(email) if email.strip() else "",
        "title": clean_line(title, TITLE_LENGTH, "title"),
    }


def _keep(work: Work, row: PersonRow, facts: Mapping[str, str]) -> None:
    email = facts["email"]
    if email:
        taken = work.session.scalar(select(PersonRow.id).where(PersonRow.email_key == fold(email)))
        if taken is not None and taken != row.id:
            raise EmailTaken(field="email", email=email)
    row.name, row.name_key = facts["name"], fold(facts["name"])
    row.email, row.email_key = (email, fold(email)) if email else (None, None)
    row.title = facts["title"]
