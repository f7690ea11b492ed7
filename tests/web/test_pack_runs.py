"""The pages of packs in one go: ask, watch, stop, fetch."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.http import parse_options_header

from spm.adapters.assets import VENDOR
from spm.adapters.database import unit
from spm.domain.access import Role
from spm.jobs.packs import HANDLERS
from spm.jobs.worker import Worker
from spm.services.targets.kpis import ensure_won_revenue_kpi
from tests import builders
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]

pytestmark = pytest.mark.skipif(
    not (VENDOR / "fonts" / "NotoSans-Regular.ttf").is_file(),
    reason="the fonts of the PDF are not fetched: run make setup",
)


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """A director over a manager with a team of one."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        director = builders.a_person(session, "Dora", Role.MANAGER)
        boss = builders.a_person(session, "Hanna", Role.MANAGER, manager=director)
        rep = builders.a_person(session, "Rita", manager=boss)
        group = builders.a_team(session, "Group", head=director)
        west = builders.a_team(session, "West <1>", rep, head=boss, parent=group)
        ensure_won_revenue_kpi(session, NOW)
        return {"director": director.id, "boss": boss.id, "rep": rep.id, "west": west.id}


def ask(browser: FlaskClient, team: int | None) -> str:
    """Ask for the packs of a team; return the address of the run's page."""
    page = browser.get("/packs/runs/new").get_data(as_text=True)
    once = re.search(r'name="once"[^>]*value="([^"]+)"', page)
    assert once
    form = {
        "team_id": "" if team is None else str(team),
        "period": "2026-Q4",
        "language": "en",
        "paper": "a4",
        "once": once[1],
    }
    response = browser.post("/packs/runs/new", data=form)
    assert response.status_code == 303, response.get_data(as_text=True)
    return str(response.headers["Location"])


def do(app: Flask, engine: Engine) -> None:
    worker = Worker(engine, lambda: NOW, Path(app.instance_path), HANDLERS)
    while worker.run_once():
        pass


def test_a_team_s_packs_are_asked_for_watched_and_fetched(
    app: Flask, client_of: Browser, engine: Engine, people: dict[str, int]
) -> None:
    dora = client_of(people["director"])
    address = ask(dora, people["west"])
    waiting = dora.get(address).get_data(as_text=True)
    assert "Waiting for its turn" in waiting
    assert "West &lt;1&gt;" in waiting
    assert dora.get(f"{address}/progress").status_code == 200
    assert dora.get(f"{address}/zip").status_code == 409

    do(app, engine)
    assert dora.get(f"{address}/progress").status_code == 303
    text = dora.get(address).get_data(as_text=True)
    assert "2 packs are issued." in text
    assert "Download ZIP" in text
    assert address in dora.get("/packs").get_data(as_text=True)

    response = dora.get(f"{address}/zip")
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    content = response.data
    response.close()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        packs = {name: archive.read(name) for name in names}
    assert len(packs) == 2
    for number in re.findall(r"/packs/(\d+)/pdf", text):
        alone = dora.get(f"/packs/{number}/pdf")
        name = parse_options_header(alone.headers["Content-Disposition"])[1]["filename"]
        assert packs[name] == alone.data


def test_a_run_is_stopped(client_of: Browser, people: dict[str, int]) -> None:
    dora = client_of(people["director"])
    address = ask(dora, None)
    page = dora.get(address).get_data(as_text=True)
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    assert dora.post(f"{address}/cancel", data={"once": once[1]}).status_code == 303
    text = dora.get(address).get_data(as_text=True)
    assert "This was stopped." in text
    assert "cancelled" in dora.get("/jobs").get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("rep", "/packs/runs/new", 404),
        ("rep", "{run}", 404),
        ("boss", "{run}", 404),
        ("boss", "{run}/zip", 404),
        ("boss", "{run}/progress", 404),
        ("boss", "/packs/runs/new", 200),
        ("director", "{run}", 200),
    ],
)
def test_a_run_is_there_for_who_asked(
    client_of: Browser, people: dict[str, int], who: str, path: str, status: int
) -> None:
    run = ask(client_of(people["director"]), None)
    assert client_of(people[who]).get(path.format(run=run)).status_code == status


def test_who_has_nobody_there_is_told_so(client_of: Browser, people: dict[str, int]) -> None:
    boss = client_of(people["boss"])
    page = boss.get("/packs/runs/new").get_data(as_text=True)
    assert "Group" not in page  # out of sight
    once = re.search(r'name="once"[^>]*value="([^"]+)"', page)
    assert once
    form = {"period": "2027-Q4", "language": "en", "paper": "a4", "once": once[1]}
    response = boss.post("/packs/runs/new", data=form)
    assert response.status_code == 422
    assert "The period has not begun." in response.get_data(as_text=True)
