"""The pages of proposed moves, as a manager, sales operations and everybody else meet them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from spm.domain.access import Role
from tests.builders import a_person, a_team, an_organisation

ClientOf = Callable[[int], FlaskClient]


@dataclass
class House:
    people: dict[str, int]
    west: int


@pytest.fixture
def house(session: Session) -> House:
    an_organisation(session)
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    rep = a_person(session, "Зоря <Rep>", manager=manager)
    operations = a_person(session, "Olga Operations", Role.OPERATIONS)
    a_team(session, "East", rep, head=manager)
    west = a_team(session, "West")
    session.commit()
    people = {"manager": manager.id, "rep": rep.id, "operations": operations.id}
    return House(people, west.id)


def hidden(page: str) -> dict[str, str]:
    """What the form of a page sends besides what is typed."""
    names = ("once", "version", "csrf_token")
    tags = re.findall(r"<input[^>]*>", page[page.index("<main") :])
    found: dict[str, str] = {}
    for tag in tags:
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] in names:
            found.setdefault(name[1], value[1])
    return found


def proposed(client_of: ClientOf, house: House) -> str:
    """Propose to move the rep to the west; return the address of the proposal."""
    manager = client_of(house.people["manager"])
    at = f"/moves/propose/{house.people['rep']}"
    typed = {"team": house.west, "day": "2026-12-01", "reason": "Nearer <b>to</b> them"}
    answer = manager.post(at, data=hidden(manager.get(at).text) | typed)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_a_manager_proposes_from_the_person_s_page_and_sees_what_becomes_of_it(
    client_of: ClientOf, house: House
) -> None:
    manager, operations = (client_of(house.people[who]) for who in ("manager", "operations"))
    person = f"/people/{house.people['rep']}"
    assert f"/moves/propose/{house.people['rep']}" in manager.get(person).text
    at = proposed(client_of, house)
    assert at in manager.get(person).text
    assert "Nearer &lt;b&gt;to&lt;/b&gt; them" in operations.get(at).text
    assert "1 proposal waits for a decision." in operations.get("/moves").text
    sent = hidden(operations.get(at).text) | {"words": "Fine by us"}
    assert operations.post(f"{at}/approve", data=sent).status_code == 303
    page = manager.get("/moves").text
    assert "Approved" in page
    assert "Fine by us" in page
    assert "West" in operations.get(person).text


def test_a_refusal_without_words_keeps_the_page_and_an_older_one_gets_both_texts(
    client_of: ClientOf, house: House
) -> None:
    at, operations = proposed(client_of, house), client_of(house.people["operations"])
    first, second = (hidden(operations.get(at).text) for _ in range(2))
    refused = operations.post(f"{at}/decline", data=first | {"words": ""})
    assert refused.status_code == 422
    assert "Say why." in refused.text
    again = hidden(refused.text) | {"words": "Not this year"}
    assert operations.post(f"{at}/decline", data=again).status_code == 303
    stale = operations.post(f"{at}/approve", data=second | {"words": "Yes, do"})
    assert stale.status_code == 409
    assert "Not this year" in stale.text
    assert "Yes, do" in unescape(stale.text)


def test_the_person_neither_sees_it_nor_may_ask(client_of: ClientOf, house: House) -> None:
    at, rep = proposed(client_of, house), client_of(house.people["rep"])
    for where in ("/moves", at, f"/moves/propose/{house.people['rep']}"):
        assert rep.get(where).status_code == 404
    assert "Propose a move" not in rep.get(f"/people/{house.people['rep']}").text
    manager = client_of(house.people["manager"])
    assert manager.get(f"/moves/propose/{house.people['manager']}").status_code == 403
    assert manager.post(f"{at}/approve", data={"version": "1"}).status_code == 404
