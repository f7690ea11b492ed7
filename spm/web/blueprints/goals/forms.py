"""Forms of company goals."""

from spm.i18n.words import N_
from spm.web.fields import BlockField, BoolField, Form, LineField


class GoalForm(Form):
    """What the company wants."""

    name = LineField(N_("Name"), max_length=200, hint=N_("What the company wants, in a few words."))
    description = BlockField(
        N_("Description"), max_length=4000, required=False, hint=N_("How one will know.")
    )
    is_active = BoolField(N_("In force"), default=True, hint=N_("KPIs can be linked to it."))
