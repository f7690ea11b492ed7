"""The pages of review packs."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.http import parse_options_header

from spm.adapters.assets import VENDOR
from spm.adapters.database import unit
from spm.domain.access import Role
from spm.services.targets.kpis import ensure_won_revenue_kpi
from tests import builders
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]

needs_fonts = pytest.mark.skipif(
    not (VENDOR / "fonts" / "NotoSans-Regular.ttf").is_file(),
    reason="the fonts of the PDF are not fetched: run make setup",
)


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """A manager over a rep who won 1,000, somebody else, an auditor."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        boss = builders.a_person(session, "Boss <b>", Role.MANAGER)
        rep = builders.a_person(session, "Ірина <Ткач>", manager=boss)
        peer = builders.a_person(session, "Peer")
        auditor = builders.a_person(session, "Ada Audit", Role.AUDITOR)
        operations = builders.a_person(session, "Olga", Role.OPERATIONS)
        builders.a_team(session, "North", rep, head=boss)
        _, stages = builders.a_pipeline(session)
        opened, closed = date(2026, 10, 1), date(2026, 10, 5)
        builders.a_dated_deal(session, rep, stages["Won"], opened_on=opened, closed_on=closed)
        ensure_won_revenue_kpi(session, NOW)
        found = {
            "boss": boss,
            "rep": rep,
            "peer": peer,
            "auditor": auditor,
            "operations": operations,
        }
        return {name: person.id for name, person in found.items()}


def _once(text: str) -> str:
    found = re.search(r'name="once"[^>]*value="([^"]+)"', text)
    assert found
    return found[1]


def _issue(browser: FlaskClient, people: dict[str, int], **more: str) -> str:
    """Issue the rep's pack; return the address of its page."""
    form = {
        "person_id": str(people["rep"]),
        "period": "2026-Q4",
        "language": "en",
        "paper": "a4",
        "once": _once(browser.get("/packs/new").get_data(as_text=True)),
    } | more
    response = browser.post("/packs/new", data=form)
    assert response.status_code == 303, response.get_data(as_text=True)
    return str(response.headers["Location"])


def test_a_manager_issues_a_pack_and_both_read_it(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss, rep = client_of(people["boss"]), client_of(people["rep"])
    address = _issue(boss, people, first_words="Call twice", first_owner="Boss")

    for browser in (boss, rep):
        text = browser.get(address).get_data(as_text=True)
        assert "Ірина &lt;Ткач&gt;" in text
        assert "$1,000" in text
        assert "Call twice" in text
    assert address in rep.get("/packs").get_data(as_text=True)


def test_a_form_that_is_refused_keeps_what_was_typed(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss = client_of(people["boss"])
    token = _once(boss.get("/packs/new").get_data(as_text=True))
    form = {"person_id": str(people["rep"]), "period": "2027-Q4", "language": "en", "paper": "a4"}
    response = boss.post("/packs/new", data=form | {"once": token, "first_words": "Keep me"})

    assert response.status_code == 422
    assert "Keep me" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("peer", "/packs", 200),
        ("peer", "{pack}", 404),
        ("peer", "{pack}/pdf", 404),
        ("rep", "{pack}", 200),
        ("rep", "/packs/new", 404),
        ("boss", "/packs/new", 200),
        ("auditor", "{pack}", 200),
        ("auditor", "/packs/new", 404),
        ("boss", "{pack}9", 404),
    ],
)
def test_a_pack_is_there_for_those_who_may_see_it(
    client_of: Browser, people: dict[str, int], who: str, path: str, status: int
) -> None:
    pack = _issue(client_of(people["boss"]), people)

    assert client_of(people[who]).get(path.format(pack=pack)).status_code == status


def test_a_manager_offers_only_his_people(client_of: Browser, people: dict[str, int]) -> None:
    boss = client_of(people["boss"])
    text = boss.get("/packs/new").get_data(as_text=True)
    assert f'value="{people["rep"]}"' in text
    assert f'value="{people["peer"]}"' not in text
    of_team = boss.get("/packs/new?within=999999").get_data(as_text=True)
    assert f'value="{people["rep"]}"' not in of_team

    form = {"person_id": str(people["peer"]), "period": "2026-Q4", "language": "en", "paper": "a4"}
    assert boss.post("/packs/new", data=form | {"once": _once(text)}).status_code == 422


@needs_fonts
def test_the_pdf_is_a_download_that_nobody_keeps(
    client_of: Browser, people: dict[str, int]
) -> None:
    address = _issue(client_of(people["boss"]), people)
    rep = client_of(people["rep"])
    response = rep.get(f"{address}/pdf")

    assert response.status_code == 200
    assert response.data.startswith(b"%PDF")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    name = parse_options_header(disposition)[1]["filename"]
    assert re.fullmatch(r"review-ірина-ткач-2026-Q4-P-\d{6}-1\.pdf", name)
    assert rep.get(f"{address}/pdf").data == response.data
    assert client_of(people["auditor"]).get(f"{address}/pdf").data != response.data


