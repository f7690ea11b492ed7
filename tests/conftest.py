"""A migrated database for each test, a unit of work as the console, an application and its clients."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters.database import begin_unit, open_engine
from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.queries.organisation.actor import get_actor
from spm.services.work import Work
from tests.databases import Databases

pytest_plugins = ["tests.plugin", "tests.chromium"]

# A machine that is busy is no counter-example.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

HOUSE = Path(__file__).parents[1]
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
"""The instant at which tests happen, a Wednesday."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the data sets: SPM_SHARED, else ``shared`` beside the repository."""
    folder = Path(os.environ.get("SPM_SHARED") or HOUSE.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the data sets are not there: {folder}")
    return folder


@pytest.fixture
def database_url(databases: Databases, backend: str) -> Iterator[str]:
    """Address of this test's database: migrated, empty, its own."""
    with databases.clean(backend) as at:
        yield at


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this test's database."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session in a unit that may write; never committed unless the test does."""
    with Session(engine, expire_on_commit=False) as session:
        begin_unit(session, writes=True)
        yield session
        session.rollback()


@pytest.fixture
def organisation() -> Organisation:
    """An organisation that counts in dollars, in UTC, from January."""
    return Organisation(name="Example", is_set_up=True)


@pytest.fixture
def work(session: Session, organisation: Organisation) -> Work:
    """A unit of work of the console."""
    return Work(session, Actor.console(), NOW, organisation)


@pytest.fixture
def work_as(session: Session, organisation: Organisation) -> Callable[[int], Work]:
    """Return a unit of work of a person, with the roles and relations that they have by then."""

    def as_person(person_id: int) -> Work:
        session.flush()
        actor = get_actor(session, PersonId(person_id), organisation.business_date(NOW))
        return Work(session, actor, NOW, organisation)

    return as_person


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation in this test's folder."""
    return Settings(
        database_url=database_url,
        instance=tmp_path / "instance",
        secret_key="for-tests-only",
        audit_keys="1:for-tests-only-for-tests-only-for-tests",
        base_url="http://localhost",
        password_cost="test",
        runs_jobs=False,
        is_testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application; its clock stands at NOW."""
    with an_app(settings) as app:
        yield app


@contextmanager
def an_app(settings: Settings, now: datetime = NOW) -> Iterator[Flask]:
    """Make an application whose clock stands still, and close what it opened."""
    from spm.app import create_app

    app = create_app(settings, clock=lambda: now)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask, engine: Engine) -> Callable[[int], FlaskClient]:
    """Return the browser of a person who is signed in (rows are committed by then)."""
    from tests.builders import start_session

    def signed_in(person_id: int) -> FlaskClient:
        browser = app.test_client()
        browser.set_cookie("spm", start_session(engine, person_id), domain="localhost")
        return browser

    return signed_in
