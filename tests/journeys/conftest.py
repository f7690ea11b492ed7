"""One served house per test process, and people who sign in with their password."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from config import Settings
from spm.adapters.database import open_engine
from tests.databases import Databases
from tests.journeys.house import PASSWORD, House, furnish, served

DESK = {"width": 1440, "height": 900}

SignIn = Callable[[str], Page]
"""Return the home page of a person of the house, named as in ``House.people``."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def settings_at(database_url: str, folder: Path) -> Settings:
    """Return the settings of an installation in a folder."""
    return Settings(
        database_url=database_url,
        instance=folder,
        secret_key="for-tests-only",
        audit_keys="1:for-tests-only-for-tests-only-for-tests",
        base_url="http://localhost",
        password_cost="test",
        is_testing=True,
    )


@pytest.fixture(scope="session")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house, served; journeys share it, so each keeps to people of its own."""
    with ExitStack() as stack:
        at = stack.enter_context(databases.clean("sqlite"))
        engine = open_engine(at)
        stack.callback(engine.dispose)
        made = furnish(engine)
        settings = settings_at(at, tmp_path_factory.mktemp("house"))
        address = stack.enter_context(served(settings, engine))
        yield House(address, engine, made["people"], **made["things"])


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of; a test fails that leaves any."""
    found: list[str] = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page of a new visitor: ``open_page(address, size, scheme)``."""
    contexts: list[BrowserContext] = []

    def opened(
        address: str, size: dict[str, int] | None = None, scheme: Any = "light", token: str = ""
    ) -> Page:
        size = size or DESK
        context = browser.new_context(
            base_url=address,
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme=scheme,
            locale="en-US",
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        if token:
            context.add_cookies([{"name": "spm", "value": token, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note(said, page, complaints))
        return page

    yield opened
    for context in contexts:
        context.close()


def _note(said: ConsoleMessage, page: Page, complaints: list[str]) -> None:
    if said.type in {"error", "warning"}:
        complaints.append(f"{page.url}: {said.text}")


@pytest.fixture
def sign_in(house: House, open_page: Callable[..., Page]) -> SignIn:
    """Sign somebody in as they would."""

    def signed_in(who: str) -> Page:
        page = open_page(house.address)
        page.goto("/")
        page.get_by_label("E-mail address").fill(house.email(who))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda at: "sign-in" not in at)
        return page

    return signed_in
