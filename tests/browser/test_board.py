"""The board in a browser: a card is dragged, moved by its form, taken back; both widths, axe clean."""

from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Page
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Actor, Role
from spm.domain.ids import DealId, PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts
from spm.models.pipeline import DealEventRow, DealRow, StageRow
from spm.queries.organisation.settings import get_organisation
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.browser.conftest import DESK, PHONE, Findings, Visit
from tests.builders import a_person, a_pipeline, an_account, an_organisation
from tests.conftest import NOW

pytestmark = pytest.mark.sqlite


@dataclass
class House:
    rep_id: int
    manager_id: int
    deals: dict[str, DealId]
    stages: dict[str, int]
    engine: Engine

    def stage_of(self, name: str) -> str:
        """The stage that a deal is in."""
        with Session(self.engine) as session:
            row = session.get_one(DealRow, self.deals[name])
            return session.get_one(StageRow, row.stage_id).name

    def moves(self, name: str) -> list[str]:
        """The events of a deal, oldest first."""
        with Session(self.engine) as session:
            return list(
                session.scalars(
                    select(DealEventRow.kind)
                    .where(DealEventRow.deal_id == self.deals[name])
                    .order_by(DealEventRow.id)
                )
            )


@pytest.fixture
def house(engine: Engine) -> House:
    with unit(engine, writes=True) as session:
        an_organisation(session)
        manager = a_person(session, "Mia Moor", Role.MANAGER)
        rep = a_person(session, "Rita Rep", manager=manager)
        pipeline, stages = a_pipeline(session, "New business")
        stages["Proposal"].entry_criteria = "The need is understood"
        stages["Negotiation"].entry_criteria = "A price was given\nTerms are known"
        stages["Negotiation"].is_gated = True
        an_account(session, "Зоря")
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        made = {}
        for name in ("Alpha", "Beta"):
            facts = Facts(
                name, "USD", amount=Money("USD", 100_000), expected_close_on=date(2026, 12, 18)
            )
            made[name] = deals.create(
                work,
                deals.NewDeal(
                    facts, PersonId(rep.id), PipelineId(pipeline.id), None, date(2026, 10, 5)
                ),
            )
        ids = {name: row.id for name, row in stages.items()}
        return House(rep.id, manager.id, made, ids, engine)


def drag(page: Page, house: House, name: str, stage: str) -> None:
    """Take a card by the mouse, carry it to a column and let it go."""
    card = page.locator(f'[data-deal="{house.deals[name]}"] .board-line').first
    target = page.locator(f'[data-stage="{house.stages[stage]}"]')
    start, end = card.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 6)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + 60, end["y"] + 30, steps=12)
    page.mouse.up()


def test_a_card_is_dragged_and_the_move_taken_back(visit: Visit, house: House) -> None:
    page = visit("/deals/board", person_id=house.rep_id)
    drag(page, house, "Alpha", "Qualification")
    page.get_by_text("Alpha is now in Qualification.").wait_for()
    assert house.stage_of("Alpha") == "Qualification"
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("The move of Alpha is taken back.").wait_for()
    assert house.stage_of("Alpha") == "Prospecting"
    assert house.moves("Alpha") == ["created", "stage", "stage"]


def hold_and_carry(page: Page, house: House, name: str, stage: str) -> None:
    """Take a card by a finger: hold it, carry it, let it go."""
    card = page.locator(f'[data-deal="{house.deals[name]}"] .board-line').first
    target = page.locator(f'[data-stage="{house.stages[stage]}"]')
    start, end = card.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    left, top = start["x"] + 20, start["y"] + 6
    touch("touchStart", (left, top))
    page.wait_for_timeout(400)
    for step in range(1, 13):
        across = (end["x"] + 60 - left) * step / 12
        touch("touchMove", (left + across, top + 10 * step / 12))
    touch("touchEnd")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_finger_moves_a_card(visit: Visit, house: House, size: dict[str, int]) -> None:
    page = visit("/deals/board", person_id=house.rep_id, size=size)
    hold_and_carry(page, house, "Alpha", "Qualification")
    page.get_by_text("Alpha is now in Qualification.").wait_for()
    assert house.stage_of("Alpha") == "Qualification"


def test_a_stage_that_asks_for_something_says_so_first(visit: Visit, house: House) -> None:
    page = visit("/deals/board", person_id=house.rep_id)
    drag(page, house, "Alpha", "Proposal")
    dialog = page.locator("#board-dialog")
    dialog.get_by_text("The need is understood").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    first = page.locator(f'[data-stage="{house.stages["Prospecting"]}"] .board-card').first
    first.get_by_role("link", name="Alpha").wait_for()
    assert house.stage_of("Alpha") == "Prospecting"
    drag(page, house, "Alpha", "Lost")
    dialog.get_by_label("Why it was lost").fill("Price")
    dialog.get_by_role("button", name="Move").click()
    page.get_by_text("Alpha is now in Lost.").wait_for()
    assert house.stage_of("Alpha") == "Lost"


def test_what_a_stage_demands_is_ticked(
    visit: Visit, house: House, accessibility: Findings
) -> None:
    page = visit("/deals/board", person_id=house.rep_id)
    drag(page, house, "Alpha", "Negotiation")
    dialog = page.locator("#board-dialog")
    dialog.get_by_label("A price was given").check()
    assert not accessibility(page)
    dialog.get_by_role("button", name="Move").click()
    page.get_by_text("Tick that it holds: Terms are known.").wait_for()
    assert house.stage_of("Alpha") == "Prospecting"
    page.get_by_label("Terms are known").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("Alpha is now in Negotiation.").wait_for()
    assert house.stage_of("Alpha") == "Negotiation"


def test_the_keyboard_alone_moves_a_card(visit: Visit, house: House) -> None:
    page = visit("/deals/board", person_id=house.rep_id)
    card = page.locator(f'[data-deal="{house.deals["Beta"]}"]')
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Prop")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.locator("#board-dialog")
    dialog.get_by_text("The need is understood").wait_for()
    dialog.get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Beta is now in Proposal.").wait_for()
    assert house.stage_of("Beta") == "Proposal"


def test_a_card_moves_without_scripts(visit: Visit, house: House) -> None:
    page = visit("/deals/board", person_id=house.rep_id)
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(
        f"/deals/{house.deals['Beta']}/move?stage={house.stages['Qualification']}&back=/deals/board"
    )
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("Beta is now in Qualification.").wait_for()
    assert house.stage_of("Beta") == "Qualification"


def test_a_deal_is_entered_in_a_column(visit: Visit, house: House) -> None:
    page = visit("/deals/board", person_id=house.rep_id, size=PHONE, scheme="dark")
    column = page.get_by_role("region", name="Qualification", exact=True)
    column.locator(".board-add > summary").click()
    column.get_by_label("Name").fill("Quick one")
    column.get_by_label("Amount").fill("2500")
    column.get_by_role("button", name="Enter").click()
    page.get_by_text("Quick one is entered.").wait_for()
    assert "$2,500" in page.get_by_role("region", name="Qualification", exact=True).inner_text()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_it_fits_and_axe_finds_nothing(
    visit: Visit, house: House, accessibility: Findings, size: dict[str, int], scheme: str
) -> None:
    page = visit("/deals/board", person_id=house.manager_id, size=size, scheme=scheme)
    page.locator(".board-card summary").first.click()
    assert not accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
