"""D8: a disk that fails at any write, sync or open: a clean 503, nothing broken, and it recovers alone.

``strace`` puts the fault into one call of a running process of the product, or into all from one on,
and lets go again.
"""

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from spm.adapters.database import open_engine, unit
from spm.domain.audit import Keys
from spm.services.audit import bind_older, verify
from tests.access import world as story
from tests.builders import start_session
from tests.conftest import HOUSE
from tests.prove.faulty import KEYS
from tests.prove.figures import IS_LONG, report

OK = {200, 302, 303}
BUSY = 503
FAULTS = (
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("write", "ENOSPC"),
    ("fdatasync,fsync", "EIO"),
    ("openat", "EMFILE"),
)


@dataclass
class Machine:
    """A process that has the product loaded, and the folder of its copies."""

    folder: Path
    template: Path
    token: str
    at: Path

    def start(self, *, warm: bool) -> "Patient":
        """Return a copy of the process on a copy of the database."""
        home = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copyfile(self.template, home / "spm.db")
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(60)
        link.connect(str(self.at))
        asked = {
            "url": f"sqlite:///{home / 'spm.db'}",
            "instance": str(home),
            "token": self.token,
            "warm": "yes" if warm else "",
        }
        link.sendall((json.dumps(asked) + "\n").encode())
        patient = Patient(home, link)
        patient.process = int(patient.line())
        return patient


class Patient:
    """One process of the product, which faults are put into."""

    process = 0

    def __init__(self, home: Path, link: socket.socket) -> None:
        self.home = home
        self.link = link
        self._lines = link.makefile("r")

    def line(self) -> str:
        return self._lines.readline()

    def round(self, name: str) -> dict[str, int]:
        self.link.sendall(f"{name}\n".encode())
        found: dict[str, int] = json.loads(self.line())
        return found

    def close(self) -> None:
        self._lines.close()
        self.link.close()

    def faulty_round(self, calls: str, fault: str, when: str) -> tuple[dict[str, int], int]:
        """Return the statuses of a round with the fault in, and how often it struck."""
        log = self.home / "trace"
        command = ["strace", "-f", "-qq", "-o", str(log), "-p", str(self.process)]
        command += ["-e", f"trace={calls}", "-e", f"inject={calls}:error={fault}:when={when}"]
        tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for_tracer(self.process, tracer)
            answers = self.round("faulty")
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(20)
        return answers, log.read_text(errors="replace").count("(INJECTED)")


def _wait_for_tracer(process: int, tracer: "subprocess.Popen[bytes]") -> None:
    for _ in range(500):
        status = Path(f"/proc/{process}/status").read_text()
        if "TracerPid:\t0" not in status:
            return
        assert tracer.poll() is None, "strace could not attach"
        time.sleep(0.01)
    raise AssertionError


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The story on a disk, and somebody of operations who is signed in."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not on the path")
    folder = tmp_path_factory.mktemp("disk")
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    from spm.adapters import migrations

    migrations.upgrade(engine)
    story.build(f"sqlite:///{template}")
    with unit(engine, writes=True) as session:
        bind_older(session, Keys.read(KEYS))
        olga = story.read(session).people["olga"]
    token = start_session(engine, olga)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    at = folder / "socket"
    program = subprocess.Popen([sys.executable, "-m", "tests.prove.faulty", str(at)], cwd=HOUSE)
    while not at.exists():
        assert program.poll() is None
        time.sleep(0.02)
    time.sleep(0.1)
    yield Machine(folder, template, token, at)
    program.kill()
    program.wait()


def examine(patient: Patient, rounds: list[dict[str, int]]) -> None:
    """What was acknowledged is there, what was refused is not, and nothing is broken."""
    path = patient.home / "spm.db"
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchone() is None
        names = {name for (name,) in database.execute("SELECT name FROM account")}
        files = {
            name
            for (name,) in database.execute(
                "SELECT stored_as FROM import_file WHERE stored_as IS NOT NULL"
            )
        }
    for answers in rounds:
        for what, status in answers.items():
            if what.startswith("write "):
                assert (what.removeprefix("write ") in names) == (status in OK), answers
    handed_in = sum(answers["hand in"] in OK for answers in rounds)
    assert len(files) == handed_in
    for name in files:
        assert (patient.home / "uploads" / name).stat().st_size == 240_000
    engine = open_engine(f"sqlite:///{path}")
    with unit(engine, writes=False) as session:
        assert verify(session, Keys.read(KEYS)).finding is None
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(("calls", "fault"), FAULTS, ids=["-".join(each) for each in FAULTS])
def test_a_failing_disk_is_answered_and_left_behind(
    machine: Machine, calls: str, fault: str
) -> None:
    struck = busy = 0
    for ending in ("", "+"):
        at = 1
        while True:
            patient = machine.start(warm=calls != "openat")
            rounds = [] if calls == "openat" else [patient.round("before")]
            answers, times = patient.faulty_round(calls, fault, f"{at}{ending}")
            rounds += [answers, patient.round("after")]
            patient.close()
            assert set(rounds[-1].values()) <= OK, (at, rounds)
            assert set(answers.values()) <= OK | {BUSY}, (at, ending, answers)
            examine(patient, rounds)
            shutil.rmtree(patient.home)
            struck += times
            busy += sum(status == BUSY for status in answers.values())
            if not times:
                break
            at += 1 if IS_LONG else at
    assert struck
    report(f"D8 {calls} {fault}", faults=struck, answered_503=busy, broken=0)
