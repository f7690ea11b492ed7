"""What a page costs: beside an empty one and the best SQL for its figures, at several sizes, for 8 clients too.

``BENCH_SIZES`` (deals, with commas) and ``BENCH_DATABASES`` choose less than everything; ``BENCH_KEEP``
names a folder in which companies on SQLite are kept for the next run.
"""

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import by_hand
from bench.company import EXECUTIVE, found
from bench.servers import BACKENDS, databases
from bench.site import EMPTY, OTHER_DAY, PAGES, Page, Site, ask

SIZES = (10_000, 100_000, 1_000_000)
CLIENTS = 8
AIM, GROWTH = 5.0, 1.5
"""At most so many times its floor, and so many times more at the largest size than at the smallest."""
_EACH = 4
_MOST_COUNTED = 100_000
"""Of more deals a page as of any other day, which counts them, is not asked: it takes minutes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of a page and of its floor: an empty page and the SQL by hand."""

    seconds: float
    floor: float


def run() -> None:
    """Print, for each database and size, each page beside its floor; then what grew."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "").split(",") if size]
    chosen = os.environ.get("BENCH_DATABASES") or ",".join(BACKENDS)
    print(f"  {platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for backend in chosen.split(","):
        known: dict[int, dict[str, Measured]] = {}
        with databases(backend) as place:
            for deals in sizes or SIZES:
                with _company(backend, place.new(f"company-{deals}"), deals) as url:
                    known[deals] = _measure(url, backend, deals)
        _grown(backend, known)


@contextmanager
def _company(backend: str, url: str, deals: int) -> Iterator[str]:
    """Yield the address of a company, found anew or kept from another run."""
    kept = os.environ.get("BENCH_KEEP")
    if kept and backend == "sqlite":
        path = Path(kept) / f"company-{deals}.db"
        url = f"sqlite:///{path}"
        if path.exists():
            yield url
            return
    began = time.perf_counter()
    found(url, deals=deals).dispose()
    print(f"  {backend}: {deals:,} deals written in {time.perf_counter() - began:.0f} s")
    yield url


def _measure(url: str, backend: str, deals: int) -> dict[str, Measured]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(url, Path(folder))
        try:
            return dict(_pages(site, backend, deals))
        finally:
            site.close()


def _pages(site: Site, backend: str, deals: int) -> Iterator[tuple[str, Measured]]:
    empty = site.cost(EMPTY, EXECUTIVE, times=15)
    print(f"\n  {backend}, {deals:,} deals, load {os.getloadavg()[0]:.1f}")
    print(f"  {'page':<36} {'ms':>8} {'sql':>4} {'by hand':>8} {'of floor':>8} {'8 at once':>10}")
    crowd = _crowd(site, Page("", EMPTY, EXECUTIVE))
    print(
        f"  {'empty signed-in page':<36} {empty.seconds * 1000:8.1f} {empty.statements:4}"
        f" {'':>8} {1:8.2f} {crowd * 1000:7.1f} ms"
    )
    for page in (*PAGES, *(OTHER_DAY if deals <= _MOST_COUNTED else ())):
        is_compared = bool(page.statements)
        cost = site.cost(page.path, page.person_id, times=7 if is_compared else 1)
        if not is_compared:
            print(f"  {page.name:<36} {cost.seconds * 1000:8.1f} {cost.statements:4}")
            continue
        hand = by_hand.seconds(site.engine, page.statements, page.asked)
        floor = empty.seconds + hand
        shared = _crowd(site, page)
        print(
            f"  {page.name:<36} {cost.seconds * 1000:8.1f} {cost.statements:4}"
            f" {hand * 1000:8.1f} {cost.seconds / floor:8.2f} {shared * 1000:7.1f} ms"
        )
        yield page.name, Measured(cost.seconds, floor)


def _crowd(site: Site, page: Page) -> float:
    """Return the seconds that pass per page while several clients ask for it at once."""
    clients = [site.client_of(page.person_id) for _ in range(CLIENTS)]
    for client in clients:
        ask(client, page.path)

    def often(at: int) -> None:
        for _ in range(_EACH):
            ask(clients[at], page.path)

    with ThreadPoolExecutor(CLIENTS) as pool:
        start = time.perf_counter()
        list(pool.map(often, range(CLIENTS)))
        return (time.perf_counter() - start) / (CLIENTS * _EACH)


def _grown(backend: str, known: dict[int, dict[str, Measured]]) -> None:
    small, large = min(known), max(known)
    print(
        f"\n  {backend}: aims ({AIM:.0f} x the floor; {GROWTH} x from {small:,} to {large:,} deals)"
    )
    for name, first in known[small].items():
        worst = max(known[size][name].seconds / known[size][name].floor for size in known)
        growth = known[large][name].seconds / first.seconds
        words = ["met" if worst <= AIM else "MISSED"]
        if large > small:
            words.append("met" if growth <= GROWTH else "MISSED")
        print(f"  {name:<36} {worst:6.2f} x floor  {growth:6.2f} x larger  {', '.join(words)}")
