"""Take pictures of the demo company with Chromium: ``make screenshots``.

Signs in as each role and takes every page that the rail leads to, at 390 and 1440 pixels, light and
dark, into ``instance/screenshots``, and the pages of one review pack beside them. The pictures that the
documents show are copied to ``docs/pictures``.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SPM = Path(sys.executable).parent / "spm"
INSTANCE = Path(os.environ.get("SPM_INSTANCE", ROOT / "instance"))
os.environ.setdefault("SPM_DATABASE_URL", f"sqlite:///{INSTANCE.resolve()}/demo.db")
PICTURES, SHOWN = INSTANCE / "screenshots", ROOT / "docs" / "pictures"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}
SCHEMES = ("light", "dark")
ROLES = ("rep", "manager", "operations")
IN_DOCS = {
    "manager-scorecards-team-desk-light.png": "team.png",
    "rep-scorecards-mine-desk-light.png": "scorecard.png",
    "pack-cover.png": "pack.png",
}
"""Picture → its name below docs/pictures."""


def main(roles: list[str]) -> int:
    """Fill the demo company if need be, serve it, take the pictures of ``roles``."""
    subprocess.run([SPM, "demo", "--no-serve"], check=True, stdout=subprocess.DEVNULL)
    logins = json.loads((INSTANCE / "demo-logins.json").read_text(encoding="utf-8"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    server = subprocess.Popen(
        [SPM, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address)
        with sync_playwright() as playwright:
            program = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for login in logins:
                if login["name"] in roles:
                    take_role(browser, address, login)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    take_pack()
    SHOWN.mkdir(parents=True, exist_ok=True)
    for picture, name in IN_DOCS.items():
        if (PICTURES / picture).is_file():
            shutil.copyfile(PICTURES / picture, SHOWN / name)
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}")
    return 0


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str) -> None:
    """Return once the server answers."""
    for _ in range(100):
        with suppress(OSError), urlopen(f"{address}/sign-in", timeout=5):  # noqa: S310 - our own
            return
        time.sleep(0.1)
    sys.exit("The server does not answer.")


def take_role(browser: Browser, address: str, login: dict[str, str]) -> None:
    """Take every page that the rail of one person leads to, in both sizes and schemes."""
    for size_name, size in SIZES.items():
        for scheme in SCHEMES:
            options: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
            context = browser.new_context(base_url=address, **options)
            page = context.new_page()
            page.goto("/sign-in")
            if login["name"] == ROLES[0]:
                take(page, f"sign-in-{size_name}-{scheme}")
            page.locator("input[name=email]").fill(login["email"])
            page.locator("input[type=password]").fill(login["password"])
            page.locator("input[type=password]").press("Enter")
            page.wait_for_url(lambda url: "sign-in" not in url)
            for path in places(page, address):
                page.goto(path)
                words = re.sub(r"[^a-z0-9]+", "-", urlsplit(path).path.strip("/")) or "home"
                take(page, f"{login['name']}-{words}-{size_name}-{scheme}")
            context.close()


def places(page: Page, address: str) -> list[str]:
    """The addresses of the rail, and of the first row of each list."""
    found: list[str] = page.eval_on_selector_all(
        "nav a[href]", "links => links.map(link => link.href)"
    )
    rail = list(dict.fromkeys(link for link in found if link.startswith(address)))
    inside = []
    for path in rail:
        page.goto(path)
        first = page.locator("main table tbody a[href]").first
        if first.count():
            inside.append(f"{address}{first.get_attribute('href')}")
    return list(dict.fromkeys([*rail, *inside]))


def take(page: Page, name: str) -> None:
    """Take one page in its whole length."""
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def take_pack() -> None:
    """Take the pages of the first review pack."""
    packs = sorted((INSTANCE / "packs").glob("*.pdf"))
    if packs and shutil.which("pdftoppm"):
        draw, pack = ["pdftoppm", "-r", "80", "-png"], str(packs[0])
        subprocess.run([*draw, pack, str(PICTURES / "pack")], check=True)
        # How the pages are numbered depends on how many there are; the cover has a name of its own.
        cover = ["-f", "1", "-l", "1", "-singlefile", pack, str(PICTURES / "pack-cover")]
        subprocess.run([*draw, *cover], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(ROLES)))
