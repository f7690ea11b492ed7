"""Forms about people."""

from wtforms import HiddenField

from spm.domain.access import Role
from spm.i18n.labels import label
from spm.i18n.words import N_
from spm.web.fields import (
    BoolField,
    ChoiceField,
    ChoicesField,
    DateField,
    Form,
    IdField,
    LineField,
)


def role_choices() -> list[tuple[str, str]]:
    """Return all roles with their words."""
    return [(role.value, label(role)) for role in Role]


class DirectoryForm(Form):
    """What narrows the directory."""

    class Meta:
        """A question needs no protection against forgery."""

        csrf = False

    search = LineField(N_("Name or title"), required=False, max_length=100)
    team = IdField(N_("Team"), required=False, nothing=N_("All"))
    office = IdField(N_("Office"), required=False, nothing=N_("All"))
    role = ChoiceField(N_("Role"), required=False, nothing=N_("All"))
    left = BoolField(N_("With those who have left"))


class PersonForm(Form):
    """What a person is called and how they are reached."""

    name = LineField(N_("Name"), max_length=200)
    email = LineField(
        N_("E-mail address"),
        required=False,
        max_length=254,
        hint=N_("Without one the person is measured but cannot sign in."),
    )
    title = LineField(N_("Job title"), required=False, max_length=120)


class NewPersonForm(PersonForm):
    """A person with a first place."""

    team = IdField(N_("Team"), required=False)
    manager = IdField(N_("Manager"), required=False)
    office = IdField(N_("Office"), required=False)
    since = DateField(N_("Since"), hint=N_("From when team, manager and office hold."))
    roles = ChoicesField(
        N_("Roles"), hint=N_("Administrator and auditor wait for a second administrator.")
    )


class MoveForm(Form):
    """To where, and from which day on."""

    target = IdField(N_("New"), required=False, nothing=N_("None"))
    day = DateField(
        N_("From"),
        hint=N_(
            "Holds from the start of this day until the next change that is already known. "
            "What was before stays in the history."
        ),
    )


class DayForm(Form):
    """A day."""

    day = DateField(N_("From"))


class LeavingForm(Form):
    """The first day on which a person is no longer here."""

    left_on = DateField(
        N_("First day away"),
        required=False,
        hint=N_("From this day on the person cannot sign in. Empty: the person stays."),
    )


class RoleForm(Form):
    """A role."""

    role = ChoiceField(N_("Role"))


class HiddenRoleForm(Form):
    """A role behind a button."""

    role = HiddenField()
