"""What the pages about people show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from spm.domain.access import Permission, Role
from spm.domain.identity import AccountState, Purpose
from spm.domain.organisation import Person
from spm.i18n.words import gettext
from spm.queries.audit import names_of
from spm.queries.moves import NamedMove
from spm.queries.organisation.corrections import corrections_of
from spm.queries.organisation.links import Link
from spm.queries.organisation.people import DirectoryLine, Proposal
from spm.queries.paging import Page
from spm.services.work import Work
from spm.web.blueprints.people.forms import DirectoryForm, RoleForm
from spm.web.fields import Form


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """The directory.

    Attributes:
        is_narrowed: Something was searched for.
        sees_roles: The reader may know who has which role.
        may_add: The reader may add people.
        is_alone: Nobody is here but the reader: an empty installation.
    """

    form: DirectoryForm
    people: Page[DirectoryLine]
    is_narrowed: bool
    sees_roles: bool
    may_add: bool
    may_import: bool
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """A dated fact as the page shows it; ``state`` is ``now``, ``past`` or ``planned``."""

    link: Link
    state: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader may do to this person."""

    edit: bool
    move: bool
    propose: bool
    corrections: bool
    invite: bool
    disable: bool
    roles: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person.

    Attributes:
        current: What holds today, one line a kind, several territories and teams led.
        history: Everything that ever held or is planned, newest first; None: not the reader's to see,
            nor are roles, account and a day of leaving to come.
        account: None: not the reader's to see.
        proposals: Roles that wait for a second administrator.
        own_id: The reader's id.
        has_scorecard: The person has figures that the reader may see.
        waiting: A proposal to move the person that waits; None where the reader may not know.
    """

    person: Person
    is_gone: bool
    roles: tuple[Role, ...]
    current: tuple[Holding, ...]
    history: tuple[Holding, ...] | None
    account: AccountState | None
    proposals: tuple[Proposal, ...]
    rights: Rights
    role_form: RoleForm
    own_id: int
    has_scorecard: bool
    waiting: NamedMove | None


@dataclass(frozen=True, slots=True)
class PersonFormPage:
    """A form about a person.

    Attributes:
        title: What the form does, in English, to be spoken.
        person: None while the person is new.
        words: On the button.
        said: A sentence above the form.
    """

    form: Form
    title: str
    words: str
    person: Person | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A one-time link, shown once.

    Attributes:
        url: What the person opens.
    """

    person: Person
    purpose: Purpose
    url: str


def holding(link: Link, today: date) -> Holding:
    """Return a fact as the page shows it."""
    state = "past" if link.end_on <= today else "planned" if link.start_on > today else "now"
    return Holding(link, state)


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A read that a correction would have forbidden: when, by whom, what, about whom."""

    at: datetime
    who: str
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A back-dated correction; ``since`` is None where it reaches back to the beginning."""

    at: datetime
    by: str
    since: date | None
    views: tuple[ViewLine, ...]


@dataclass(frozen=True, slots=True)
class CorrectionsPage:
    """The corrections of a person's line that the reader may see, newest first."""

    person: Person
    lines: tuple[CorrectionLine, ...]


def corrections_page(work: Work, person: Person) -> CorrectionsPage:
    """Return the page of corrections of a person's line."""
    found = corrections_of(work.session, work.actor, person.id)
    things = [
        thing for one in found for view in one.views for thing in (view["who"], *view["about"])
    ]
    names = names_of(work.session, things)

    def line(view: Mapping[str, Any]) -> ViewLine:
        about = ", ".join(names.get(one, one) for one in view["about"])
        number = view["thing"].partition(":")[2]
        is_pack = view["act"] == Permission.PACKS_VIEW.value
        what = gettext("Review pack %(number)s", number=number) if is_pack else gettext("Deals")
        at = datetime.fromisoformat(view["at"])
        return ViewLine(at, names.get(view["who"], view["who"]), what, about)

    return CorrectionsPage(
        person,
        tuple(
            CorrectionLine(one.at, one.by, one.since, tuple(map(line, one.views))) for one in found
        ),
    )
