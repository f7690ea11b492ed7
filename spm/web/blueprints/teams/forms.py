"""Forms about teams."""

from spm.i18n.words import N_
from spm.web.fields import DateField, Form, IdField, LineField


class TeamForm(Form):
    """A name and a place in the tree."""

    name = LineField(N_("Name"), max_length=120)
    parent = IdField(
        N_("Belongs to"),
        required=False,
        nothing=N_("Nothing: it stands at the top"),
        hint=N_("The tree has no dates: a team that moves takes its whole past with it."),
    )


class JoinForm(Form):
    """Who comes, and from which day on."""

    person = IdField(N_("Person"))
    day = DateField(N_("From"))


class DayForm(Form):
    """A day."""

    day = DateField(N_("From"))
