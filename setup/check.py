"""Run every gate that is not a test of behaviour, and say which ones failed: ``make check``."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

GATES = {
    "style": ["ruff", "check", "--quiet"],
    "format": ["ruff", "format", "--check", "--quiet"],
    "types": ["mypy", "--no-error-summary"],
    "imports": ["lint-imports", "--no-logo"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "house rules, migrations, catalogues, locks": [
        "python", "-m", "pytest", "tests/house", "--quiet", "--numprocesses=0",
    ],
}  # fmt: skip


def main() -> int:
    """Run each gate to its end; return 1 if any failed."""
    failed = []
    for name, (program, *arguments) in GATES.items():
        print(f"check: {name} ...", flush=True)
        started = time.monotonic()
        done = subprocess.run([BIN / program, *arguments], cwd=ROOT, check=False)
        words = "passed" if done.returncode == 0 else "FAILED"
        print(f"check: {name} {words} in {time.monotonic() - started:.0f} s", flush=True)
        if done.returncode:
            failed.append(name)
    print(f"check: failed: {'; '.join(failed)}" if failed else "check: all gates passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
