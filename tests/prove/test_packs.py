"""B7: what people type is text in a pack, whatever it looks like: nothing leaves, nothing is read."""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from spm.adapters.assets import VENDOR
from spm.domain.packs.content import Decision
from spm.reports import fonts
from spm.reports.review_pack.draw import draw
from tests.prove.figures import IS_LONG, report
from tests.prove.hostile import FORMULAS, MARKUP, PATHS, QUERIES
from tests.reports import samples

PAYLOADS = tuple(dict.fromkeys((*MARKUP, *QUERIES, *PATHS, *FORMULAS)))
TOUCHED: list[str] = []
WATCHING: list[bool] = []


def _note(name: str, arguments: tuple[Any, ...]) -> None:
    if not WATCHING:
        return
    if name in {
        "socket.connect",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.system",
        "urllib.Request",
    }:
        TOUCHED.append(f"{name} {arguments[:2]}")
    if name == "open" and isinstance(arguments[0], str) and arguments[0]:
        TOUCHED.append(f"open {arguments[0]}")


sys.addaudithook(_note)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note every file that is opened and every connection that is tried."""
    TOUCHED.clear()
    WATCHING.append(True)
    try:
        yield TOUCHED
    finally:
        WATCHING.pop()


@pytest.fixture(autouse=True)
def registered() -> None:
    """The fonts are read before; so is everything that drawing imports."""
    fonts.register(VENDOR / "fonts")
    draw(samples.content(), pack=None, language="en", paper="a4", base_url="http://localhost")


def drawn(text: str) -> bytes:
    """A pack with ``text`` wherever people type."""
    content = samples.content(
        person=text, title=text, team=text, manager=text, decisions=(Decision(text, text),) * 2
    )
    return draw(content, pack=None, language="en", paper="a4", base_url="http://localhost")


def test_markup_is_text_and_nothing_is_fetched_or_read() -> None:
    ours = (str(Path(sys.prefix)), str(Path(sys.base_prefix)), str(VENDOR), str(Path.cwd()))
    payloads = PAYLOADS if IS_LONG else PAYLOADS[::6]
    for payload in payloads:
        with watched() as touched:
            body = drawn(payload)
        outside = [
            each for each in touched if not each.startswith(tuple(f"open {at}" for at in ours))
        ]
        assert not outside, (payload, outside)
        assert body[:5] == b"%PDF-"
        for forbidden in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"root:x:0"):
            assert forbidden not in body, (payload, forbidden)
    for payload in ("5 <b> rep", "x</para>y", '<img src="/etc/passwd">', "{{7*7}}"):
        said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(drawn(payload))).pages)
        assert payload.replace(" ", "") in said.replace(" ", "").replace("\n", ""), payload
    assert len(PAYLOADS) >= 60
    report("B7 packs", payloads=len(payloads), connections=0, files_read=0)


@pytest.mark.timed
@pytest.mark.parametrize(
    "text", ["word " * 20_000, "x" * 100_000, "line\n" * 20_000, "<b>" * 33_000], ids=len
)
def test_a_long_text_is_drawn_in_time(text: str) -> None:
    content = replace(samples.content(), decisions=(Decision(text, ""),))
    began = time.perf_counter()
    body = draw(content, pack=None, language="en", paper="a4", base_url="http://localhost")
    seconds = time.perf_counter() - began
    assert body[:5] == b"%PDF-"
    assert seconds < 3
    report(f"B7 long text {text[:4].strip()}", characters=len(text), seconds=f"{seconds:.2f}")
