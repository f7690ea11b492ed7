"""A file of an unknown layout, from handing it in to its deals, in a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.jobs.table import worker
from spm.models.pipeline import DealRow
from tests.browser.conftest import PHONE, Findings, Visit
from tests.builders import a_person, a_pipeline, an_organisation
from tests.conftest import NOW

GERMAN = (
    "Vorgangsnr.;Bezeichnung;Kundenname;Betreut von;Verkaufsphase;Ergebnis;Auftragswert netto;Erfasst am;"
    "Entscheidungsdatum;Bemerkung\r\n"
    "V-1;Pumpen;Müller GmbH;Ames, Ann;Angebot;gewonnen;1.234,50;03.02.2026;01.03.2026;eilig\r\n"
    "V-2;Ventile;Kohl KG;Bo Berg;Erstkontakt;läuft;99,00;04.02.2026;;\r\n"
    "V-3;Rohre;Kohl KG;Ames, Ann;Angebot;verloren;50,25;05.02.2026;28.02.2026;\r\n"
)

PLAIN = "Deal ID,Deal Name,Owner,Stage,Status,Amount,Close Date\n1,A,Ann,Won,Won,10,2026-02-03\n"


@pytest.fixture
def operations(engine: Engine) -> int:
    """Olga, who may import; Ann is here already, and a pipeline."""
    with unit(engine, writes=True) as session:
        an_organisation(session)
        a_pipeline(session, "New business")
        a_person(session, "Ann Ames")
        return a_person(session, "Olga Ops", Role.OPERATIONS).id


@pytest.fixture
def work_off(engine: Engine, app: Flask) -> Callable[[], None]:
    """Do all the work that waits."""

    def run() -> None:
        here = worker(engine, lambda: NOW, Path(app.instance_path), timetable=None)
        while here.run_once():
            pass

    return run


def sideways(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize(("size", "scheme"), [(None, "light"), (PHONE, "dark")])
def test_an_unknown_file_is_mapped_looked_at_and_loaded(
    visit: Visit,
    accessibility: Findings,
    operations: int,
    engine: Engine,
    work_off: Callable[[], None],
    size: dict[str, int] | None,
    scheme: str,
) -> None:
    page = visit("/imports/new", person_id=operations, size=size, scheme=scheme)
    page.set_input_files(
        "input[type=file]",
        files=[
            FilePayload(name="vertrieb.csv", mimeType="text/csv", buffer=GERMAN.encode("utf-16"))
        ],
    )
    page.get_by_role("button", name="Look at the files").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(page.get_by_role("link", name="Map the columns vertrieb.csv")).to_be_visible()
    assert accessibility(page) == []
    page.get_by_role("link", name="Map the columns vertrieb.csv").click()
    expect(page.get_by_text("1 thing that is needed has no column yet.")).to_be_visible()
    assert not sideways(page)
    assert accessibility(page) == []
    page.get_by_label("Betreut von is read as").select_option(label="Owner")
    page.get_by_role("button", name="Read the columns so").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(page.get_by_text("1 of 3 rows would be refused.")).to_be_visible()
    assert not sideways(page)
    assert accessibility(page) == []

    page.get_by_role("link", name="Stages and people").click()
    page.get_by_role("link", name="New business").click()
    expect(page.get_by_role("link", name="New business")).to_have_attribute("aria-current", "true")
    assert not sideways(page)
    assert accessibility(page) == []
    page.get_by_label("Ames, Ann is", exact=True).select_option(
        label="Ann Ames · ann.ames@example.com"
    )
    page.get_by_label("Angebot is the stage").select_option(label="Proposal")
    page.get_by_label("läuft says that the deal is").select_option(label="open")
    page.get_by_role("button", name="Read the values so").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(page.get_by_text("All 3 rows can be loaded.")).to_be_visible()
    page.get_by_label("Keep the mapping as").fill("Vertrieb")
    page.get_by_role("button", name="Load all rows").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(page.get_by_text("3 rows were read, 0 refused.")).to_be_visible()
    assert accessibility(page) == []
    with Session(engine) as session:
        assert sorted(session.scalars(select(DealRow.name))) == ["Pumpen", "Rohre", "Ventile"]

    page.goto("/imports/mappings", wait_until="load")
    assert not sideways(page)
    assert accessibility(page) == []
    page.get_by_role("link", name="Vertrieb", exact=True).click()
    expect(page.get_by_role("heading", name="Vertrieb")).to_be_visible()
    assert not sideways(page)
    assert accessibility(page) == []


@pytest.mark.parametrize(("size", "scheme"), [(None, "light"), (PHONE, "dark")])
def test_a_loaded_import_is_undone_by_somebody_else(
    visit: Visit,
    accessibility: Findings,
    operations: int,
    engine: Engine,
    work_off: Callable[[], None],
    size: dict[str, int] | None,
    scheme: str,
) -> None:
    page = visit("/imports/new", person_id=operations, size=size, scheme=scheme)
    page.set_input_files(
        "input[type=file]",
        files=[FilePayload(name="deals.csv", mimeType="text/csv", buffer=PLAIN.encode())],
    )
    page.get_by_role("button", name="Look at the files").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    page.get_by_role("button", name="Load all rows").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(page.get_by_text("A second person of sales operations")).to_be_visible()
    address = page.url
    with unit(engine, writes=True) as session:
        second = a_person(session, "Otto Ops", Role.OPERATIONS).id
    other = visit(address, person_id=second, size=size, scheme=scheme)
    assert not sideways(other)
    other.get_by_role("button", name="Undo this import").click()
    other.get_by_role("dialog").get_by_role("button", name="Undo this import").click()
    expect(other.get_by_text("Waiting for its turn")).to_be_visible()
    work_off()
    expect(other.get_by_text("What the undo did")).to_be_visible()
    assert not sideways(other)
    assert accessibility(other) == []
    with Session(engine) as session:
        assert session.scalars(select(DealRow.name)).all() == []
