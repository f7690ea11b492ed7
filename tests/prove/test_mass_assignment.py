"""A6: a form changes what it shows and nothing else, whatever is sent beside."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, inspect, text

from spm.models.base import Base
from tests.access.acts import ACTS, Act, filled
from tests.access.test_acts import Sender
from tests.access.world import World
from tests.prove.figures import IS_LONG, report

RANDOM = {"request_id", "token", "digest", "body_digest", "token_digest", "location"}
"""Columns whose values are made by chance for each request."""


@pytest.fixture
def database_url(story_url: str) -> str:
    """The story."""
    return story_url


def rows(engine: Engine) -> Mapping[str, list[tuple[object, ...]]]:
    """Everything that the database holds but what chance made."""
    found = {}
    with engine.connect() as connection:
        for name in inspect(engine).get_table_names():
            if name == "alembic_version":
                continue
            columns = [c.name for c in Base.metadata.tables[name].columns if c.name not in RANDOM]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[name] = sorted(
                (tuple(row) for row in connection.execute(text(f'SELECT {listed} FROM "{name}"'))),
                key=repr,
            )
    return found


def test_no_column_changes_that_the_form_does_not_show(
    app: Flask,
    engine: Engine,
    world: World,
    browsers: dict[str, FlaskClient],
    turn_back: Callable[[], None],
) -> None:
    names = sorted(
        {
            name
            for table in Base.metadata.sorted_tables
            for column in table.columns
            for name in (column.name, f"{table.name}-{column.name}", f"{table.name}.{column.name}")
        }
    )
    acts = [act for act in ACTS if "sign_out" not in act.endpoint][:: 1 if IS_LONG else 6]
    tried, wrong = 0, []
    for act in acts:
        for value in ("1", "true", "x", "2001-01-01") if IS_LONG else ("1",):
            turn_back()
            sender, sent = _prepare(app, world, browsers, act)
            plain = sender.send(sent)
            expected = rows(engine)
            turn_back()
            _again, sent = _prepare(app, world, browsers, act)
            extra = {name: [value] for name in names if name not in sent}
            stuffed = sender.send({**extra, **sent})
            tried += len(extra)
            found = rows(engine)
            changed = [name for name in expected if found[name] != expected[name]]
            if changed or stuffed.status_code != plain.status_code:
                wrong.append((act.endpoint, value, changed, plain.status_code, stuffed.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    report("A6 mass assignment", forms=len(acts), fields_sent_beside=tried, columns_changed=0)


def _prepare(
    app: Flask, world: World, browsers: dict[str, FlaskClient], act: Act
) -> tuple[Sender, dict[str, list[str]]]:
    sender = Sender(app, world, browsers[act.persona], act)
    return sender, filled(sender.form(), act.typed)
