"""A migrated database for each test, a unit of work as the console, an application and its clients."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters import migrations
from spm.adapters.database import begin_unit, open_engine
from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.queries.organisation.actor import get_actor
from spm.services.work import Work

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


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database; each test works on a copy."""
    path = tmp_path_factory.mktemp("database") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def database_url(template: Path, tmp_path: Path) -> str:
    """Address of this test's database."""
    shutil.copyfile(template, tmp_path / "spm.db")
    return f"sqlite:///{tmp_path / 'spm.db'}"


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
        base_url="http://localhost",
        password_cost="test",
        runs_jobs=False,
        is_testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The application; its clock stands at NOW."""
    from spm.app import create_app

    app = create_app(settings, clock=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


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
