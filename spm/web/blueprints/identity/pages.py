"""What the pages of signing in show."""

from dataclasses import dataclass

from spm.domain.identity import Purpose
from spm.web.blueprints.identity.forms import ChoosePasswordForm, SetUpForm, SignInForm


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The sign-in form."""

    form: SignInForm


@dataclass(frozen=True, slots=True)
class WelcomePage:
    """The form behind a one-time link.

    Attributes:
        purpose: An invitation or a new password.
        email: With what the person will sign in.
    """

    form: ChoosePasswordForm
    purpose: Purpose
    email: str


@dataclass(frozen=True, slots=True)
class SetUpPage:
    """The first set-up."""

    form: SetUpForm
