"""The story: a company of twenty people in which everybody stands in some relation to everything."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from spm.adapters.database import unit
from tests.access import world as story
from tests.access.world import World
from tests.databases import Databases


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A copy of the story; who may do what is the same on both databases, so one will do."""
    with databases.clean("sqlite", "story", story.build) as at:
        yield at


@pytest.fixture
def world(engine: Engine) -> World:
    """The ids of the story."""
    with unit(engine, writes=False) as session:
        return story.read(session)
