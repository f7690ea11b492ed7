"""Forms of signing in and of the first set-up."""

from wtforms import HiddenField

from spm.i18n.words import N_
from spm.web.fields import BoolField, ChoiceField, Form, LineField, SecretField


class SignInForm(Form):
    """An address, a password, and where to go then."""

    email = LineField(N_("E-mail address"), max_length=254, autocomplete="username")
    password = SecretField(N_("Password"), autocomplete="current-password")
    next = HiddenField()


class ChoosePasswordForm(Form):
    """A password, chosen with a one-time link."""

    password = SecretField(
        N_("New password"),
        hint=N_("At least 12 characters; a few words of your own do well."),
        autocomplete="new-password",
    )


class SetUpForm(Form):
    """The organisation and its first administrator."""

    token = LineField(
        N_("Set-up code"), hint=N_("The server printed it at its start."), max_length=100
    )
    organisation = LineField(N_("Organisation"), max_length=200)
    time_zone = ChoiceField(N_("Time zone"), hint=N_("A business day starts at midnight there."))
    currency_code = ChoiceField(N_("Currency"), hint=N_("Of targets and of figures as a whole."))
    fiscal_month = ChoiceField(N_("Fiscal year begins in"), coerce=int)
    locale = ChoiceField(N_("Language"), hint=N_("Each person can choose another one."))
    name = LineField(N_("Your name"), max_length=200, autocomplete="name")
    email = LineField(N_("Your e-mail address"), max_length=254, autocomplete="username")
    password = SecretField(
        N_("Your password"),
        hint=N_("At least 12 characters; a few words of your own do well."),
        autocomplete="new-password",
    )
    is_operations = BoolField(
        N_("I also run sales operations"),
        hint=N_("Import data and shape pipelines; an administrator alone reads no sales data."),
    )
