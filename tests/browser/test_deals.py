"""The list of deals and the search in a browser: edited in place, changed together, kept, exported, found."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Actor, Role
from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts
from spm.models.pipeline import DealRow
from spm.queries.organisation.settings import get_organisation
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.browser.conftest import DESK, PHONE, Findings, Visit
from tests.builders import a_person, a_pipeline, a_team, an_account, an_organisation
from tests.conftest import NOW

pytestmark = pytest.mark.sqlite
NAMES = ("Alpha", "Beta", "Гамма")


@pytest.fixture
def rep_id(engine: Engine) -> int:
    with unit(engine, writes=True) as session:
        an_organisation(session)
        manager = a_person(session, "Mia Moor", Role.MANAGER)
        rep = a_person(session, "Rita Rep", manager=manager)
        a_team(session, "North", rep, head=manager)
        pipeline, _ = a_pipeline(session, "New business")
        an_account(session, "Гамма Оптика")
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        for name in NAMES:
            facts = Facts(name, "USD", amount=Money("USD", 100_000))
            owner, place = PersonId(rep.id), PipelineId(pipeline.id)
            deals.create(work, deals.NewDeal(facts, owner, place, None, date(2026, 10, 5)))
        return rep.id


def rows(engine: Engine) -> dict[str, DealRow]:
    with Session(engine) as session:
        return {name: session.get_one(DealRow, DealId(n)) for n, name in enumerate(NAMES, 1)}


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_fact_is_edited_where_it_stands(
    visit: Visit, engine: Engine, rep_id: int, size: dict[str, int]
) -> None:
    page = visit("/deals?sort=name", person_id=rep_id, size=size)
    page.get_by_role("link", name="Edit the next step · Alpha").click()
    page.locator(".cell-form").get_by_label("Next step").fill("Call on Monday")
    page.locator(".cell-form").get_by_role("button", name="Save").click()
    page.get_by_text("Alpha is changed.").wait_for()
    assert page.url.endswith("/deals?sort=name")
    assert rows(engine)["Alpha"].next_step == "Call on Monday"


def test_ticked_deals_are_changed_together(visit: Visit, engine: Engine, rep_id: int) -> None:
    page = visit("/deals", person_id=rep_id)
    for name in ("Alpha", "Гамма"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_label("Of the ticked, change").select_option("close")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Expected close").fill("2026-12-24")
    page.get_by_role("button", name="Change 2 deals").click()
    page.get_by_text("2 deals are changed.").wait_for()
    found = {name: row.expected_close_on for name, row in rows(engine).items()}
    assert found == {"Alpha": date(2026, 12, 24), "Beta": None, "Гамма": date(2026, 12, 24)}


def test_a_list_is_kept_and_comes_back(visit: Visit, rep_id: int) -> None:
    page = visit("/deals?status=open&q=beta", person_id=rep_id)
    page.get_by_text("Keep this list").click()
    page.get_by_label("Name", exact=True).fill("Only Beta")
    page.get_by_label("For").select_option(label="North")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("The view Only Beta is kept.").wait_for()
    page.goto("/deals")
    page.get_by_role("link", name="Only Beta").click()
    page.wait_for_url("**q=beta*")
    assert page.locator("tbody tr").count() == 1
    page.get_by_text("Keep this list").click()
    page.get_by_role("button", name="Drop Only Beta").click()
    page.get_by_text("The view Only Beta is dropped.").wait_for()


@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_what_is_shown_is_taken_away(visit: Visit, rep_id: int, tmp_path: Path, kind: str) -> None:
    page = visit("/deals?status=open&q=alpha", person_id=rep_id)
    with page.expect_download() as coming:
        page.get_by_role("link", name=f"As {kind}").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.suffix == f".{kind.lower()}"
    content = path.read_bytes()
    assert content.startswith(b"PK") if kind == "XLSX" else b"Alpha" in content
    assert b"Beta" not in content


def find(page: Page, words: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")


def test_a_slash_leads_to_the_search(visit: Visit, rep_id: int) -> None:
    page = visit("/deals/board", person_id=rep_id)
    find(page, "гамма")
    main = page.locator("main")
    assert main.get_by_role("link", name="Гамма", exact=True).is_visible()
    assert main.get_by_role("link", name="Гамма Оптика").is_visible()
    page.goto("/deals")
    find(page, "moor")
    assert page.locator("main").get_by_role("link", name="Mia Moor").is_visible()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
@pytest.mark.parametrize(
    "path",
    [
        "/deals",
        "/search?q=a",
        "/deals/1/set/amount",
        "/deals/bulk?what=close&chosen=1.1&chosen=2.1",
    ],
)
def test_it_fits_and_axe_finds_nothing(
    visit: Visit,
    rep_id: int,
    accessibility: Findings,
    path: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    page = visit(path, person_id=rep_id, size=size, scheme=scheme)
    if path == "/deals":
        page.get_by_text("Keep this list").click()
    assert not accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
