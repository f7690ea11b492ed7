"""Saved views: one's own and one's team's; what they show is judged for whoever opens them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.ids import PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts
from spm.models.audit import AuditEntryRow
from spm.models.pipeline import SavedViewRow
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, a_team, an_organisation

ClientOf = Callable[[int], FlaskClient]


@dataclass
class House:
    people: dict[str, int]
    teams: dict[str, int]


@pytest.fixture
def house(session: Session, work: Work) -> House:
    an_organisation(session)
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita", manager=manager),
        "colleague": a_person(session, "Carl", manager=manager),
        "other": a_person(session, "Otto"),
    }
    north = a_team(session, "North", people["rep"], people["colleague"], head=manager)
    south = a_team(session, "South", people["other"])
    pipeline, _ = a_pipeline(session, "Sales")
    for who in ("rep", "colleague"):
        new = deals.NewDeal(
            Facts(f"Plan of {who}", "USD", amount=Money("USD", 100)),
            PersonId(people[who].id),
            PipelineId(pipeline.id),
            None,
            date(2026, 11, 2),
        )
        deals.create(work, new)
    session.commit()
    return House(
        {who: person.id for who, person in people.items()}, {"north": north.id, "south": south.id}
    )


def keep(
    client: FlaskClient, name: str, question: str, team: object = "", once: str = "token"
) -> int:
    data = {"name": name, "team": str(team), "once": f"{once}{name}"}
    return client.post(f"/deals/views?{question}", data=data).status_code


def shown(client: FlaskClient) -> list[str]:
    page = client.get("/deals").text
    part = re.search(r'<ul class="choices".*?</ul>', page, re.DOTALL)
    return (
        []
        if part is None
        else [unescape(each) for each in re.findall(r"<bdi>(.*?)</bdi>", part[0])]
    )


def test_a_view_is_kept_for_oneself(house: House, client_of: ClientOf, session: Session) -> None:
    client = client_of(house.people["rep"])
    assert keep(client, "Big ones", "status=open&amount_from=5&sort=-amount&page=3") == 303
    assert shown(client) == ["Big ones"]
    assert shown(client_of(house.people["colleague"])) == []
    row = session.scalars(select(SavedViewRow)).one()
    assert row.question == "status=open&amount_from=5&sort=-amount"
    entry = session.scalars(select(AuditEntryRow).where(AuditEntryRow.act == "views.keep")).one()
    assert entry.object == f"view:{row.id}"
    assert client.get(f"/deals?{row.question}").status_code == 200


def test_one_that_is_published_is_the_team_s_and_shows_each_their_own(
    house: House, client_of: ClientOf
) -> None:
    assert keep(client_of(house.people["manager"]), "Ours", "", house.teams["north"]) == 303
    for who in ("rep", "colleague", "manager"):
        assert shown(client_of(house.people[who])) == ["Ours"]
    assert shown(client_of(house.people["other"])) == []
    page = client_of(house.people["rep"]).get("/deals?status=open").text
    assert "Plan of rep" in page
    assert "Plan of colleague" not in page


@pytest.mark.parametrize(
    ("name", "question", "team"),
    [
        ("", "", ""),
        ("x" * 81, "", ""),
        ("Theirs", "", "south"),
        ("Odd", "loss_reason=x", ""),
        ("Odd", "sort=loss_reason", ""),
        ("Odd", "owner=me", ""),
    ],
)
def test_what_cannot_be_kept_is_refused(
    house: House, client_of: ClientOf, session: Session, name: str, question: str, team: str
) -> None:
    client = client_of(house.people["rep"])
    assert keep(client, name, question, house.teams.get(team, "")) == 422
    assert session.scalars(select(SavedViewRow)).all() == []


def test_a_name_is_kept_once(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    assert keep(client, "Mine", "", once="a") == 303
    assert keep(client, "Mine", "", once="a") == 303
    assert keep(client, "MINE", "", once="b") == 422
    assert shown(client) == ["Mine"]
    assert keep(client_of(house.people["colleague"]), "Mine", "") == 303


def test_only_its_owner_drops_it(house: House, client_of: ClientOf, session: Session) -> None:
    keep(client_of(house.people["rep"]), "Ours", "", house.teams["north"])
    view_id = session.scalars(select(SavedViewRow.id)).one()
    session.commit()
    data = {"view": str(view_id)}
    assert (
        client_of(house.people["manager"]).post("/deals/views/drop", data=data).status_code == 404
    )
    assert client_of(house.people["rep"]).post("/deals/views/drop", data=data).status_code == 303
    assert session.scalars(select(SavedViewRow)).all() == []


def test_its_owner_renames_it_and_keeps_it_for_others(
    house: House, client_of: ClientOf, session: Session
) -> None:
    rep = client_of(house.people["rep"])
    keep(rep, "Mine", "status=open&amount_from=5")
    keep(rep, "Other", "status=won")
    view_id = session.scalars(select(SavedViewRow.id).order_by(SavedViewRow.id)).first()
    session.commit()
    at = "/deals/views/rename"
    page = rep.get(f"{at}?view={view_id}").text
    assert 'value="Mine"' in page
    sent = {"view": str(view_id), "version": "1", "team": str(house.teams["north"])}
    assert rep.post(at, data=sent | {"name": "other"}).status_code == 422
    assert rep.post(at, data=sent | {"name": "", "once": "a"}).status_code == 422
    assert rep.post(at, data=sent | {"name": "Ours", "once": "b"}).status_code == 303
    assert shown(client_of(house.people["colleague"])) == ["Ours"]
    row = session.scalars(select(SavedViewRow).where(SavedViewRow.id == view_id)).one()
    assert (row.question, row.version) == ("status=open&amount_from=5", 2)
    entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.before["name"], entry.after["name"]) == ("views.keep", "Mine", "Ours")
    session.commit()
    stale = rep.post(at, data=sent | {"name": "Theirs", "once": "c"})
    assert stale.status_code == 409
    assert "Ours" in stale.text
    assert "Theirs" in stale.text


def test_nobody_else_renames_it(house: House, client_of: ClientOf, session: Session) -> None:
    keep(client_of(house.people["rep"]), "Ours", "", house.teams["north"])
    view_id = session.scalars(select(SavedViewRow.id)).one()
    session.commit()
    colleague = client_of(house.people["colleague"])
    assert colleague.get(f"/deals/views/rename?view={view_id}").status_code == 404
    data = {"view": str(view_id), "name": "Stolen", "version": "1"}
    assert colleague.post("/deals/views/rename", data=data).status_code == 404
    assert shown(colleague) == ["Ours"]
