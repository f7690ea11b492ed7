"""The story of tests/access, a browser for each of its people, and a log that is read."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Settings
from spm.adapters.database import unit
from tests.access import world as story
from tests.access.world import ROLES, World
from tests.builders import start_session
from tests.databases import Databases


@pytest.fixture
def story_url(databases: Databases) -> Iterator[str]:
    """A copy of the story; who may do what is the same on both databases, so one will do."""
    with databases.clean("sqlite", "story", story.build) as at:
        yield at


@pytest.fixture
def settings_of_prove(tmp_path: Path) -> Settings:
    """Settings whose database is named later."""
    return Settings(
        database_url="sqlite://",
        instance=tmp_path / "instance",
        secret_key="for-tests-only",
        audit_keys="1:for-tests-only-for-tests-only-for-tests",
        base_url="http://localhost",
        password_cost="test",
        runs_jobs=False,
        is_testing=True,
    )


@pytest.fixture
def world(engine: Engine) -> World:
    """The ids of the story."""
    with unit(engine, writes=False) as session:
        return story.read(session)


@pytest.fixture
def browsers(app: Flask, engine: Engine, world: World) -> dict[str, FlaskClient]:
    """A signed-in browser for each person of the story."""
    result = {}
    for name in ROLES:
        result[name] = app.test_client()
        result[name].set_cookie(
            "spm", start_session(engine, world.people[name]), domain="localhost"
        )
    return result


@pytest.fixture
def turn_back(
    app: Flask, engine: Engine, browsers: dict[str, FlaskClient], tmp_path: Path
) -> Callable[[], None]:
    """Return what puts the database back to what it was when the test began."""
    assert browsers
    at = Path(str(engine.url.database))
    copy = tmp_path / "before.db"

    def close() -> None:
        engine.dispose()
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    close()
    shutil.copyfile(at, copy)

    def back() -> None:
        close()
        for ending in ("-wal", "-shm"):
            Path(f"{at}{ending}").unlink(missing_ok=True)
        shutil.copyfile(copy, at)

    return back
