"""Forms about oneself."""

from spm.i18n.words import N_
from spm.web.fields import ChoiceField, Form, SecretField

THEME_WORDS = (("auto", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))


class ProfileForm(Form):
    """Language and theme."""

    locale = ChoiceField(N_("Language"), required=False, nothing=N_("As the browser"), choices=[])
    theme = ChoiceField(N_("Theme"), choices=[])


class PasswordForm(Form):
    """The present password and a new one."""

    present = SecretField(N_("Present password"), autocomplete="current-password")
    password = SecretField(
        N_("New password"),
        hint=N_("At least 12 characters; a few words of your own do well."),
        autocomplete="new-password",
    )
