"""``spm worker``: does what is queued, and ends when it is told to."""

import os
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import Engine

from config import Settings
from spm.adapters.database import unit
from spm.cli.context import Context
from spm.cli.worker import configure, run
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.queries.jobs import find_job
from spm.services.jobs import enqueue
from spm.services.work import Work
from tests.conftest import HOUSE, NOW


def arguments(*words: str) -> object:
    import argparse

    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args(words)


def test_once_does_what_is_queued_and_ends(settings: Settings, engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, Organisation())
        enqueue(work, "import.check", "a", {"import_id": 999})  # of an import that is gone
    context = Context(settings, lambda: pytest.fail("no application is needed"))
    assert run(arguments("--once"), context) == 0  # type: ignore[arg-type]
    context.close()
    with unit(engine, writes=False) as session:
        job = find_job(session, "a")
    assert job is not None
    assert job.state.is_over


@pytest.mark.slow
@pytest.mark.sqlite
def test_several_processes_end_when_they_are_told_to(settings: Settings) -> None:
    environment = os.environ | {
        "SPM_DATABASE_URL": settings.database_url,
        "SPM_INSTANCE": str(settings.instance),
    }
    command = [sys.executable, "-m", "spm", "worker", "--processes", "2"]
    with subprocess.Popen(
        command, env=environment, cwd=HOUSE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert "waiting" in program.stdout.readline()
        time.sleep(1)
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
