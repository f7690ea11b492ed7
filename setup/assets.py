"""Fetch the front-end files by npm and copy the named ones to ``spm/static/vendor/``.

npm checks each package against the integrity hash of ``package-lock.json``; no package's script is
run and nothing is bundled. ``manifest.json`` beside the copies names each with its digest.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

VENDOR = "spm/static/vendor"
ICONS = "spm/static/icons.txt"
OLDEST_NPM = 8
"""The first that reads lock files of version 3 in full."""

GOOGLE = "@expo-google-fonts"
COPIES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "sortable.min.js": "sortablejs/Sortable.min.js",
    "fonts/NotoSans-Regular.ttf": f"{GOOGLE}/noto-sans/400Regular/NotoSans_400Regular.ttf",
    "fonts/NotoSans-Bold.ttf": f"{GOOGLE}/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf",
    "fonts/NotoSansJP-Regular.ttf": f"{GOOGLE}/noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf",
    "fonts/NotoSansJP-Bold.ttf": f"{GOOGLE}/noto-sans-jp/600SemiBold/NotoSansJP_600SemiBold.ttf",
    "fonts/NotoSansKR-Regular.ttf": f"{GOOGLE}/noto-sans-kr/400Regular/NotoSansKR_400Regular.ttf",
    "fonts/NotoSansKR-Bold.ttf": f"{GOOGLE}/noto-sans-kr/600SemiBold/NotoSansKR_600SemiBold.ttf",
}
"""File below the vendor folder → file below node_modules."""

VIEW_BOX = re.compile(r'viewBox="([^"]+)"')
BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def prepare(root: Path, *, npm: Callable[[], list[str]], with_dev: bool) -> bool:
    """Bring the copies to what the locks say; returns whether anything was done."""
    modules, vendor = root / "node_modules", root / VENDOR
    lock = digest_of(root / "package-lock.json")
    fetched, wanted = modules / ".spm-lock", f"{lock} {'all' if with_dev else 'runtime'}"
    is_fetched = fetched.is_file() and fetched.read_text() in {wanted, f"{lock} all"}
    if not is_fetched:
        print("Fetching the front-end files ...", flush=True)
        fetch(root, npm(), with_dev=with_dev)
        fetched.write_text(wanted)
    stamp, state = vendor / ".stamp", digest_of(root / "package-lock.json", root / ICONS, __file__)
    if stamp.is_file() and stamp.read_text() == state:
        return not is_fetched
    shutil.rmtree(vendor, ignore_errors=True)
    copy(modules, vendor)
    write_sprite(root / ICONS, modules / "bootstrap-icons" / "icons", vendor / "icons.svg")
    write_manifest(vendor)
    stamp.write_text(state)
    return True


def digest_of(*files: Path | str) -> str:
    """The digest of the files' contents."""
    return hashlib.sha256(b"\0".join(Path(file).read_bytes() for file in files)).hexdigest()


def is_recent(npm: str) -> bool:
    """Whether the npm at this path runs and is recent enough."""
    try:
        answer = subprocess.run([npm, "--version"], check=True, capture_output=True, text=True)
        return int(answer.stdout.split(".")[0]) >= OLDEST_NPM
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False


def fetch(root: Path, npm: list[str], *, with_dev: bool) -> None:
    """Run ``npm ci``: packages checked by hash, scripts not run."""
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--no-update-notifier", "--loglevel=error"]
    command += [] if with_dev else ["--omit=dev"]
    if subprocess.run(command, check=False, cwd=root, stdin=subprocess.DEVNULL).returncode:
        sys.exit("npm could not fetch the front-end files; its words are above.")


def copy(modules: Path, vendor: Path) -> None:
    """Copy the named files as they are."""
    for target, source in COPIES.items():
        place = vendor / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, place)


def write_sprite(names: Path, icons: Path, sprite: Path) -> None:
    """Write one SVG that holds each icon of the list as a symbol of its name."""
    symbols = []
    for line in names.read_text(encoding="utf-8").splitlines():
        name = line.partition("#")[0].strip()
        if not name:
            continue
        source = icons / f"{name}.svg"
        if not source.is_file():
            sys.exit(f"{ICONS} names {name!r}, which bootstrap-icons does not have.")
        drawing = source.read_text(encoding="utf-8")
        box, body = VIEW_BOX.search(drawing), BODY.search(drawing)
        if box is None or body is None:
            sys.exit(f"The drawing of {name!r} is not as expected.")
        inside = re.sub(r"\s*\n\s*", "", body[1])
        symbols.append(
            f'<symbol id="{name}" viewBox="{box[1]}" fill="currentColor">{inside}</symbol>'
        )
    text = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    sprite.write_text(text, encoding="utf-8")


def write_manifest(vendor: Path) -> None:
    """Write the digest of each copy."""
    digests = {
        file.relative_to(vendor).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(vendor.rglob("*"))
        if file.is_file()
    }
    (vendor / "manifest.json").write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":  # by itself: for a checkout whose packages are looked after elsewhere
    found = shutil.which("npm") or sys.exit("No npm on the path.")
    prepare(Path(__file__).resolve().parent.parent, npm=lambda: [os.fspath(found)], with_dev=True)
