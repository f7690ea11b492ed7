"""How long the loops are, and where their figures go."""

import os
from datetime import UTC, datetime

from tests.house.tree import HOUSE

IS_LONG = bool(os.environ.get("SPM_PROVE"))
"""Set by ``make prove``: the loops have the length that the promise names."""

REPORT = HOUSE / ".cache" / "prove.txt"
"""One line for each promise that was proved in its long form: docs/reliability.md is written from it."""


def sized(short: int, long: int) -> int:
    """Return how often to do it."""
    return long if IS_LONG else short


def report(promise: str, **figures: object) -> None:
    """Print the figures of a promise; in the long form write them down as well."""
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
    line = f"{promise}: {said}"
    print(line)
    if not IS_LONG:
        return
    REPORT.parent.mkdir(exist_ok=True)
    kept = REPORT.read_text(encoding="utf-8").splitlines() if REPORT.exists() else []
    kept = [each for each in kept if not each.partition(" ")[2].startswith(f"{promise}:")]
    day = datetime.now(UTC).date().isoformat()
    REPORT.write_text("\n".join(sorted([*kept, f"{day} {line}"])) + "\n", encoding="utf-8")
