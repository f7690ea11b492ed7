"""Teams and their tree."""

from spm.domain.access import Permission
from spm.domain.ids import TeamId
from spm.domain.organisation import check_parent
from spm.models.organisation import TeamRow
from spm.queries.organisation.teams import parents
from spm.services.organisation.naming import clean_name, lock_named, reference, refuse_taken
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work


def add_team(work: Work, *, name: str, parent_id: TeamId | None = None) -> TeamId:
    """Add a team, at the top or below another.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such parent.
        NameMissing, NameTaken: The name does not hold.
    """
    work.require(Permission.TEAMS_EDIT)
    clean, key = clean_name(name)
    refuse_taken(work, TeamRow, key)
    if parent_id is not None:
        lock_named(work, TeamRow, parent_id)
    row = TeamRow(name=clean, name_key=key, parent_id=parent_id)
    work.session.add(row)
    work.session.flush()
    work.record(
        Permission.TEAMS_EDIT,
        f"team:{row.id}",
        after={"name": clean, "parent": reference("team", parent_id)},
    )
    return TeamId(row.id)


def edit_team(
    work: Work, team_id: TeamId, *, name: str, parent_id: TeamId | None, version: int | None
) -> None:
    """Change a team's name and place in the tree.

    The tree has no dates: a team that moves takes its whole past with it in every roll-up.

    Raises:
        Forbidden: The actor may not.
        NotFound: There is no such team or parent.
        StaleEdit: Somebody changed it since ``version`` was shown.
        NameMissing, NameTaken: The name does not hold.
        TreeCircle: The parent is the team itself, or below it.
    """
    work.require(Permission.TEAMS_EDIT)
    lock_organisation(work)
    row = lock_named(work, TeamRow, team_id)
    clean, key = clean_name(name)
    before = {"name": row.name, "parent": reference("team", row.parent_id)}
    after = {"name": clean, "parent": reference("team", parent_id)}
    work.expect_version(row, version, theirs=before, yours=after)
    refuse_taken(work, TeamRow, key, but=team_id)
    if parent_id is not None:
        lock_named(work, TeamRow, parent_id)
    check_parent(parents(work.session), team_id, parent_id)
    row.name, row.name_key, row.parent_id = clean, key, parent_id
    work.session.flush()
    work.record_change(Permission.TEAMS_EDIT, f"team:{team_id}", before=before, after=after)
