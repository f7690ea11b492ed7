"""Every route × everybody × every relation: what comes back is what the matrix file says."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Settings
from spm.adapters.database import open_engine
from spm.models.base import Base
from spm.request.access import declaration_of
from tests.access import world as story
from tests.access.routes import MATRIX, Place, places
from tests.access.world import GONE, ROLES, World
from tests.builders import start_session
from tests.conftest import an_app
from tests.databases import Databases

PUBLIC = {"identity.set_up", "identity.sign_in", "identity.welcome", "preferences.save", "static"}
"""What a visitor may ask for. Each is named here on purpose."""

HIDDEN = 404
FORBIDDEN = 403
PARTS = 8
"""The places are tried in so many tests, which run beside each other."""


@pytest.fixture
def browsers(app: Flask, engine: Engine, world: World) -> dict[str, FlaskClient]:
    """A signed-in browser for each person of the story."""
    result = {}
    for name in ROLES | GONE:
        result[name] = app.test_client()
        result[name].set_cookie(
            "spm", start_session(engine, world.people[name]), domain="localhost"
        )
    return result


def address(app: Flask, place: Place) -> str:
    with app.test_request_context():
        return url_for(place.endpoint, **place.arguments)  # type: ignore[arg-type]


def verdict(status: int) -> str:
    """What an answer says of a right; 422 and 409 are said only to who may."""
    return {HIDDEN: "hide", FORBIDDEN: "forbid"}.get(status, "allow")


def ask(browser: FlaskClient, at: str, method: str) -> int:
    answer = browser.open(at, method=method)
    answer.close()
    return answer.status_code


def test_the_few_public_routes_are_known_by_name(app: Flask) -> None:
    found = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if (declared := declaration_of(view)) is not None and declared.permission is None
    }
    assert found <= PUBLIC
    assert len(found) <= 12


def test_every_declared_permission_stands_in_the_matrix(app: Flask) -> None:
    declared = {
        d.permission.value
        for view in app.view_functions.values()
        if (d := declaration_of(view)) is not None and d.permission is not None
    }
    assert declared <= set(MATRIX)


@pytest.mark.parametrize("part", range(PARTS))
def test_reading_is_as_the_matrix_says(
    app: Flask, world: World, browsers: dict[str, FlaskClient], part: int
) -> None:
    wrong = []
    for place in _part(app, world, "GET", part):
        at = address(app, place)
        for persona in ROLES:
            status = ask(browsers[persona], at, "GET")
            if verdict(status) != place.expects(persona) or status >= 500:
                wrong.append((persona, at, place.subject, place.expects(persona), status))
    assert not wrong, "\n".join(map(str, wrong[:40]))


@pytest.mark.parametrize("part", range(PARTS))
def test_acting_is_refused_as_the_matrix_says_and_leaves_no_trace(
    app: Flask, engine: Engine, world: World, browsers: dict[str, FlaskClient], part: int
) -> None:
    before = contents(engine)
    wrong = []
    for place in _part(app, world, "POST", part):
        at = address(app, place)
        for persona in ROLES:
            expected = place.expects(persona)
            if expected == "allow":
                continue
            status = ask(browsers[persona], at, "POST")
            if verdict(status) != expected or status >= 500:
                wrong.append((persona, at, place.subject, expected, status))
    assert not wrong, "\n".join(map(str, wrong[:40]))
    assert contents(engine) == before


@pytest.mark.parametrize("part", range(PARTS))
def test_acting_is_open_to_whom_the_matrix_names(
    databases: Databases, settings: Settings, app: Flask, world: World, part: int
) -> None:
    """An empty form: whoever may gets an answer about the form, or the act, never a refusal."""
    tries = [
        (address(app, place), persona, place)
        for place in _part(app, world, "POST", part)
        for persona in [each for each in ROLES if place.expects(each) == "allow"][:6]
    ]
    wrong = []
    while tries:
        with fresh_copy(databases, settings, world) as browsers:
            while tries:
                at, persona, place = tries.pop()
                status = ask(browsers[persona], at, "POST")
                if verdict(status) != "allow" or status >= 500:
                    wrong.append((persona, at, place.subject, "allow", status))
                if status < 400:
                    break  # the act was done and has changed the story: go on with a fresh copy
    assert not wrong, "\n".join(map(str, wrong[:40]))


@contextmanager
def fresh_copy(
    databases: Databases, settings: Settings, world: World
) -> Iterator[dict[str, FlaskClient]]:
    """Yield browsers on a copy of the story that nothing has changed yet."""
    with databases.clean("sqlite", "story", story.build) as copy:
        engine = open_engine(copy)
        with an_app(replace(settings, database_url=copy)) as fresh:
            yield {name: signed_in(fresh, engine, world, name) for name in ROLES}
        engine.dispose()


def signed_in(app: Flask, engine: Engine, world: World, name: str) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie("spm", start_session(engine, world.people[name]), domain="localhost")
    return browser


def test_a_visitor_and_whoever_is_gone_are_sent_to_sign_in(
    app: Flask, world: World, browsers: dict[str, FlaskClient], client: FlaskClient
) -> None:
    wrong = []
    for place in places(app, world):
        at = address(app, place)
        for who, browser in (("visitor", client), *((name, browsers[name]) for name in GONE)):
            answer = browser.open(at, method=place.method)
            if answer.status_code != 303 or "/sign-in" not in answer.headers["Location"]:
                wrong.append((who, place.method, at, answer.status_code))
            answer.close()
    assert not wrong, "\n".join(map(str, wrong[:40]))


def test_what_is_hidden_looks_like_what_is_not_there(
    app: Flask, world: World, browsers: dict[str, FlaskClient]
) -> None:
    kinds = [("deals.show", "deal_id", world.deals), ("targets.show", "target_id", world.targets)]
    for endpoint, argument, things in kinds:
        with app.test_request_context():
            hidden = url_for(endpoint, **{argument: things["sven"]})  # type: ignore[arg-type]
            missing = url_for(endpoint, **{argument: 999_999})  # type: ignore[arg-type]
        left, right = browsers["rita"].get(hidden), browsers["rita"].get(missing)
        assert (left.status_code, _plain(left.text)) == (right.status_code, _plain(right.text))
        same = {k: v for k, v in left.headers if k not in {"Set-Cookie", "Content-Length"}}
        assert same == {k: v for k, v in right.headers if k not in {"Set-Cookie", "Content-Length"}}


def _plain(page: str) -> str:
    """A page without what differs from one request to the next."""
    return re.sub(r'[A-Za-z0-9_.-]{24,}|value="[^"]*"|/(deals|targets)/\d+', "", page)


def test_reading_changes_nothing(
    app: Flask, engine: Engine, world: World, browsers: dict[str, FlaskClient]
) -> None:
    before = contents(engine)
    for place in places(app, world):
        if place.method == "GET" and place.expects("mona") == "allow":
            ask(browsers["mona"], address(app, place), "GET")
    assert contents(engine) == before


def contents(engine: Engine) -> Counter[str]:
    """Count the rows of every table but those of sessions and of reads that are audited."""
    with engine.connect() as connection:
        return Counter(
            {
                name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                for name in Base.metadata.tables
                if name not in {"sign_in", "audit_entry", "audit_link"}
            }
        )


def _part(app: Flask, world: World, method: str, part: int) -> list[Place]:
    chosen = [place for place in places(app, world) if place.method == method]
    return chosen[part::PARTS]


def test_the_full_product_is_tried(app: Flask, world: World) -> None:
    print(f"{sum(1 for _ in places(app, world)) * len(ROLES)} checks")
    assert len(ROLES) >= 20
    assert {place.subject for place in places(app, world)} >= {"rita", "sven", "moni", "mike"}
