"""A request is one unit of work behind one gate."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from flask import Flask, flash
from flask import session as cookie
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select, text, update
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters.database import unit
from spm.domain.access import Permission, Role
from spm.domain.errors import Conflict
from spm.models.identity import CredentialRow, SignInRow
from spm.models.organisation import PersonRow, RegionRow
from spm.request.access import declaration_of, public, requires
from spm.request.work import current_work, in_unit
from tests.builders import a_person, start_session
from tests.conftest import NOW, an_app

COUNT = select(func.count()).select_from(RegionRow)


def add() -> tuple[str, int, dict[str, str]]:
    """Add a region that nobody else has added."""
    session = current_work().session
    session.add(RegionRow(name="r", name_key=str(session.scalar(COUNT))))
    return "", 303, {"Location": "/added"}


def add_and_fail() -> str:
    """Add a region, then find that it must not be."""
    add()
    current_work().session.flush()
    raise Conflict


def add_the_same_twice() -> str:
    """Break a constraint at the commit."""
    for _ in range(2):
        current_work().session.add(RegionRow(name="r", name_key="same"))
    return ""


def add_and_refuse() -> tuple[str, int]:
    """Add a region, then answer 422."""
    add()
    current_work().session.flush()
    return "no", 422


TRIES: list[dict[str, object]] = []
"""What the cookie said at the beginning of each try of ``/t/crosswise``."""
FIRST_IS_HELD, SECOND_IS_HELD = Event(), Event()


def change_both() -> tuple[str, int, dict[str, str]]:
    """Rename region 1, then region 2; at the first try somebody does it the other way round."""
    TRIES.append(dict(cookie))
    flash("changed", "done")
    rename(current_work().session, 1)
    FIRST_IS_HELD.set()
    assert SECOND_IS_HELD.wait(30)
    rename(current_work().session, 2)
    return "", 303, {"Location": "/changed"}


def rename(session: Session, region: int) -> None:
    """Add a letter to the name of a region."""
    session.execute(
        update(RegionRow).where(RegionRow.id == region).values(name=RegionRow.name + "x")
    )


ROUTES: tuple[tuple[str, Callable[..., object], Permission | None, str], ...] = (
    ("/t/add", add, Permission.PIPELINES_EDIT, "POST"),
    ("/t/fail", add_and_fail, Permission.PIPELINES_EDIT, "POST"),
    ("/t/twice", add_the_same_twice, Permission.PIPELINES_EDIT, "POST"),
    ("/t/refuse", add_and_refuse, Permission.PIPELINES_EDIT, "POST"),
    ("/t/crosswise", change_both, Permission.PIPELINES_EDIT, "POST"),
    ("/t/write-in-get", add_and_refuse, Permission.PIPELINES_EDIT, "GET"),
    ("/t/audit", lambda: "seen", Permission.AUDIT_VIEW, "GET"),
    ("/t/public", lambda: "hello", None, "GET"),
)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application with a few routes more."""
    with an_app(settings) as app:
        for path, view, permission, method in ROUTES:
            declared = public() if permission is None else requires(permission)
            app.add_url_rule(
                path, path, in_unit(declared(_own(view)), lambda: NOW), methods=[method]
            )
        yield app


def _own(view: Callable[..., object]) -> Callable[..., object]:
    """Wrap a view, so that what is declared of it stays with one route."""
    return partial(view)


@pytest.fixture
def person_id(engine: Engine) -> int:
    """Somebody in sales operations."""
    with unit(engine, writes=True) as session:
        return a_person(session, "Olga Operations", Role.OPERATIONS).id


@pytest.fixture
def signed_in(client_of: Callable[[int], FlaskClient], person_id: int) -> FlaskClient:
    """That person's browser."""
    return client_of(person_id)


def regions(engine: Engine) -> int:
    """Return how many regions have been kept."""
    with unit(engine, writes=False) as session:
        return session.scalars(COUNT).one()


def test_what_a_view_did_is_kept_when_it_answers(engine: Engine, signed_in: FlaskClient) -> None:
    assert signed_in.post("/t/add").status_code == 303
    assert regions(engine) == 1


@pytest.mark.parametrize(
    ("path", "status"), [("/t/fail", 409), ("/t/refuse", 422), ("/t/twice", 409)]
)
def test_nothing_is_kept_when_it_refuses(
    engine: Engine, signed_in: FlaskClient, path: str, status: int
) -> None:
    assert signed_in.post(path).status_code == status
    assert regions(engine) == 0


def test_a_static_file_asks_no_database(app: Flask, signed_in: FlaskClient) -> None:
    begun: list[object] = []
    with app.app_context():
        event.listen(app.extensions["sqlalchemy"].engine, "begin", begun.append)
    answer = signed_in.get("/static/img/mark.svg")
    answer.close()
    assert (answer.status_code, begun) == (200, [])
    assert signed_in.get("/static/none.svg").status_code == 404
    assert not begun
    assert signed_in.get("/t/public").status_code == 200
    assert begun


