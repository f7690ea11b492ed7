"""A loaded import is undone by a second person, from its page."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealRow
from tests.builders import a_person
from tests.web.imports.test_imports import (
    DEALS,
    PRODUCTS,
    TEAMS,
    deals,
    hand_in,
    operations,
    people,
    state,
    work_off,
)

__all__ = ["operations", "people", "work_off"]

WorkOff = Callable[[], int]


def second(engine: Engine, client_of: Callable[[int], FlaskClient]) -> FlaskClient:
    with unit(engine, writes=True) as session:
        person_id = a_person(session, "Otto Ops", Role.OPERATIONS).id
    return client_of(person_id)


def loaded(client: FlaskClient, work_off: WorkOff) -> str:
    at = hand_in(client, teams=TEAMS, deals=DEALS, products=PRODUCTS)
    work_off()
    assert client.post(f"{at}/load", data={}).status_code == 303
    work_off()
    return at


def test_a_second_person_undoes_it(
    operations: FlaskClient,
    engine: Engine,
    work_off: WorkOff,
    client_of: Callable[[int], FlaskClient],
) -> None:
    at = loaded(operations, work_off)
    assert (state(engine), deals(engine)) == ("done", 1)
    own = operations.get(at).text
    assert "Undo this import" not in own
    assert "A second person of sales operations can undo this import" in own
    assert operations.post(f"{at}/undo", data={}).status_code in {403, 409}
    assert state(engine) == "done"

    other = second(engine, client_of)
    assert "Undo this import" in other.get(at).text
    assert other.post(f"{at}/undo", data={}).status_code == 303
    assert "Waiting for its turn" in other.get(at).text
    assert work_off() == 1
    assert (state(engine), deals(engine)) == ("undone", 0)
    page = other.get(at).text
    assert "What the undo did" in page
    assert "1 removed" in page
    assert "Otto Ops" in page[page.index("Undone by") :]
    assert other.post(f"{at}/undo", data={}).status_code == 409
    with Session(engine) as session:
        names = session.scalars(select(PersonRow.name).order_by(PersonRow.name)).all()
        assert names == ["Aud Itor", "Olga Ops", "Otto Ops", "Rita Rep"]
        acts = session.scalars(
            select(AuditEntryRow.actor_name).where(AuditEntryRow.act == "imports.undo")
        ).all()
    assert acts == ["Otto Ops", "Otto Ops"]

    at = loaded(operations, work_off)
    assert deals(engine) == 1


def test_whoever_confirmed_it_does_not_undo_it(
    operations: FlaskClient,
    engine: Engine,
    work_off: WorkOff,
    client_of: Callable[[int], FlaskClient],
) -> None:
    other = second(engine, client_of)
    at = hand_in(operations, teams=TEAMS, deals=DEALS, products=PRODUCTS)
    work_off()
    other.post(f"{at}/load", data={})
    work_off()
    assert other.post(f"{at}/undo", data={}).status_code in {403, 409}
    assert state(engine) == "done"


def test_what_was_worked_on_since_is_kept_and_named(
    operations: FlaskClient,
    engine: Engine,
    work_off: WorkOff,
    client_of: Callable[[int], FlaskClient],
) -> None:
    at = loaded(operations, work_off)
    with unit(engine, writes=True) as session:
        row = session.scalars(select(DealRow)).one()
        row.next_step = "Call"
        name = row.name
    other = second(engine, client_of)
    other.post(f"{at}/undo", data={})
    work_off()
    page = other.get(at).text
    assert deals(engine) == 1
    assert name in page
    assert "somebody has edited it since" in page


def test_an_undo_that_is_stopped_leaves_the_import_loaded(
    operations: FlaskClient,
    engine: Engine,
    work_off: WorkOff,
    client_of: Callable[[int], FlaskClient],
) -> None:
    at = loaded(operations, work_off)
    other = second(engine, client_of)
    other.post(f"{at}/undo", data={})
    assert other.post(f"{at}/stop", data={}).status_code == 303
    assert (state(engine), deals(engine)) == ("done", 1)
    assert work_off() == 0


def test_the_auditor_sees_and_cannot_undo(
    operations: FlaskClient,
    people: dict[str, int],
    work_off: WorkOff,
    client_of: Callable[[int], FlaskClient],
) -> None:
    at = loaded(operations, work_off)
    auditor = client_of(people["auditor"])
    assert "Undo this import" not in auditor.get(at).text
    assert auditor.post(f"{at}/undo", data={}).status_code == 404
