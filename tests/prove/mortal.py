"""Acts in processes that may be killed: ``python -m tests.prove.mortal``.

Reads one act a line and does each in a process of its own, a copy of this one, so that nobody waits for
Python to start. Such a process stops before it begins, until whoever wants to watch it does, and goes on
when it is told to; its number comes back on one line, how it ended on the next.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from spm.adapters.assets import VENDOR
from spm.adapters.bell import hang
from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor, Role
from spm.domain.audit import Keys
from spm.domain.ids import MoveId, PersonId
from spm.domain.intake.formats import AS_FOUND
from spm.domain.moves import MoveState
from spm.jobs.table import worker
from spm.jobs.upgrade import bring_up
from spm.models.moves import MoveProposalRow
from spm.models.organisation import RoleGrantRow
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.reports import fonts
from spm.services.audit import keep_bound
from spm.services.intake import imports
from spm.services.intake.imports import load
from spm.services.intake.inspection import gather, inspect
from spm.services.moves import approve_move
from spm.services.work import Work
from tests.conftest import NOW

KEYS = Keys.read("1:for-tests-only-for-tests-only-for-tests")
_MAY_BE_WATCHED = 0x59616D61
_BY_ANYBODY = ctypes.c_ulong(2**64 - 1)


def import_files(engine: Engine, now: datetime, folder: Path) -> None:
    """Load a folder's files, as ``spm import`` does."""
    given, left_out = gather([folder], AS_FOUND)
    inspection = inspect(given, (), left_out)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), now, get_organisation(session))
        load(work, inspection)


def do_work(engine: Engine, now: datetime, instance: Path) -> None:
    """Do the long work that is queued, until nothing is left, as ``spm worker --once`` does."""
    here = worker(engine, lambda: now, instance, timetable=None)
    while here.run_once():
        pass


def approve(engine: Engine, now: datetime, _folder: Path) -> None:
    """Approve the first proposed move, unless it is decided, as sales operations do on its page."""
    with unit(engine, writes=True) as session:
        organisation = get_organisation(session)
        found = session.scalars(select(MoveProposalRow).order_by(MoveProposalRow.id)).first()
        assert found is not None
        if found.state == MoveState.OPEN.value:
            operations = session.scalars(
                select(RoleGrantRow.person_id).where(RoleGrantRow.role == Role.OPERATIONS.value)
            ).first()
            assert operations is not None
            actor = get_actor(session, PersonId(operations), organisation.business_date(now))
            work = Work(session, actor, now, organisation)
            approve_move(work, MoveId(found.id), version=found.version)


def upgrade(engine: Engine, now: datetime, _folder: Path) -> None:
    """Bring a database to this release, as each command does first."""
    bring_up(engine, KEYS, now)


ACTS: Mapping[str, Callable[[Engine, datetime, Path], None]] = {
    "approve": approve,
    "import": import_files,
    "upgrade": upgrade,
    "work": do_work,
}


def act(said: Mapping[str, str]) -> None:
    """Do one act, after somebody has let this process go on."""
    ctypes.CDLL(None).prctl(_MAY_BE_WATCHED, _BY_ANYBODY, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    hang(said["url"])
    engine = open_engine(said["url"])
    keep_bound(engine, KEYS)
    now = NOW + timedelta(minutes=int(said["minutes"]))
    ACTS[said["act"]](engine, now, Path(said["path"]))


def main() -> None:
    """Do what is said until nothing more is."""
    fonts.register(VENDOR / "fonts")
    vars(imports)["MANY"] = 10  # the few deals of the tests are loaded as a great many are
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                act(json.loads(line))
                status = 0
            finally:
                os._exit(status)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