def test_only_static_files_pass_without_a_unit(app: Flask) -> None:
    declared = {name: declaration_of(view) for name, view in app.view_functions.items()}
    assert {name for name, found in declared.items() if found and found.is_file} == {"static"}


def test_a_get_cannot_write(engine: Engine, signed_in: FlaskClient) -> None:
    assert signed_in.get("/t/write-in-get").status_code >= 500
    assert regions(engine) == 0


def test_the_same_form_again_has_no_second_effect_and_the_same_answer(
    engine: Engine, signed_in: FlaskClient
) -> None:
    answers = [signed_in.post("/t/add", data={"once": "abc", "x": "1"}) for _ in range(3)]
    assert [(a.status_code, a.headers["Location"]) for a in answers] == [(303, "/added")] * 3
    assert regions(engine) == 1


def test_the_same_token_with_another_form_is_refused(
    engine: Engine, signed_in: FlaskClient
) -> None:
    signed_in.post("/t/add", data={"once": "abc", "x": "1"})
    assert signed_in.post("/t/add", data={"once": "abc", "x": "2"}).status_code == 422
    assert regions(engine) == 1


def test_a_refused_form_may_be_sent_again(engine: Engine, signed_in: FlaskClient) -> None:
    for _ in range(2):
        assert signed_in.post("/t/fail", data={"once": "abc"}).status_code == 409
    assert regions(engine) == 0


@pytest.mark.postgres
def test_what_postgresql_stops_for_a_standstill_is_answered_all_the_same(
    engine: Engine, signed_in: FlaskClient
) -> None:
    with unit(engine, writes=True) as session:
        session.add_all(RegionRow(id=each, name="r", name_key=f"r{each}") for each in (1, 2))
    TRIES.clear()
    FIRST_IS_HELD.clear()
    SECOND_IS_HELD.clear()

    def other_way_round() -> None:
        with unit(engine, writes=True) as session:
            session.execute(text("SET LOCAL deadlock_timeout = '1min'"))  # the request is stopped
            rename(session, 2)
            SECOND_IS_HELD.set()
            assert FIRST_IS_HELD.wait(30)
            rename(session, 1)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(other_way_round)
        answer = signed_in.post("/t/crosswise", data={"once": "abc"})
        other.result()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/changed")
    assert len(TRIES) == 2
    assert TRIES[0] == TRIES[1]
    with signed_in.session_transaction() as said:
        assert said["_flashes"] == [("done", "changed")]
    with unit(engine, writes=False) as session:
        assert set(session.scalars(select(RegionRow.name))) == {"rxx"}


def test_who_lacks_the_permission_finds_nothing(signed_in: FlaskClient) -> None:
    denied, missing = signed_in.get("/t/audit"), signed_in.get("/t/nothing")
    assert denied.status_code == missing.status_code == 404


def test_a_visitor_is_sent_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/t/audit?x=1")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    assert client.get("/t/public").status_code == 200


def test_a_fragment_is_sent_to_sign_in_whole(client: FlaskClient) -> None:
    answer = client.get("/t/audit", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_an_ended_session_is_worth_nothing(engine: Engine, signed_in: FlaskClient) -> None:
    assert signed_in.post("/t/add").headers["Location"] == "/added"
    with unit(engine, writes=True) as session:
        for row in session.scalars(select(SignInRow)):
            session.delete(row)
    assert signed_in.post("/t/add").headers["Location"].startswith("/sign-in")
    assert regions(engine) == 1


@pytest.mark.parametrize("how", ["disabled", "left"])
def test_who_may_not_sign_in_any_more_is_out_at_the_next_request(
    engine: Engine, person_id: int, signed_in: FlaskClient, how: str
) -> None:
    with unit(engine, writes=True) as session:
        if how == "disabled":
            session.get_one(CredentialRow, person_id).is_disabled = True
        else:
            session.get_one(PersonRow, person_id).left_on = NOW.date()
    assert signed_in.post("/t/add").headers["Location"].startswith("/sign-in")


def test_the_last_use_is_kept_to_the_minute(app: Flask, engine: Engine, person_id: int) -> None:
    token = start_session(engine, person_id)
    with unit(engine, writes=True) as session:
        session.scalars(select(SignInRow)).one().seen_at = NOW - timedelta(hours=1)
    signed_in = app.test_client()
    signed_in.set_cookie("spm", token, domain="localhost")
    signed_in.get("/t/public")
    with unit(engine, writes=False) as session:
        assert session.scalars(select(SignInRow.seen_at)).one() == NOW
