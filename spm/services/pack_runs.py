"""The packs of a whole team, or of everybody: asked for in one go, made one by one, handed out as a ZIP.

Each pack is issued in a transaction of its own, so that a run that dies goes on where it stopped; and
issuing what was issued gives the same pack. Rights are judged three times: when the run is asked for,
when each pack is made, and when the file is handed out.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from spm.adapters.database import LOCK
from spm.adapters.files import FileStore, Kept
from spm.domain.access import Permission, may
from spm.domain.errors import Conflict, Forbidden, Invalid, NotFound
from spm.domain.ids import PackRunId, TeamId
from spm.domain.packs.choice import file_name
from spm.domain.packs.content import ReviewPack
from spm.domain.packs.runs import PackRun, RunItem
from spm.domain.period import AsOf, Period, of_dates
from spm.models.packs import PackRunItemRow, PackRunRow
from spm.queries.packs.issued import get_pack
from spm.queries.packs.members import owners_of
from spm.queries.packs.runs import expired_files, get_run
from spm.services import jobs
from spm.services.packs import TICK, How, PeriodNotBegun, issue_pack
from spm.services.work import Work

RUN = "packs.run"
"""The kind of the work."""

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every entry of a ZIP: the same packs are the same bytes."""


class NobodyThere(Invalid):
    """There is nobody whose pack the actor issues."""

    code = "packs.nobody"


class FileGone(Conflict):
    """The file was kept for a day and is gone."""

    code = "packs.file-gone"


def ask(work: Work, team_id: TeamId | None, how: How, base_url: str) -> PackRunId:
    """Have the packs of a team's people and teams made, of everybody where no team is named.

    Raises:
        PeriodNotBegun: The period lies ahead of the as-of.
        NobodyThere: There is nobody whose pack the actor issues.
    """
    if how.as_of.cutoff <= work.organisation.start_of(how.period.period.start):
        raise PeriodNotBegun(period=how.period.name)
    day = min(how.as_of.day(work.organisation.zone), how.period.period.last_day)
    owners = [
        owner
        for owner in owners_of(work.session, team_id, day)
        if may(work.actor, Permission.PACKS_ISSUE, owner.subject)
    ]
    if not owners:
        raise NobodyThere(field="team")
    row = PackRunRow(
        team_id=team_id,
        period_start=how.period.period.start,
        period_end=how.period.period.end,
        as_of=how.as_of.cutoff - TICK,
        locale=how.language,
        paper=how.paper,
        asked_by=work.actor.person_id,
        asked_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        PackRunItemRow(
            run_id=row.id, position=place, person_id=owner.person_id, team_id=owner.team_id
        )
        for place, owner in enumerate(owners)
    )
    work.session.flush()
    run_id = PackRunId(row.id)
    arguments = {"run_id": row.id, "base_url": base_url}
    jobs.enqueue(work, RUN, f"{RUN}:{row.id}", arguments)
    work.record(
        Permission.PACKS_RUN,
        f"pack-run:{row.id}",
        after={
            "team": team_id,
            "period": how.period.name,
            "as_of": row.as_of.isoformat(),
            "packs": len(owners),
        },
    )
    return run_id


def cancel(work: Work, run_id: PackRunId) -> bool:
    """Stop a run; return whether it was not over. What was issued so far stays issued.

    Raises:
        NotFound: There is none, or somebody else asked for it.
    """
    run = get_run(work.session, work.actor, run_id)
    if not jobs.cancel(work, run.key):
        return False
    work.record(
        Permission.PACKS_RUN,
        f"pack-run:{run_id}",
        before={"state": "running"},
        after={"state": "cancelled"},
    )
    return True


def how_of(work: Work, run: PackRun) -> How:
    """Return what is the same for all packs of a run."""
    period = of_dates(Period(run.start, run.end), work.organisation.fiscal_start)
    return How(period, AsOf(run.as_of + TICK), run.language, run.paper)


def make(work: Work, run: PackRun, item: RunItem) -> ReviewPack | None:
    """Issue one pack of a run as the actor may by now; None, and why, where he may not.

    What was done stays done: an item that was made before is not made again.
    """
    row = work.session.get_one(PackRunItemRow, item.id, with_for_update=LOCK)
    if row.done_at is not None:
        return None
    pack: ReviewPack | None = None
    try:
        pack = issue_pack(work, item.owner, how_of(work, run))
        row.pack_id = pack.id
    except (NotFound, Forbidden, Invalid) as error:
        row.refused = error.code
    row.done_at = work.now
    work.session.flush()
    return pack


def name_in_zip(pack: ReviewPack) -> str:
    """Return the name of a pack's file, the same as when it is handed out by itself."""
    return file_name(pack.content.person, pack.content.period, pack.number)


def bind(files: Iterable[Path], into: Path) -> None:
    """Write files into a ZIP, in their order; the same files are the same bytes.

    They are stored as they are: a PDF is compressed already.
    """
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, _FIRST_DAY), file.read_bytes())


def finish(work: Work, run_id: PackRunId, kept: Kept) -> None:
    """Say that a run is over and where its file is."""
    row = work.session.get_one(PackRunRow, run_id, with_for_update=LOCK)
    row.file, row.digest, row.size = kept.name, kept.digest, kept.size
    row.finished_at = work.now
    work.session.flush()


def hand_out(work: Work, run_id: PackRunId, store: FileStore) -> tuple[str, Path, frozenset[str]]:
    """Return the name of a run's ZIP, where it is kept, and the names in it that may not leave it.

    The rights are those of now; each pack that is handed out is written down.

    Raises:
        NotFound: There is none, or somebody else asked for it.
        FileGone: It is not finished, or was kept long enough.
    """
    run = get_run(work.session, work.actor, run_id)
    if run.file is None or not run.has_file(work.now):
        raise FileGone
    path = store.path(run.file)
    if not path.is_file():
        raise FileGone
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    withheld: set[str] = set()
    for item in run.items:
        if item.pack_id is None:
            continue
        if not may(work.actor, Permission.PACKS_VIEW, item.owner.subject):
            withheld |= {name for name in names if name.endswith(f"-{item.number}.pdf")}
            continue
        work.record(
            Permission.PACKS_VIEW,
            f"pack:{item.pack_id}",
            person_id=item.owner.person_id,
            after={"number": item.number, "run": run_id},
        )
    return f"review-packs-{run_id}.zip", path, frozenset(withheld)


def without(path: Path, withheld: frozenset[str], into: Path) -> None:
    """Write the ZIP at ``path`` again without some of its entries."""
    with (
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive,
    ):
        for entry in source.infolist():
            if entry.filename not in withheld:
                archive.writestr(zipfile.ZipInfo(entry.filename, _FIRST_DAY), source.read(entry))


def purge(work: Work, store: FileStore) -> int:
    """Forget the files that were kept long enough; return how many."""
    gone = expired_files(work.session, work.now)
    for run_id, file in gone:
        store.forget(file)
        work.session.get_one(PackRunRow, run_id).file = None
    work.session.flush()
    return len(gone)


def pack_of(work: Work, item: RunItem) -> ReviewPack | None:
    """Return the pack of an item that was made, as far as the actor may see it by now."""
    if item.pack_id is None:
        return None
    try:
        return get_pack(work.session, work.actor, item.pack_id)
    except NotFound:
        return None
