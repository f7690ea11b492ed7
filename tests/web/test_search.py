"""The page that finds things."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from spm.domain.access import Role
from tests.builders import a_deal, a_person, a_pipeline, an_account, an_organisation

ClientOf = Callable[[int], FlaskClient]


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    an_organisation(session)
    rep = a_person(session, "Rita Rep")
    auditor = a_person(session, "Abel", Role.AUDITOR)
    other = a_person(session, "Otto Other")
    _, stages = a_pipeline(session)
    a_deal(session, rep, stages["Proposal"], name="Lamp <b>one</b>")
    a_deal(session, other, stages["Proposal"], name="Lamp two")
    an_account(session, "Lamp House")
    session.commit()
    return {"rep": rep.id, "auditor": auditor.id, "other": other.id}


def test_it_shows_what_is_in_sight(people: dict[str, int], client_of: ClientOf) -> None:
    page = client_of(people["rep"]).get("/search?q=lamp").text
    assert "Lamp &lt;b&gt;one&lt;/b&gt;" in page
    assert "Lamp House" in page
    assert "Lamp two" not in page
    assert "Lamp two" in client_of(people["other"]).get("/search?q=lamp").text


def test_it_finds_pages_that_the_reader_may_open(
    people: dict[str, int], client_of: ClientOf
) -> None:
    asked = "/search?q=audit"
    assert 'href="/audit"' in client_of(people["auditor"]).get(asked).text
    assert 'href="/audit"' not in client_of(people["rep"]).get(asked).text


def test_nothing_is_found_in_the_same_words_whoever_asks(
    people: dict[str, int], client_of: ClientOf
) -> None:
    for words in ("two", "nowhere", "%", "_", "&#", "'; --"):
        page = client_of(people["rep"]).get("/search", query_string={"q": words})
        assert page.status_code == 200
        assert "Nothing found" in page.text


@pytest.mark.parametrize("query", ["q=a&q=b", "x=1", "sort=name", "q=" + "x" * 101, "q=a%00b"])
def test_a_strange_question_is_refused(
    people: dict[str, int], client_of: ClientOf, query: str
) -> None:
    assert client_of(people["rep"]).get(f"/search?{query}").status_code == 422


def test_every_page_has_the_field(people: dict[str, int], client_of: ClientOf) -> None:
    assert "data-search" in client_of(people["rep"]).get("/deals").text
