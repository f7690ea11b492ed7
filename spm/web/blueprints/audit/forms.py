"""The form that narrows the audit log."""

from spm.i18n.words import N_
from spm.web.fields import ChoiceField, DateField, Form, IdField


class AuditForm(Form):
    """Which acts."""

    class Meta:
        """A question needs no protection against forgery."""

        csrf = False

    act = ChoiceField(N_("Act"), required=False, nothing=N_("All"))
    actor = IdField(N_("Who"), required=False, nothing=N_("Everybody"))
    person = IdField(N_("About whom"), required=False, nothing=N_("Everybody"))
    start = DateField(N_("From"), required=False)
    end = DateField(N_("To"), required=False)
