"""Hostile arguments of the command line: one line that says what is wrong, status 2, and nothing changed.

An argument is text in the system's encoding, or bytes that are none (then Python hands over halves of
characters); it may be empty, endless, look like an option, break lines or write from right to left.
"""

import contextlib
import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spm.__main__ import main
from spm.adapters.database import open_engine, unit
from spm.services.targets.kpis import ensure_won_revenue_kpi
from tests import builders
from tests.conftest import HOUSE, NOW
from tests.databases import Databases
from tests.prove.figures import report, sized
from tests.prove.hostile import VALUES as HOSTILE
from tests.prove.test_kills import everything

ODD = (
    "", " ", "-", "--", "-x", "--json=1", "=1", "@file", "\x00", "a\x00b", "\n", "a\nb", "\x1b[31m", "\u202egpj",
    "\udcff\udcfe", "caf\udce9", "\ud800", "١٢", "１２", "9" * 400, "-1", "1e999", "NaN", "Infinity", "0x10",
    "9999-12-31", "0000-00-00", "2017-13", "2017-Q5", "2017-W54", "FY99999", "FY2019-Q9", "2017-02-30",
    "2017-01-01T25:00:00Z", "2017-01-01T00:00:00+99:99", "0001-01-01", "10000-01-01", "x" * 5_000, "/", "..",
    "/dev/null/x", "~", "%s", "{0}", "$(id)", "שלום", "x@y@z", "utf-8\x00", "rot13", "hex", "idna", "base64",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Nd"]), max_size=8),
    st.binary(max_size=12).map(os.fsdecode),
    st.dates().map(str),
    st.integers().map(str),
)
PLACE = "\N{WHITE SQUARE}"
"""Stands in a call where the hostile value goes."""

