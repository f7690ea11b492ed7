"""Forms about offices, regions and territories."""

from spm.i18n.words import N_
from spm.web.fields import Form, IdField, LineField


class RegionForm(Form):
    """A region."""

    name = LineField(N_("Name"), max_length=120)


class OfficeForm(Form):
    """An office."""

    name = LineField(N_("Name"), max_length=120)
    region = IdField(N_("Region"), required=False, nothing=N_("No region"))


class TerritoryForm(Form):
    """A territory."""

    name = LineField(N_("Name"), max_length=120)
    country = LineField(N_("Country"), required=False, max_length=120)
    parent = IdField(N_("Part of"), required=False, nothing=N_("Nothing above it"))
