"""Keeping views of the list of deals: saved, published to one's own team, dropped."""

from sqlalchemy import func, select

from spm.domain.access import Permission, Subject
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import TeamId, ViewId
from spm.domain.text import clean_line, fold
from spm.models.pipeline import SavedViewRow
from spm.queries.pipeline.views import own_teams
from spm.services.work import Work

NAME_LENGTH = 80
LONGEST_QUESTION = 2000
MOST = 100
"""So many views one person keeps, at most."""


class ViewNameEmpty(Invalid):
    """A view has no name."""

    code = "views.name-empty"


class ViewNameTaken(Invalid):
    """Another view of the same person is called ``name``."""

    code = "views.name-taken"


class TooManyViews(Invalid):
    """The person keeps ``most`` views already."""

    code = "views.too-many"


class QuestionTooLong(Invalid):
    """What the view asks is longer than is kept."""

    code = "views.question-too-long"


class TeamNotOwn(Invalid):
    """A view is published to a team that its owner belongs to or heads, to no other."""

    code = "views.team-not-own"


def save_view(work: Work, name: str, question: str, team_id: TeamId | None) -> ViewId:
    """Keep a list under a name, for oneself or for one's team.

    Raises:
        Forbidden: Nobody is there to keep it for.
        Invalid: The name is empty or taken, the team is not one's own, or there are too many.
    """
    owner_id = work.actor.person_id
    work.require(Permission.VIEWS_KEEP, Subject(owner_id=owner_id))
    clean = clean_line(name, NAME_LENGTH, "name")
    if not clean:
        raise ViewNameEmpty(field="name")
    if len(question) > LONGEST_QUESTION:
        raise QuestionTooLong
    if team_id is not None and team_id not in dict(own_teams(work.session, work.actor, work.today)):
        raise TeamNotOwn(field="team")
    own = select(func.count()).select_from(SavedViewRow).where(SavedViewRow.owner_id == owner_id)
    if (work.session.scalar(own) or 0) >= MOST:
        raise TooManyViews(most=MOST)
    if work.session.scalar(own.where(SavedViewRow.name_key == fold(clean))):
        raise ViewNameTaken(field="name", name=clean)
    row = SavedViewRow(
        owner_id=owner_id, name=clean, name_key=fold(clean), question=question, team_id=team_id
    )
    work.session.add(row)
    work.session.flush()
    work.record(
        Permission.VIEWS_KEEP,
        f"view:{row.id}",
        person_id=owner_id,
        after={"name": clean, "question": question, "team": team_id},
    )
    return ViewId(row.id)


def drop_view(work: Work, view_id: ViewId) -> str:
    """Drop a view of one's own; return its name.

    Raises:
        NotFound: There is no such view of the actor's.
    """
    row = work.session.get(SavedViewRow, view_id, with_for_update=True)
    if row is None or row.owner_id != work.actor.person_id:
        raise NotFound(what="view", id=view_id)
    work.record(
        Permission.VIEWS_KEEP,
        f"view:{row.id}",
        person_id=work.actor.person_id,
        before={"name": row.name, "question": row.question, "team": row.team_id},
    )
    work.session.delete(row)
    return row.name
