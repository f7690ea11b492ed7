"""The gallery in a browser: every component, on a phone and on a desk, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Dialog, expect
from sqlalchemy import Engine

from spm.adapters.database import unit
from spm.domain.access import Role
from tests import builders
from tests.browser.conftest import DESK, PHONE, Findings, Visit

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def reader(engine: Engine) -> int:
    """Somebody who may sign in."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        return builders.a_person(session, "佐藤 美咲", Role.MANAGER).id


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out_and_the_page_stays_in_its_width(
    visit: Visit, accessibility: Findings, reader: int, size: dict[str, int], scheme: Any
) -> None:
    page = visit("/gallery", person_id=reader, size=size, scheme=scheme)
    assert accessibility(page) == []
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("locale", ["ja", "ko", "uk"])
def test_every_language_fits_on_a_phone(visit: Visit, reader: int, locale: str) -> None:
    page = visit("/gallery", person_id=reader, size=PHONE, locale=locale)
    assert page.get_attribute("html", "lang") == locale
    assert page.evaluate(OVERFLOW) == 0


def test_a_theme_that_is_chosen_is_kept(visit: Visit, reader: int) -> None:
    page = visit("/gallery", person_id=reader)
    page.locator(".person-menu summary").first.click()
    page.locator("button[name=theme][value=dark]").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_a_language_that_is_chosen_is_spoken_on_the_same_page(visit: Visit, reader: int) -> None:
    page = visit("/gallery?period=2026-Q3", person_id=reader)
    page.locator(".person-menu summary").first.click()
    page.locator("button[name=language][value=uk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    assert page.url.endswith("/gallery?period=2026-Q3")


def test_menus_and_dialogs_answer_to_the_keyboard(visit: Visit, reader: int) -> None:
    page = visit("/gallery", person_id=reader)
    summary = page.locator(".stepper summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".stepper .menu-list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".stepper .menu-list")).to_be_hidden()
    expect(summary).to_be_focused()
    page.locator("form[data-confirm] button").click()
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()


def test_the_first_key_leads_past_the_rail(visit: Visit, reader: int) -> None:
    page = visit("/gallery", person_id=reader)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_toast_can_be_read_and_closed(visit: Visit, reader: int) -> None:
    page = visit("/gallery", person_id=reader)
    page.locator("[data-say]").click()
    note = page.locator(".toasts > .toast-note")
    expect(note).to_be_visible()
    note.locator("[data-dismiss]").click()
    expect(note).to_have_count(0)


def test_a_form_that_was_changed_is_not_left_by_a_slip(visit: Visit, reader: int) -> None:
    page = visit("/gallery", person_id=reader)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.locator("form[data-guard] input[name=name]").fill("Somebody else")
    page.locator("form[data-guard] input[name=name]").press("Tab")
    page.goto("/gallery")
    assert asked == ["beforeunload"]
