"""The product served on a free port, and a Chromium that fails on what people would not see.

A page that throws in a script, breaks the content security policy, or asks for a file that is not
there fails its test, whatever else the test looks at.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response
from sqlalchemy import Engine

from config import Settings
from tests.builders import start_session

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

Visit = Callable[..., Page]
Findings = Callable[[Page], list[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser, and a slow machine may take its time."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def address(app: Flask, settings: Settings) -> Iterator[str]:
    """Where the application is served for the length of a test."""
    server: Any = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://localhost:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def visit(browser: Browser, address: str, engine: Engine) -> Iterator[Visit]:
    """Open a page: ``visit("/deals", person_id=3, width=PHONE, scheme="dark", locale="ja")``."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        path: str,
        *,
        person_id: int | None = None,
        size: dict[str, int] | None = None,
        scheme: Any = "light",
        locale: str = "en-US",
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": (size or DESK)["width"], "height": (size or DESK)["height"]},
            color_scheme=scheme,
            locale=locale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        if person_id is not None:
            token = start_session(engine, person_id)
            context.add_cookies([{"name": "spm", "value": token, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("console", lambda message: _note(message.type, message.text, complaints))
        page.on("response", lambda response: _note_missing(response, complaints))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def _note(kind: str, text: str, complaints: list[str]) -> None:
    # Chromium reports each answer of 400 and more as well; tests of refusals ask for those.
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        complaints.append(f"console: {text}")


def _note_missing(response: Response, complaints: list[str]) -> None:
    if "/static/" in response.url and response.status >= 400:
        complaints.append(f"{response.status}: {response.url}")


@pytest.fixture
def accessibility() -> Findings:
    """What axe finds on a page under WCAG 2.2 AA, one line each; nothing on a good page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched: run make setup-dev")
    script = AXE.read_text(encoding="utf-8")

    def find(page: Page) -> list[str]:
        page.evaluate(script)  # by the debugger, which the page's policy does not bind
        answer = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG
        )
        return [
            f"{finding['id']} ({finding['impact']}): {finding['help']}: {node['html'][:160]}"
            for finding in answer["violations"]
            for node in finding["nodes"]
        ]

    return find
