"""Runs of many packs."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, may
from spm.domain.errors import NotFound
from spm.domain.ids import PackId, PackRunId, PersonId, TeamId
from spm.domain.packs.runs import KEPT_FOR, PackRun, RunItem
from spm.domain.targets.target import Owner
from spm.models.organisation import PersonRow, TeamRow
from spm.models.packs import PackRunItemRow, PackRunRow, ReviewPackRow

MOST_LISTED = 5
"""Runs of one person that a list shows."""


def get_run(session: Session, actor: Actor, run_id: PackRunId) -> PackRun:
    """Return a run with its packs, in their order.

    Raises:
        NotFound: There is none, or somebody else asked for it.
    """
    row = session.get(PackRunRow, run_id)
    run = None if row is None else _record(session, row)
    if run is None or not may(actor, Permission.PACKS_RUN, run.subject):
        raise NotFound(what="pack-run", id=run_id)
    return run


def latest_runs(session: Session, person_id: PersonId) -> tuple[PackRun, ...]:
    """Return what a person asked for last, the latest first."""
    rows = session.scalars(
        select(PackRunRow)
        .where(PackRunRow.asked_by == person_id)
        .order_by(PackRunRow.id.desc())
        .limit(MOST_LISTED)
    )
    return tuple(_record(session, row) for row in rows)


def expired_files(session: Session, now: datetime) -> tuple[tuple[PackRunId, str], ...]:
    """Return the runs whose files were kept long enough, with the files."""
    rows = session.execute(
        select(PackRunRow.id, PackRunRow.file).where(
            PackRunRow.file.is_not(None), PackRunRow.finished_at <= now - KEPT_FOR
        )
    )
    return tuple((PackRunId(run_id), file) for run_id, file in rows if file is not None)


def kept_files(session: Session) -> frozenset[str]:
    """Return the names of the files of all runs that have one."""
    files = session.scalars(select(PackRunRow.file).where(PackRunRow.file.is_not(None)))
    return frozenset(file for file in files if file is not None)


def _record(session: Session, row: PackRunRow) -> PackRun:
    team = None if row.team_id is None else session.get(TeamRow, row.team_id)
    return PackRun(
        id=PackRunId(row.id),
        team_id=None if row.team_id is None else TeamId(row.team_id),
        team=team.name if team else "",
        start=row.period_start,
        end=row.period_end,
        as_of=row.as_of,
        language=row.locale,
        paper=row.paper,
        asked_by=None if row.asked_by is None else PersonId(row.asked_by),
        asked_at=row.asked_at,
        file=row.file,
        size=row.size,
        finished_at=row.finished_at,
        items=_items(session, row.id),
    )


def _items(session: Session, run_id: int) -> tuple[RunItem, ...]:
    item = PackRunItemRow
    rows = session.execute(
        select(item, func.coalesce(PersonRow.name, TeamRow.name), ReviewPackRow.number)
        .outerjoin(PersonRow, PersonRow.id == item.person_id)
        .outerjoin(TeamRow, TeamRow.id == item.team_id)
        .outerjoin(ReviewPackRow, ReviewPackRow.id == item.pack_id)
        .where(item.run_id == run_id)
        .order_by(item.position)
    )
    return tuple(
        RunItem(
            id=row.id,
            owner=Owner(
                person_id=None if row.person_id is None else PersonId(row.person_id),
                team_id=None if row.team_id is None else TeamId(row.team_id),
            ),
            name=name,
            pack_id=None if row.pack_id is None else PackId(row.pack_id),
            number=number or "",
            refused=row.refused,
            is_done=row.done_at is not None,
        )
        for row, name, number in rows
    )
