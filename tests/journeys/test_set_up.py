"""The first visitor of an empty installation."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor
from spm.domain.identity import Purpose
from spm.domain.organisation import Organisation
from spm.services.identity.credentials import make_token
from spm.services.work import Work
from tests.conftest import NOW
from tests.databases import Databases
from tests.journeys.conftest import settings_at
from tests.journeys.house import PASSWORD, served


def test_the_printed_link_leads_to_a_working_sign_in(
    databases: Databases, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with databases.clean("sqlite") as at:
        engine = open_engine(at)
        with unit(engine, writes=True) as session:
            work = Work(session, Actor.console(), NOW, Organisation(name=""))
            token = make_token(work, Purpose.SET_UP)
        with served(settings_at(at, tmp_path), engine) as address:
            page = open_page(address)
            page.goto(f"/set-up/{token}")
            page.get_by_label("Organisation", exact=True).fill("Зоря & Söhne")
            page.get_by_label("Time zone").select_option("Europe/Kyiv")
            page.get_by_label("Currency").select_option("EUR")
            page.get_by_label("Your name").fill("Олена Admin")
            page.get_by_label("Your e-mail address").fill("olena@example.com")
            page.get_by_label("Your password").fill(PASSWORD)
            page.get_by_role("button", name="Set up and sign in").click()
            page.wait_for_url("**/people")
            assert "Олена Admin" in page.locator("main").inner_text()

            page.locator(".person-menu summary.person").click()
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/sign-in")
            page.goto("/")
            page.get_by_label("E-mail address").fill("olena@example.com")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("navigation").first.wait_for()
            assert "sign-in" not in page.url

            other = open_page(address)
            other.goto(f"/set-up/{token}")
            assert other.url.endswith("/sign-in")
        engine.dispose()
