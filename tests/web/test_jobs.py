"""The page of long work: one's own for everybody, all states for who looks after the machine."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from spm.adapters.database import unit
from spm.domain.access import Actor, Role
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.services.jobs import enqueue
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """Work of two reps and of the command line, one piece of it an import."""
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        found = {
            "rep": builders.a_person(session, "Rita"),
            "peer": builders.a_person(session, "Peer"),
            "operations": builders.a_person(session, "Olga", Role.OPERATIONS),
            "auditor": builders.a_person(session, "Abel", Role.AUDITOR),
            "administrator": builders.a_person(session, "Ada", Role.ADMINISTRATOR),
        }
        for name in ("rep", "peer"):
            actor = Actor(PersonId(found[name].id), name=name)
            enqueue(Work(session, actor, NOW, Organisation()), f"work of {name}", name, {})
        console = Work(session, Actor.console(), NOW, Organisation())
        enqueue(console, "import.check", "check", {"import_id": 1})
        return {name: person.id for name, person in found.items()}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("rep", {"work of rep"}),
        ("operations", {"Looking at files"}),
        ("auditor", {"work of rep", "work of peer", "Looking at files"}),
        ("administrator", {"work of rep", "work of peer", "Looking at files"}),
    ],
)
def test_work_is_shown_to_whom_it_belongs(
    client_of: Browser, people: dict[str, int], who: str, seen: set[str]
) -> None:
    text = client_of(people[who]).get("/jobs").get_data(as_text=True)
    every = {"work of rep", "work of peer", "Looking at files"}
    assert {words for words in every if words in text} == seen


def test_the_list_narrows_to_a_state(client_of: Browser, people: dict[str, int]) -> None:
    admin = client_of(people["administrator"])
    assert "work of rep" in admin.get("/jobs?state=waiting").get_data(as_text=True)
    assert "work of rep" not in admin.get("/jobs?state=parked").get_data(as_text=True)
    assert "work of rep" in admin.get("/jobs?state=nonsense&page=0").get_data(as_text=True)
