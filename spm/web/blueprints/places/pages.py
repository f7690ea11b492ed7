"""What the page of places shows."""

from dataclasses import dataclass

from spm.queries.organisation.places import Office, Region, Territory
from spm.web.fields import Form


@dataclass(frozen=True, slots=True)
class PlacesPage:
    """All places, with how many people work there today."""

    offices: tuple[Office, ...]
    regions: tuple[Region, ...]
    territories: tuple[Territory, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class PlaceFormPage:
    """A form about a place; ``name`` is empty while it is new."""

    form: Form
    title: str
    words: str
    name: str = ""