def test_signing_off_twice_is_a_conflict_and_the_page_says_so(
    client_of: Browser, people: dict[str, int]
) -> None:
    address = _issue(client_of(people["boss"]), people)
    rep = client_of(people["rep"])
    tokens = [_once(rep.get(address).get_data(as_text=True)) for _ in range(2)]
    form = {"comment": "Read <it>", "once": tokens[0]}

    assert rep.post(f"{address}/sign-off", data=form).status_code == 303
    assert rep.post(f"{address}/sign-off", data=form).status_code == 303
    again = rep.post(f"{address}/sign-off", data=form | {"once": tokens[1]})
    assert again.status_code == 409
    text = rep.get(address).get_data(as_text=True)
    assert text.count("Read &lt;it&gt;") == 1


def test_the_list_narrows_to_a_person_and_to_who_is_waited_for(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss = client_of(people["boss"])
    pack = _issue(boss, people)

    for query, shown in (
        ("", True),
        (f"?person={people['rep']}", True),
        (f"?person={people['boss']}", False),
        ("?waiting=rep", True),
        ("?waiting=manager", True),
        ("?waiting=nobody&person=x&page=0", True),
        ("?page=2", False),
    ):
        text = boss.get(f"/packs{query}").get_data(as_text=True)
        assert (f'"{pack}"' in text) is shown, query


def _team_id(text: str) -> str:
    found = re.search(r'<option value="(\d+)"[^>]*>North</option>', text)
    assert found
    return found[1]


def test_a_team_s_pack_is_issued_and_signed_off_by_its_head(
    client_of: Browser, people: dict[str, int]
) -> None:
    olga, boss = client_of(people["operations"]), client_of(people["boss"])
    team = _team_id(olga.get("/packs/new").get_data(as_text=True))
    address = _issue(olga, people, person_id="", team_id=team)

    page = olga.get(address).get_data(as_text=True)
    assert "Review pack of North, Q4 2026" in page
    assert f"team={team}" in page  # from which it is issued again
    once = _once(boss.get(address).get_data(as_text=True))
    read = {"comment": "Seen", "once": once}
    assert boss.post(f"{address}/sign-off", data=read).status_code == 303
    assert "Seen" in olga.get(address).get_data(as_text=True)
    assert client_of(people["rep"]).get(address).status_code == 404
    # The figures are those of the head, who issues none of his own.
    assert "North" not in boss.get("/packs/new").get_data(as_text=True)


@pytest.mark.parametrize("whose", [{}, {"person_id": "rep", "team_id": "North"}])
def test_a_pack_is_of_a_person_or_of_a_team(
    client_of: Browser, people: dict[str, int], whose: dict[str, str]
) -> None:
    olga = client_of(people["operations"])
    page = olga.get("/packs/new").get_data(as_text=True)
    known = {"rep": str(people["rep"]), "North": _team_id(page)}
    form = {name: known[value] for name, value in whose.items()}
    form |= {"period": "2026-Q4", "language": "en", "paper": "a4", "once": _once(page)}
    response = olga.post("/packs/new", data=form)

    assert response.status_code == 422
    assert "Choose a person or a team" in response.get_data(as_text=True)


def test_a_later_issue_says_on_its_page_what_changed(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss = client_of(people["boss"])
    first = _issue(boss, people)
    second = _issue(boss, people, first_words="Call twice")

    assert first != second
    page = boss.get(second).get_data(as_text=True)
    assert "Changed since the pack that this one replaces" in page
    assert "Also different: decisions." in page
    assert "Changed since" not in boss.get(first).get_data(as_text=True)


@needs_fonts
def test_a_draft_is_looked_at_and_nothing_is_issued(
    client_of: Browser, people: dict[str, int]
) -> None:
    boss = client_of(people["boss"])
    address = f"/packs/draft?person={people['rep']}&period=2026-Q4"
    response = boss.get(address)

    assert response.data.startswith(b"%PDF")
    assert response.headers["Cache-Control"] == "no-store"
    assert "No pack here" in boss.get("/packs").get_data(as_text=True)
    assert boss.get(f"/packs/draft?person={people['peer']}&period=2026-Q4").status_code == 404
    assert boss.get("/packs/draft").status_code == 303
    assert client_of(people["rep"]).get(address).status_code == 404
    assert client_of(people["auditor"]).get(address).status_code == 404
    assert boss.get(f"/packs/draft?person={people['rep']}&period=2027-Q4").status_code == 422
