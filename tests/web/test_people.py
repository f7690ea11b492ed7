"""The pages of people, teams, places, settings and the audit log."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.domain.ids import PersonId
from spm.domain.organisation import LinkKind, Span
from spm.domain.period import EVER, NEVER
from spm.models.audit import AuditEntryRow
from spm.models.organisation import OfficeRow, RegionRow, TeamRow, TerritoryRow
from spm.queries.organisation.links import spans_of
from spm.queries.organisation.people import find_by_email, roles_of
from spm.queries.organisation.settings import get_organisation, holidays
from tests.builders import a_person, a_team, an_organisation
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]
People = dict[str, int]
TODAY = NOW.date()


@pytest.fixture
def people(engine: Engine) -> People:
    """An organisation with somebody of every kind and two teams."""
    with unit(engine, writes=True) as session:
        an_organisation(session)
        boss = a_person(session, "Yūko Hayashi", Role.MANAGER)
        rep = a_person(session, "Ірина <Ткач>", manager=boss)
        found = {
            "boss": boss.id,
            "rep": rep.id,
            "other": a_person(session, "김하늘").id,
            "ops": a_person(session, "Ops", Role.OPERATIONS).id,
            "admin": a_person(session, "Admin", Role.ADMINISTRATOR).id,
            "admin2": a_person(session, "Admin Two", Role.ADMINISTRATOR).id,
            "auditor": a_person(session, "Auditor", Role.AUDITOR).id,
        }
        team = a_team(session, "Europe", rep, head=boss)
        found["team"] = team.id
        found["new team"] = a_team(session, "Asia").id
    return found


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def test_the_directory_finds_people_and_escapes_their_names(
    client_of: Browser, people: People
) -> None:
    browser = client_of(people["rep"])
    page = text_of(browser, "/people?search=ткач")
    assert "<bdi>Ірина &lt;Ткач&gt;</bdi>" in page
    assert "Yūko" not in page
    assert "1 person" in page
    assert "Nobody is found" in text_of(browser, "/people?search=zzz")
    for hostile in ("page=0", "page=x", "team=abc", "team=999999", "office='", "search=%00%ff"):
        text_of(browser, f"/people?{hostile}")


def test_roles_and_history_are_for_those_who_may_know(client_of: Browser, people: People) -> None:
    address = f"/people/{people['rep']}"
    for who, sees_manager, sees_history in (
        ("rep", True, True),
        ("boss", True, False),
        ("other", False, False),
        ("ops", True, True),
        ("admin", True, True),
        ("auditor", True, True),
    ):
        page = text_of(client_of(people[who]), address)
        main = page[page.index("<main") :]
        assert ("Yūko Hayashi" in main) is sees_manager, who
        assert ("History" in main) is sees_history, who
        assert ("@example.com" in main) is sees_history, who
        assert "Europe" in main
        listed = text_of(client_of(people[who]), "/people?role=manager")
        assert ("Roles" in listed) is (who in {"ops", "admin", "auditor"}), who
        assert ("김하늘" in listed) is (who not in {"ops", "admin", "auditor"}), who


def test_operations_add_a_person_with_a_first_place(
    client_of: Browser, people: People, engine: Engine
) -> None:
    browser = client_of(people["ops"])
    assert 'name="roles"' not in text_of(browser, "/people/new")
    form = {
        "name": "New One",
        "email": "new@example.com",
        "title": "Rep",
        "team": str(people["team"]),
        "manager": str(people["boss"]),
        "since": "2026-11-01",
        "roles": "administrator",
    }
    assert browser.post("/people/new", data=form).status_code == 303
    with unit(engine, writes=False) as session:
        person = find_by_email(session, "new@example.com")
        assert person is not None
        assert roles_of(session, person.id) == ()
        spans = spans_of(session, LinkKind.MEMBERSHIP, person.id)
        assert [span.target_id for span in spans] == [people["team"]]
    again = browser.post("/people/new", data=form)
    assert again.status_code == 422
    page = again.get_data(as_text=True)
    assert "Somebody else has this e-mail address." in page
    assert 'value="New One"' in page


def test_an_administrator_gives_first_roles(
    client_of: Browser, people: People, engine: Engine
) -> None:
    form = {"name": "N", "email": "n@example.com", "since": "2026-11-01"}
    roles = {"roles": ["manager", "auditor"]}
    assert client_of(people["admin"]).post("/people/new", data=form | roles).status_code == 303
    with unit(engine, writes=False) as session:
        person = find_by_email(session, "n@example.com")
        assert person is not None
        assert roles_of(session, person.id) == (Role.MANAGER,)


def test_a_stale_edit_gets_both_texts(client_of: Browser, people: People) -> None:
    browser = client_of(people["ops"])
    address = f"/people/{people['rep']}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', text_of(browser, address))
    assert version is not None
    form = {"name": "First", "email": "", "title": "", "version": version[1]}
    assert browser.post(address, data=form).status_code == 303
    late = browser.post(address, data=form | {"name": "Second"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "First" in page
    assert "Second" in page


def test_a_move_holds_from_its_day(client_of: Browser, people: People, engine: Engine) -> None:
    browser = client_of(people["ops"])
    address = f"/people/{people['rep']}/move/team"
    assert "Europe" in text_of(browser, address)
    form = {"target": str(people["new team"]), "day": "2026-12-01"}
    assert browser.post(address, data=form).status_code == 303
    with unit(engine, writes=False) as session:
        spans = spans_of(session, LinkKind.MEMBERSHIP, PersonId(people["rep"]))
    dec = TODAY.replace(month=12, day=1)
    assert spans == (Span(people["team"], EVER, dec), Span(people["new team"], dec, NEVER))
    assert "planned" in text_of(browser, f"/people/{people['rep']}")
    assert "from 1 Dec 2026" in text_of(browser, f"/teams/{people['new team']}")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"target": "999999", "day": "2026-12-01"}, "Choose one of the list."),
        ({"target": "", "day": "31.12.2026"}, "Not a date."),
        ({"target": "", "day": "0001-01-01"}, "Not a date."),
        ({"target": "", "day": ""}, "This is needed."),
    ],
)
def test_a_move_that_does_not_hold_says_why(
    client_of: Browser, people: People, form: dict[str, str], said: str
) -> None:
    answer = client_of(people["ops"]).post(f"/people/{people['rep']}/move/team", data=form)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_circle_of_managers_is_refused_in_words(client_of: Browser, people: People) -> None:
    form = {"target": str(people["rep"]), "day": "2026-12-01"}
    answer = client_of(people["ops"]).post(f"/people/{people['boss']}/move/manager", data=form)
    assert answer.status_code == 422
    assert "From 1 Dec 2026 on this manager would report" in answer.get_data(as_text=True)


def test_nobody_moves_himself(client_of: Browser, people: People) -> None:
    browser = client_of(people["ops"])
    for what in ("team", "manager", "office", "territory"):
        address = f"/people/{people['ops']}/move/{what}"
        assert browser.get(address).status_code == 403
        assert browser.post(address, data={"target": "1", "day": "2026-12-01"}).status_code == 403


def test_two_administrators_make_a_third(
    client_of: Browser, people: People, engine: Engine
) -> None:
    address, rep = f"/people/{people['rep']}", PersonId(people["rep"])
    first, second = client_of(people["admin"]), client_of(people["admin2"])
    role = {"role": "administrator"}
    assert first.post(f"{address}/roles/grant", data=role).status_code == 303
    assert "Confirm" not in text_of(first, address)
    assert "Confirm" in text_of(second, address)
    assert first.post(f"{address}/roles/confirm", data=role).status_code == 409
    assert second.post(f"{address}/roles/confirm", data=role).status_code == 303
    with unit(engine, writes=False) as session:
        assert Role.ADMINISTRATOR in roles_of(session, rep)
    assert second.post(f"{address}/roles/revoke", data=role).status_code == 303
    assert second.post(f"{address}/roles/revoke", data={"role": "king"}).status_code == 409
    own = f"/people/{people['admin']}/roles/grant"
    assert first.post(own, data={"role": "manager"}).status_code == 403


def test_operations_grant_nothing(client_of: Browser, people: People) -> None:
    browser = client_of(people["ops"])
    for act in ("roles/grant", "roles/confirm", "roles/revoke", "disable", "invite"):
        answer = browser.post(f"/people/{people['rep']}/{act}", data={"role": "manager"})
        assert answer.status_code == 404


def test_an_invitation_is_shown_once_to_who_made_it(client_of: Browser, people: People) -> None:
    answer = client_of(people["admin"]).post(f"/people/{people['other']}/invite")
    assert answer.status_code == 200
    link = re.search(r"http://localhost(/welcome/[\w-]+)", answer.get_data(as_text=True))
    assert link is not None
    assert text_of(client_of(people["rep"]), link[1])


def test_a_person_is_barred_let_in_and_leaves(client_of: Browser, people: People) -> None:
    admin, rep = client_of(people["admin"]), client_of(people["rep"])
    address = f"/people/{people['rep']}"
    admin.post(f"{address}/disable")
    assert rep.get("/me").status_code == 303
    assert "Let sign in again" in text_of(admin, address)
    admin.post(f"{address}/enable")
    rep = client_of(people["rep"])
    assert rep.get("/me").status_code == 200
    admin.post(f"{address}/leaving", data={"left_on": TODAY.isoformat()})
    assert rep.get("/me").status_code == 303
    assert "left 18 Nov 2026" in text_of(admin, "/people?left=y")
    assert "Ткач" not in text_of(admin, "/people")


def test_teams_are_shown_as_a_tree_and_changed(
    client_of: Browser, people: People, engine: Engine
) -> None:
    ops = client_of(people["ops"])
    form = {"name": "Japan", "parent": str(people["new team"])}
    answer = ops.post("/teams/new", data=form)
    assert answer.status_code == 303
    team = answer.headers["Location"]
    assert 'class="tree-1"' in text_of(client_of(people["rep"]), "/teams")
    assert ops.post("/teams/new", data=form).status_code == 422
    page = text_of(ops, f"{team}/edit")
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    assert 'value="Japan"' in page
    rename = {"name": "日本", "parent": "", "version": version[1]}
    assert ops.post(f"{team}/edit", data=rename).status_code == 303
    assert ops.post(f"{team}/edit", data=rename).status_code == 409
    person = {"person": str(people["other"]), "day": "2026-11-01"}
    assert ops.post(f"{team}/members/new", data=person).status_code == 303
    assert ops.post(f"{team}/heads/new", data=person).status_code == 303
    page = text_of(ops, team)
    assert page.count("김하늘") >= 2
    end = f"{team}/heads/{people['other']}/end"
    assert ops.post(end, data={"day": "2026-11-10"}).status_code == 303
    assert "Nobody today." in text_of(ops, team)
    itself = {"name": "日本", "parent": team.rsplit("/", 1)[1], "version": "2"}
    assert ops.post(f"{team}/edit", data=itself).status_code == 422
    with unit(engine, writes=False) as session:
        assert session.scalars(select(TeamRow.name).order_by(TeamRow.id)).all()[-1] == "日本"


def test_places_are_added_and_changed(client_of: Browser, people: People, engine: Engine) -> None:
    ops = client_of(people["ops"])
    assert ops.post("/places/regions/new", data={"name": "EMEA"}).status_code == 303
    with unit(engine, writes=False) as session:
        region = session.scalars(select(RegionRow.id)).one()
    for kind, form in (
        ("offices", {"name": "Київ", "region": str(region)}),
        ("territories", {"name": "DACH", "country": "Germany", "parent": ""}),
    ):
        assert ops.post(f"/places/{kind}/new", data=form).status_code == 303
        assert ops.post(f"/places/{kind}/new", data=form).status_code == 422
    with unit(engine, writes=False) as session:
        office = session.scalars(select(OfficeRow.id)).one()
        territory_id = session.scalars(select(TerritoryRow.id)).one()
    for at, form in (
        (f"/places/regions/{region}", {"name": "World"}),
        (f"/places/offices/{office}", {"name": "Kyiv", "region": ""}),
        (f"/places/territories/{territory_id}", {"name": "D-A-CH", "country": "", "parent": ""}),
    ):
        assert 'name="version"' in text_of(ops, at)
        changed = form | {"version": "1"}
        assert ops.post(at, data=changed).status_code == 303
        assert ops.post(at, data=changed).status_code == 409
    with unit(engine, writes=False) as session:
        assert session.scalars(select(RegionRow.name)).one() == "World"
        assert session.scalars(select(OfficeRow.name)).one() == "Kyiv"
        assert session.scalars(select(TerritoryRow.name)).one() == "D-A-CH"
    rep = client_of(people["rep"])
    page = text_of(rep, "/places")
    assert "Kyiv" in page
    assert f"/places/offices/{office}" not in page
    assert rep.get(f"/places/offices/{office}").status_code == 404
    territory = {"target": str(territory_id), "day": "2026-11-01"}
    address = f"/people/{people['rep']}"
    assert ops.post(f"{address}/move/territory", data=territory).status_code == 303
    assert "D-A-CH" in text_of(rep, address)
    release = f"{address}/territories/{territory_id}/release"
    assert ops.post(release, data={"day": "2026-11-02"}).status_code == 303
    assert "Release" not in text_of(ops, address)


def test_settings_are_everybodys_to_see_and_some_to_change(
    client_of: Browser, people: People, engine: Engine
) -> None:
    rep, admin = client_of(people["rep"]), client_of(people["admin"])
    assert 'name="time_zone"' not in text_of(rep, "/organisation")
    assert rep.post("/organisation", data={}).status_code == 404
    form = {
        "name": "Example KK",
        "time_zone": "Asia/Tokyo",
        "currency_code": "JPY",
        "fiscal_month": "4",
        "locale": "ja",
        "version": "1",
    }
    assert 'name="version"' in text_of(admin, "/organisation")
    assert admin.post("/organisation", data=form | {"time_zone": "Mars"}).status_code == 422
    assert admin.post("/organisation", data=form).status_code == 303
    assert admin.post("/organisation", data=form).status_code == 409
    day = {"day": "2026-12-31", "day_name": "大晦日"}
    assert admin.post("/organisation/holidays", data=day).status_code == 303
    assert admin.post("/organisation/holidays", data={"day_name": "x"}).status_code == 422
    assert "大晦日" in text_of(rep, "/organisation")
    with unit(engine, writes=False) as session:
        assert get_organisation(session).currency == "JPY"
        assert [name for _day, name in holidays(session, TODAY)] == ["大晦日"]
    assert admin.post("/organisation/holidays/2026-12-31/drop").status_code == 303
    for day_text in ("2026-12-31", "nonsense", "0000-00-00"):
        assert admin.post(f"/organisation/holidays/{day_text}/drop").status_code == 404


def test_the_audit_log_is_the_auditors(client_of: Browser, people: People, engine: Engine) -> None:
    ops = client_of(people["ops"])
    ops.post(
        f"/people/{people['rep']}/move/team",
        data={"target": str(people["new team"]), "day": "2026-12-01"},
    )
    for who in ("rep", "boss", "ops", "admin"):
        assert client_of(people[who]).get("/audit").status_code == 404
    auditor = client_of(people["auditor"])
    page = text_of(auditor, "/audit")
    assert "Move a person" in page
    assert "Asia (2026-12-01 – open)" in page
    assert "1 act" in text_of(auditor, f"/audit?act=people.move&person={people['rep']}")
    assert "Nothing found" in text_of(auditor, "/audit?start=2027-01-01")
    for hostile in ("act='", "actor=9999999999", "person=x", "start=2026-13-99", "page=999999"):
        text_of(auditor, f"/audit?{hostile}")
    with unit(engine, writes=False) as session:
        assert session.scalars(select(AuditEntryRow.request_id)).first()


def test_a_form_sent_twice_has_one_effect(
    client_of: Browser, people: People, engine: Engine
) -> None:
    ops = client_of(people["ops"])
    form = {"name": "Twice", "since": "2026-11-01", "once": "same-token"}
    answers = [ops.post("/people/new", data=form) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert text_of(ops, "/people?search=twice").count("<bdi>Twice</bdi>") == 1


@pytest.mark.parametrize(
    "address",
    ["/people/999999", "/people/999999/edit", "/teams/999999", "/people/0", "/people/-1", "/people/٣",
     "/people/" + "9" * 40, "/people/1/move/nothing", "/places/offices/999999"],
)  # fmt: skip
def test_what_is_not_there_is_404(client_of: Browser, people: People, address: str) -> None:
    assert client_of(people["ops"]).get(address).status_code == 404
