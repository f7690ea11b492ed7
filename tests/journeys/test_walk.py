"""Every page as every role, wide and light, narrow and dark: sound to a machine that looks at it.

From the home page on, one link of each kind of address is followed, and one form of each kind that a
page answers to (with its first box ticked, as whoever changes many ticks some); so a page that nothing leads to,
and a link that leads nowhere, are found as well.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from spm.adapters.database import open_engine
from spm.app import create_app
from tests.access.world import World, build, read
from tests.builders import start_session
from tests.databases import Databases
from tests.journeys.conftest import DESK, settings_at
from tests.journeys.house import served

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
LOOKS: tuple[tuple[dict[str, int], Any], ...] = ((DESK, "light"), (PHONE, "dark"))

PEOPLE = ("rita", "hanna", "olga", "emil", "enid", "abel", "ada")
"""One of each role: rep, manager, operations, executive, enablement, auditor, administrator."""

FILES = frozenset(
    {
        "deals.export",
        "imports.errors",
        "imports.mapping_file",
        "packs.download",
        "packs.download_run",
        "packs.draft",
        "static",
    }
)
"""What answers a file and no page."""

UNLINKED = frozenset(
    {
        "identity.set_up",  # before there is anybody
        "identity.sign_in",
        "identity.welcome",  # by a link of its own
        "deals.rename_view",  # on a view of one's own; the walk opens one list, with none
        "imports.progress",
        "imports.values",  # where an import waits for what its values mean
        "moves.propose",  # on the page of somebody below; the walk opens one person, who is not
        "packs.run_progress",  # a part of a page
        "people.release",  # where somebody has a territory; nobody of the story does
    }
)
"""What nothing has to lead somebody to who is signed in."""

LOOK = """() => ({
    headings: document.querySelectorAll("h1").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    twice: [...document.querySelectorAll("[id]")].map(one => one.id)
        .filter((id, at, all) => all.indexOf(id) !== at),
    links: [...document.querySelectorAll("a[href]")].filter(one => one.origin === location.origin
        && !one.hasAttribute("download")).map(one => one.href.split("#")[0]),
    forms: [...document.forms].filter(form => form.hasAttribute("action")).map(form => {
        const action = new URL(form.getAttribute("action"), location);
        if (form.method !== "get") return action.href;
        const box = [...form.elements].find(one => one.type === "checkbox");
        const was = box?.checked;
        if (box) box.checked = true;
        action.search = new URLSearchParams(new FormData(form));
        if (box) box.checked = was;
        return action.href;
    }),
})"""
"""What a page looks like to a machine."""

JUDGE = (
    "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
)


@dataclass
class Walk:
    """One walk through the company by several people.

    Attributes:
        judged: The (kind of page, width) pairs that axe has seen; it is slow, and what roles see of
            one kind of page is made of the same parts.
        reached: The endpoints that somebody has opened.
        found: What is wrong, a line each.
    """

    map: Map
    axe: str
    judged: set[tuple[str, int]] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)

    def kind(self, address: str) -> tuple[str, str]:
        """Return an address's endpoint, and the endpoint with what is no number of its arguments."""
        try:
            endpoint, arguments = self.map.bind("localhost").match(urlsplit(address).path)
        except (HTTPException, RequestRedirect):
            return "", urlsplit(address).path  # followed, so that its answer is judged
        words = [value for name, value in sorted(arguments.items()) if name == "what"]
        return endpoint, " ".join((endpoint, *words))

    def follow(self, page: Page) -> None:
        """Open one page of each kind that somebody can click to from the home page on."""
        waiting, seen = ["/"], {"scorecards.home"}
        while waiting:
            address = waiting.pop(0)
            for link in self._open(page, address):
                endpoint, kind = self.kind(link)
                if kind not in seen and endpoint not in FILES:
                    seen.add(kind)
                    waiting.append(link)

    def _open(self, page: Page, address: str) -> list[str]:
        """Judge one page in both looks; return the links that it offers."""
        page.set_viewport_size(LOOKS[0][0])  # type: ignore[arg-type]
        page.emulate_media(color_scheme=LOOKS[0][1])
        answer = page.goto(address)
        status = answer.status if answer else 0
        asked, (endpoint, kind) = self.kind(address)[0], self.kind(page.url)
        self.reached |= {asked, endpoint}  # two where the one leads on to the other
        said: dict[str, Any] = {}
        for size, scheme in LOOKS:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme)
            said = page.evaluate(LOOK)
            wrong = list(_wrong(said, status, size))
            if (kind, size["width"]) not in self.judged:
                self.judged.add((kind, size["width"]))
                page.evaluate(self.axe)  # by the debugger, which the page's policy does not bind
                wrong += _violations(page.evaluate(JUDGE, WCAG))
            self.found += [f"{page.url} at {size['width']} px: {one}" for one in wrong]
        return [*said["links"], *(form for form in said["forms"] if self.kind(form)[0])]


def _wrong(said: dict[str, Any], status: int, size: dict[str, int]) -> Iterator[str]:
    if status != 200:
        yield f"status {status}"
    if said["headings"] != 1:
        yield f"{said['headings']} h1"
    if said["wide"] > 0:
        yield f"{said['wide']} px wider than the screen"
    yield from (f"id {one} twice" for one in said["twice"])


def _violations(answer: dict[str, Any]) -> list[str]:
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in answer["violations"]
        for node in one["nodes"][:3]
    ]


@pytest.mark.slow
def test_every_page_is_sound_as_every_role(
    databases: Databases, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched: run make setup-dev")
    with ExitStack() as stack:
        at = stack.enter_context(databases.clean("sqlite", "story", build))
        engine = open_engine(at)
        stack.callback(engine.dispose)
        with Session(engine) as session:
            world: World = read(session)
        settings = settings_at(at, tmp_path)
        routes = create_app(settings).url_map
        address = stack.enter_context(served(settings, engine))
        walk = Walk(routes, AXE.read_text(encoding="utf-8"))
        for who in PEOPLE:
            token = start_session(engine, world.people[who])
            walk.follow(open_page(address, DESK, "light", token))
    pages = {rule.endpoint for rule in routes.iter_rules() if "GET" in (rule.methods or ())}
    assert not walk.found, "\n".join(dict.fromkeys(walk.found))
    assert pages - walk.reached == FILES | UNLINKED
