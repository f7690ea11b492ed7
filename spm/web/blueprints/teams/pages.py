"""What the pages about teams show."""

from dataclasses import dataclass

from spm.queries.organisation.links import Link
from spm.queries.organisation.teams import Branch, Team
from spm.web.fields import Form


@dataclass(frozen=True, slots=True)
class TreePage:
    """All teams."""

    branches: tuple[Branch, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One team as it is today.

    Attributes:
        below: The teams right below it.
        coming: Memberships and heads that start later.
        has_scorecard: The reader may see the team's figures.
    """

    team: Team
    parent: Team | None
    below: tuple[Team, ...]
    heads: tuple[Link, ...]
    members: tuple[Link, ...]
    coming: tuple[Link, ...]
    may_edit: bool
    has_scorecard: bool
    own_id: int


@dataclass(frozen=True, slots=True)
class TeamFormPage:
    """A form about a team; ``team`` is None while it is new."""

    form: Form
    title: str
    words: str
    team: Team | None = None
