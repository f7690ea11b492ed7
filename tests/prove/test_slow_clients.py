"""D10: people whose connection is slow, or who mean harm, keep nobody else waiting."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from spm.adapters.database import open_engine, unit
from tests.access import world as story
from tests.builders import start_session
from tests.conftest import HOUSE
from tests.databases import Databases
from tests.prove.figures import report, sized

HALF_OPEN = 200
BEGINS = (
    b"GET /deals HTTP/1.1\r\nHost: 127.0.0.1\r\n",  # headers that never end
    b"POST /deals/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nname=",
    b"",  # says nothing at all
    b"G",
)


@pytest.fixture
def served(databases: Databases, backend: str, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """``spm serve`` as it is started by default, on a free port, and the cookie of a rep."""
    with databases.clean(backend, "story", story.build) as at:
        engine = open_engine(at)
        with unit(engine, writes=False) as session:
            rita = story.read(session).people["rita"]
        cookie = start_session(engine, rita, datetime.now(UTC))
        engine.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = subprocess.Popen(
            [sys.executable, "-m", "spm", "serve", "--port", str(port)],
            cwd=HOUSE,
            env=os.environ | {"SPM_DATABASE_URL": at, "SPM_INSTANCE": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port, cookie
        program.terminate()
        program.wait(20)


def page(port: int, cookie: str) -> float:
    """How long somebody waits for a page, with a connection of its own."""
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/deals", headers={"Cookie": f"spm={cookie}"})
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read()
    connection.close()
    return time.monotonic() - began


@pytest.mark.timed
def test_half_open_requests_keep_nobody_waiting(served: tuple[int, str]) -> None:
    port, cookie = served
    pages = sized(40, 400)
    for _ in range(5):
        page(port, cookie)
    alone = sorted(page(port, cookie) for _ in range(pages))
    with ExitStack() as stack:
        slow = []
        for number in range(HALF_OPEN):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(BEGINS[number % len(BEGINS)])
            slow.append(one)
        waits = []
        for number in range(pages):
            slow[number % len(slow)].sendall(b"x")  # a byte now and then keeps them open
            waits.append(page(port, cookie))
    waits.sort()
    at_99 = waits[len(waits) * 99 // 100]
    assert at_99 < 1
    report(
        "D10 slow clients",
        half_open=HALF_OPEN,
        pages=pages,
        p99=f"{at_99 * 1000:.0f} ms (without: {alone[len(alone) * 99 // 100] * 1000:.0f} ms)",
    )
