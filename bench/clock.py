"""Time, taken serially, best of several; and a line of a table."""

import time
from collections.abc import Callable


def best_of(act: Callable[[], object], times: int = 3) -> float:
    """Return the seconds of the fastest of ``times`` runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return min(found)


def line(name: str, seconds: float, beside: float, what: str) -> None:
    """Print a measurement and how many times as long it took as ``beside``."""
    print(f"  {name:<44} {seconds * 1000:9.1f} ms  {seconds / beside:7.2f} x {what}")
