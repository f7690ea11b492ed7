"""Company goals: who wants what."""

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.access import Permission
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import GoalId
from spm.domain.text import fold
from spm.models.targets import GoalRow
from spm.services.work import Work


class GoalNameTaken(Invalid):
    """Another goal is called so."""

    code = "goals.name-taken"


class GoalNameMissing(Invalid):
    """A goal has a name."""

    code = "goals.name-missing"


def define_goal(work: Work, *, name: str, description: str = "") -> GoalId:
    """Add a goal; return its id.

    Raises:
        Forbidden: The actor sets no goals.
        GoalNameMissing, GoalNameTaken: The name cannot be taken.
    """
    work.require(Permission.GOALS_EDIT)
    row = GoalRow(
        name=name,
        name_key=_free_key(work, name, None),
        description=description,
        author_id=work.actor.person_id,
        is_active=True,
    )
    work.session.add(row)
    work.session.flush()
    work.record(Permission.GOALS_EDIT, f"goal:{row.id}", after=_text(row))
    return GoalId(row.id)


def edit_goal(
    work: Work, goal_id: GoalId, version: int, *, name: str, description: str, is_active: bool
) -> None:
    """Change a goal.

    Raises:
        NotFound: There is none.
        Forbidden: The actor sets no goals.
        StaleEdit: It was changed since ``version``.
        GoalNameMissing, GoalNameTaken: The name cannot be taken.
    """
    work.require(Permission.GOALS_EDIT)
    row = work.session.get(GoalRow, goal_id, with_for_update=LOCK)
    if row is None:
        raise NotFound(what="goal", id=goal_id)
    before = _text(row)
    yours = {"name": name, "description": description, "is_active": is_active}
    work.expect_version(row, version, theirs=before, yours=yours)
    row.name_key = _free_key(work, name, goal_id)
    row.name, row.description, row.is_active = name, description, is_active
    work.session.flush()
    work.record_change(Permission.GOALS_EDIT, f"goal:{goal_id}", before=before, after=_text(row))


def _free_key(work: Work, name: str, goal_id: GoalId | None) -> str:
    key = fold(name)
    if not key:
        raise GoalNameMissing(field="name")
    other = work.session.scalar(select(GoalRow.id).where(GoalRow.name_key == key))
    if other is not None and other != goal_id:
        raise GoalNameTaken(field="name", name=name)
    return key


def _text(row: GoalRow) -> dict[str, object]:
    return {"name": row.name, "description": row.description, "is_active": row.is_active}
