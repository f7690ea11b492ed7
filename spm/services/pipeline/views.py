"""Keeping views of the list of deals: saved, published to one's own team, dropped."""

from sqlalchemy import func, select

from spm.adapters.database import LOCK
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
    clean = _clean(name)
    if len(question) > LONGEST_QUESTION:
        raise QuestionTooLong
    _check_team(work, team_id)
    own = select(func.count()).select_from(SavedViewRow).where(SavedViewRow.owner_id == owner_id)
    if (work.session.scalar(own) or 0) >= MOST:
        raise TooManyViews(most=MOST)
    _check_free(work, clean)
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


def rename_view(
    work: Work, view_id: ViewId, name: str, team_id: TeamId | None, *, version: int
) -> str:
    """Call a view of one's own otherwise, or keep it for others; return its name.

    Raises:
        NotFound: There is no such view of the actor's.
        StaleEdit: It was renamed since the form was filled.
        Invalid: The name is empty or taken, or the team is not one's own.
    """
    row = _locked(work, view_id)
    clean = _clean(name)
    before: dict[str, object] = {"name": row.name, "team": row.team_id}
    after: dict[str, object] = {"name": clean, "team": team_id}
    work.expect_version(row, version, theirs=before, yours=after)
    if team_id != row.team_id:
        _check_team(work, team_id)
    if fold(clean) != row.name_key:
        _check_free(work, clean)
    if before == after:
        return clean
    row.name, row.name_key, row.team_id = clean, fold(clean), team_id
    work.session.flush()
    changed = [key for key in after if before[key] != after[key]]
    work.record(
        Permission.VIEWS_KEEP,
        f"view:{row.id}",
        person_id=work.actor.person_id,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return clean


def drop_view(work: Work, view_id: ViewId) -> str:
    """Drop a view of one's own; return its name.

    Raises:
        NotFound: There is no such view of the actor's.
    """
    row = _locked(work, view_id)
    work.record(
        Permission.VIEWS_KEEP,
        f"view:{row.id}",
        person_id=work.actor.person_id,
        before={"name": row.name, "question": row.question, "team": row.team_id},
    )
    work.session.delete(row)
    return row.name


def _locked(work: Work, view_id: ViewId) -> SavedViewRow:
    row = work.session.get(SavedViewRow, view_id, with_for_update=LOCK, populate_existing=True)
    if row is None or row.owner_id != work.actor.person_id:
        raise NotFound(what="view", id=view_id)
    return row


def _clean(name: str) -> str:
    clean = clean_line(name, NAME_LENGTH, "name")
    if not clean:
        raise ViewNameEmpty(field="name")
    return clean


def _check_team(work: Work, team_id: TeamId | None) -> None:
    if team_id is not None and team_id not in dict(own_teams(work.session, work.actor, work.today)):
        raise TeamNotOwn(field="team")


def _check_free(work: Work, name: str) -> None:
    taken = select(SavedViewRow.id).where(
        SavedViewRow.owner_id == work.actor.person_id, SavedViewRow.name_key == fold(name)
    )
    if work.session.scalar(taken) is not None:
        raise ViewNameTaken(field="name", name=name)
