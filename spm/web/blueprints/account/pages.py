"""What the page about oneself shows."""

from dataclasses import dataclass, replace

from spm.domain.access import Role
from spm.domain.organisation import Person
from spm.queries.identity import OwnSession
from spm.web.blueprints.account.forms import PasswordForm, ProfileForm


@dataclass(frozen=True, slots=True)
class MePage:
    """The signed-in person's own account.

    Attributes:
        sessions: Those that live, the last used first.
    """

    person: Person
    roles: tuple[Role, ...]
    sessions: tuple[OwnSession, ...]
    profile: ProfileForm
    password: PasswordForm


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def readable(session: OwnSession) -> OwnSession:
    """Return a session whose browser a person can recognise: ``Firefox · Windows``."""
    said = session.browser
    parts = [
        next((name for mark, name in marks if mark in said), "") for marks in (_BROWSERS, _SYSTEMS)
    ]
    return replace(session, browser=" · ".join(filter(None, parts)) or said[:60] or "\u2013")
