"""What the page about oneself shows."""

from dataclasses import dataclass

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
