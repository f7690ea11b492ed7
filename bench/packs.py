"""How long review packs take: to read, to draw, and beside what prints HTML.

WeasyPrint is put into an environment of its own for the time of the measurement; where it cannot be
had, or there is no Chromium, that line is left out and says why.
"""

import os
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from playwright.sync_api import sync_playwright
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.clock import best_of, line
from bench.company import NOW, found
from bench.paper import page_of
from spm.adapters.assets import VENDOR
from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.domain.packs.content import Deals, PackContent
from spm.domain.period import parse
from spm.domain.targets.target import Owner
from spm.queries.organisation.settings import get_organisation
from spm.reports import fonts
from spm.reports.review_pack.draw import draw, told
from spm.services.packs import default_as_of, draft_pack
from spm.services.work import Work

DEALS = 10_000
PERIOD = "2025-Q4"
PAGES = 6
BASE = "https://spm.example.com"
TIMES = 5
MANY = 10
"""Prints of which the processor time is taken: it is counted in hundredths of a second."""

_WEASY = """
import sys, time
from weasyprint import HTML
times = int(sys.argv[3])
best, begun = None, time.process_time()
for _ in range(times):
    start = time.perf_counter()
    HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])
    taken = time.perf_counter() - start
    best = taken if best is None else min(best, taken)
print(best, (time.process_time() - begun) / times)
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A pack to print, and the same as an HTML page."""

    content: PackContent
    html: Path

    def draw(self) -> bytes:
        """Return it as PDF."""
        return draw(self.content, pack=None, language="en", paper="a4", base_url=BASE)


def run() -> None:
    """Print packs a second of one core, and a pack of six pages beside WeasyPrint and Chromium."""
    fonts.register(VENDOR / "fonts")
    with tempfile.TemporaryDirectory() as folder:
        engine = found(f"sqlite:///{Path(folder) / 'company.db'}", deals=DEALS)
        content = _read(engine, 7)
        _throughput(engine, content)
        engine.dispose()
        _beside(_six_pages(content), Path(folder))


def _read(engine: Engine, number: int) -> PackContent:
    with Session(engine) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        period = parse(PERIOD)
        owner = Owner(person_id=PersonId(number))
        return draft_pack(work, owner, period, default_as_of(work, period))


def _throughput(engine: Engine, content: PackContent) -> None:
    pack = Paper(content, Path())
    read = best_of(lambda: _read(engine, 7), TIMES)
    drawn = best_of(pack.draw, TIMES)
    line(f"to read a rep's pack, {DEALS:,} deals", read, drawn, "drawing it")
    line(f"to draw it, {_pages(content)} pages", drawn, read, "reading it")
    alone = _ours(pack).processor
    start = time.process_time()
    for _ in range(TIMES):
        _read(engine, 7)
    both = alone + (time.process_time() - start) / TIMES
    print(f"  {1 / both:.1f} packs a second of one core, read and drawn; {1 / alone:.1f} drawn")


def _six_pages(content: PackContent) -> PackContent:
    """Return as much of a pack as has six pages, with its tables and charts of every kind."""
    few = replace(
        content,
        kpis=content.kpis[:3],
        figures=content.figures[:1],
        open=Deals(content.open.named[:6], 6),
        falls=(),
        outlook=None,
        shares=content.shares[:6],
    )
    ladders = content.ladders
    rungs = tuple(replace(one, times=(), passages=()) for one in ladders)
    tries = (
        few,
        replace(few, ladders=tuple(replace(one, times=()) for one in ladders)),
        replace(few, ladders=rungs),
        replace(few, ladders=rungs, shares=(), lessons=()),
        replace(few, ladders=rungs, shares=(), lessons=(), forecasts=()),
        replace(few, ladders=(), shares=(), lessons=(), forecasts=()),
    )
    return next((one for one in tries if _pages(one) == PAGES), tries[-1])


def _pages(content: PackContent) -> int:
    pdf = draw(content, pack=None, language="en", paper="a4", base_url=BASE)
    return len(PdfReader(BytesIO(pdf)).pages)


def _beside(content: PackContent, folder: Path) -> None:
    """Print the three beside each other: by the clock, and by the processor time of all processes."""
    pieces, _front = told(content, pack=None, language="en", paper="a4", base_url=BASE)
    paper = Paper(content, folder / "pack.html")
    paper.html.write_text(page_of(pieces, VENDOR / "fonts"), encoding="utf-8")
    others = (("WeasyPrint", _weasyprint), ("a warm Chromium", _chromium))
    for name, printed in others:
        before = _ours(paper)
        try:
            theirs = printed(paper, folder)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"  {name}: not measured, it could not be had or run ({type(error).__name__})")
            continue
        after = _ours(paper)
        ours = Cost(min(before.clock, after.clock), min(before.processor, after.processor))
        pages = len(PdfReader(folder / "beside.pdf").pages)
        line(f"our pack of {_pages(content)} pages", ours.clock, ours.clock, "itself")
        line(f"{name}, the same on {pages} pages", theirs.clock, ours.clock, "ours")
        line("  processor time of all its processes", theirs.processor, ours.processor, "ours")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a pack: the fastest by the clock, and of the processor."""

    clock: float
    processor: float


def _ours(paper: Paper) -> Cost:
    clock = best_of(paper.draw, TIMES)
    start = time.process_time()
    for _ in range(TIMES):
        paper.draw()
    return Cost(clock, (time.process_time() - start) / TIMES)


def _weasyprint(paper: Paper, folder: Path) -> Cost:
    """Return what it costs in an environment of its own, started and warm."""
    home = folder / "weasyprint"
    python = str(home / "bin" / "python")
    venv.create(home, with_pip=True)
    had = [python, "-m", "pip", "install", "--quiet", "weasyprint"]
    subprocess.run(had, check=True, capture_output=True, timeout=300)
    command = [python, "-c", _WEASY, str(paper.html), str(folder / "beside.pdf"), str(TIMES)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300, text=True)
    clock, processor = done.stdout.split()
    return Cost(float(clock), float(processor))


def _chromium(paper: Paper, folder: Path) -> Cost:
    """Return what it costs in a browser that is open already."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        raise FileNotFoundError("chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        with closing(
            playwright.chromium.launch(executable_path=program, args=arguments)
        ) as browser:
            page = browser.new_page()

            def printed() -> None:
                page.goto(paper.html.as_uri())
                page.pdf(path=folder / "beside.pdf", prefer_css_page_size=True)

            printed()
            clock = best_of(printed, TIMES)
            before = _processor_time()
            for _ in range(MANY):
                printed()
            return Cost(clock, (_processor_time() - before) / MANY)


def _processor_time() -> float:
    """Return the seconds that the browser's processes below this one have taken so far."""
    parents: dict[int, int] = {}
    taken: dict[int, float] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = file.read_text().rpartition(")")
        except OSError:
            continue  # it has ended
        parts = rest.split()
        number = int(file.parent.name)
        parents[number] = int(parts[1])
        if "chrom" in name:
            taken[number] = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return sum(seconds for number, seconds in taken.items() if _is_below(number, parents))


def _is_below(number: int, parents: Mapping[int, int]) -> bool:
    while number in parents:
        if number == os.getpid():
            return True
        number = parents[number]
    return False