CALLS: Sequence[tuple[str, ...]] = (
    (PLACE,),
    ("metric", PLACE),
    ("metric", "won_revenue", "--rep", PLACE),
    ("metric", "won_revenue", "--team", PLACE),
    ("metric", "won_revenue", "--territory", PLACE),
    ("metric", "won_revenue", "--period", PLACE),
    ("metric", "won_revenue", "--from", PLACE, "--to", "2018-01-01"),
    ("metric", "won_revenue", "--from", "2017-01-01", "--to", PLACE),
    ("metric", "open_pipeline", "--as-of", PLACE),
    ("metric", "won_revenue", "--period", "2017", "--by", PLACE),
    ("metric", "attainment", "--period", "2017", "--kpi", PLACE),
    ("metric", "deals_reaching_stage", "--period", "2017", "--stage", PLACE),
    ("metric", "win_rate", "--period", "2017", "--basis", PLACE),
    ("import", PLACE),
    ("import", PLACE, PLACE),
    ("import", "{file}", "--mapping", PLACE),
    ("import", "{file}", "--currency", PLACE, "--dry-run"),
    ("import", "{file}", "--encoding", PLACE, "--dry-run"),
    ("import", "{file}", "--delimiter", PLACE, "--dry-run"),
    ("import", "{file}", "--decimal", PLACE, "--dry-run"),
    ("import", "{file}", "--date-order", PLACE, "--dry-run"),
    ("pack", "--rep", PLACE, "--period", "2017-Q4"),
    ("pack", "--team", PLACE, "--period", "2017-Q4"),
    ("pack", "--rep", "Rita", "--period", PLACE, "--draft"),
    ("pack", "--rep", "Rita", "--period", "2017-Q4", "--draft", "--as-of", PLACE),
    ("pack", "--rep", "Rita", "--period", "2017-Q4", "--draft", "--lang", PLACE),
    ("pack", "--rep", "Rita", "--period", "2017-Q4", "--draft", "--paper", PLACE),
    ("people", PLACE),
    ("people", "add", "Somebody", "--email", PLACE, "--role", "nobody"),
    ("people", "invite", PLACE),
    ("people", "disable", PLACE),
    ("people", "enable", PLACE),
    ("people", "reset-password", PLACE),
    ("people", "grant", PLACE, "rep"),
    ("people", "grant", "Nobody", PLACE),
    ("people", "revoke", PLACE, "rep"),
    ("audit", PLACE),
    ("audit", "verify", "--head", PLACE),
    ("audit", "verify", "--heads", PLACE),
    ("restore", PLACE, "--check"),
    ("serve", "--port", f"-{PLACE}"),
    ("serve", "--port", f"99999{PLACE}"),
    ("serve", "--threads", f"0{PLACE}x"),
    ("serve", "--host", f"nowhere.invalid{PLACE}"),
    ("worker", "--once", "--processes", f"99{PLACE}"),
    ("purge", PLACE),
    ("rebuild", PLACE),
    ("demo", PLACE),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[str]:
    """A database with one rep; what is refused does not depend on which kind it is."""
    folder = tmp_path_factory.mktemp("arguments")
    with (
        databases.clean("sqlite", "arguments", _build) as at,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SPM_DATABASE_URL", at)
        patch.setenv("SPM_INSTANCE", str(folder))
        patch.chdir(folder)
        (folder / "deals.csv").write_text("Deal,Owner,Stage\nOne,Rita,Won\n", "utf-8")
        yield at


def _build(url: str) -> None:
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        builders.a_person(session, "Rita")
        ensure_won_revenue_kpi(session, NOW)
    engine.dispose()


def called(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Call the program in this process; return its status and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
    return status, out.getvalue(), err.getvalue()


def is_one_line(said: str) -> bool:
    """Whether something is one line that a terminal shows as it is, not too long to read."""
    line = said.removesuffix("\n")
    return said.endswith("\n") and line.isprintable() and 0 < len(line) <= 1_000


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_hostile_argument_is_refused_in_one_line(url: str, call: tuple[str, ...]) -> None:
    before, refused, calls = everything(url), 0, 0

    def one(value: str) -> None:
        nonlocal refused, calls
        words = [word.replace(PLACE, value).replace("{file}", "deals.csv") for word in call]
        status, out, err = called(words)
        calls += 1
        assert status in {0, 1, 2}, words
        if status == 2:
            refused += 1
            assert is_one_line(err), (words, err)
            assert not out, (words, out)
        out.encode("utf-8")
        assert "Traceback" not in err, words

    for value in ODD[:: sized(5, 1)]:
        one(value)
    settings(max_examples=sized(6, 400), suppress_health_check=[HealthCheck.too_slow])(
        given(VALUES)(one)
    )()
    assert everything(url) == before
    report(f"arguments {' '.join(call)}", calls=calls, refused=refused, tracebacks=0, changes=0)


@pytest.mark.slow
@pytest.mark.parametrize("word", [b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", "\u202egpj".encode()])
@pytest.mark.parametrize("call", CALLS[:: sized(20, 1)], ids=" ".join)
def test_bytes_that_are_no_text_are_refused_by_the_program_itself(
    url: str, call: tuple[str, ...], word: bytes
) -> None:
    """In a process of its own, as a shell would call it, with an output that takes UTF-8 only."""
    before = everything(url)
    words = [part.replace("{file}", "deals.csv").encode() for part in call]
    words = [part.replace(PLACE.encode(), word) for part in words]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"spm", *words],
        capture_output=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    err = done.stderr.decode("utf-8")
    assert done.returncode in {0, 2}, (words, err)
    assert "Traceback" not in err, (words, err)
    if done.returncode == 2:
        assert is_one_line(err), (words, err)
    assert everything(url) == before


@pytest.mark.parametrize(
    "call", [("import", ""), ("restore", "", "--check"), ("backup", "")], ids=" ".join
)
def test_an_empty_file_name_is_not_the_folder_one_stands_in(url: str, call: Sequence[str]) -> None:
    """What a script hands over whose variable was never set."""
    before = everything(url)
    status, out, err = called(call)
    assert (status, out) == (2, "")
    assert err.startswith(f"spm {call[0]}: ")
    assert "empty" in err
    assert everything(url) == before


def test_an_address_at_which_nobody_can_listen_begins_nothing(url: str) -> None:
    before = everything(url)
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, out, err = called(["serve", "--port", str(taken.getsockname()[1])])
    assert (status, out) == (2, "")
    assert is_one_line(err)
    assert everything(url) == before
