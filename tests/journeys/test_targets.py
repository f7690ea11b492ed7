"""A manager sets targets; the rep reads why, accepts one and objects to the other."""

import re

from playwright.sync_api import Page

from tests.journeys.conftest import SignIn
from tests.journeys.house import House


def set_target(manager: Page, house: House, period: str, value: str, why: str) -> str:
    """Set a target for Taras; return the address of its page."""
    manager.goto(f"/targets/new?kpi={house.kpi_id}")
    manager.locator("#owner").select_option(f"person-{house.people['taras']}")
    manager.locator("#period").fill(period)
    manager.locator("#value").fill(value)
    manager.locator("#rationale").fill(why)
    manager.get_by_role("button", name="Set target").click()
    manager.wait_for_url(re.compile(r"/targets/\d+$"))
    return manager.url


def test_a_target_is_set_read_and_answered(sign_in: SignIn, house: House) -> None:
    manager = sign_in("manager")
    accepted = set_target(manager, house, "2027-Q1", "5000", "Two renewals fall due then.")
    disputed = set_target(manager, house, "2027-Q2", "90000", "The board wants more.")

    rep = sign_in("taras")
    rep.goto("/targets")
    rep.locator(f'a[href$="{accepted.rpartition("/targets/")[2]}"]').first.click()
    assert "Two renewals fall due then." in rep.locator("main").inner_text()
    assert "$5,000" in rep.locator("main").inner_text()
    rep.get_by_role("button", name="Accept").click()
    rep.get_by_role("button", name="Accept").wait_for(state="detached")
    assert "Accepted" in rep.locator("main").inner_text()

    rep.goto(disputed)
    assert "The board wants more." in rep.locator("main").inner_text()
    rep.get_by_label("Your words").fill("Two of my accounts have closed.")
    rep.get_by_role("button", name="Object").click()
    rep.get_by_text("Two of my accounts have closed.").first.wait_for()

    manager.goto(disputed)
    said = manager.locator("#answer").inner_text()
    assert "Two of my accounts have closed." in said
    assert "Taras" in said
    assert "Objected" in said
    manager.goto(accepted)
    assert "Accepted" in manager.locator("main").inner_text()
