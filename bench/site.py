"""The product over a database of ``bench.company``: its pages asked in this process, as somebody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from bench import by_hand
from bench.company import EXECUTIVE, MANAGER, NOW, REP, TEAMS, token_of
from config import Settings
from spm.app import create_app
from spm.domain.access import Permission
from spm.request.access import requires
from spm.request.work import in_unit
from spm.web.rendering import render

EMPTY = "/bench/empty"
"""A page with the frame of every signed-in page and nothing in it."""
MY_TEAM = 1 + REP % TEAMS
HEAD = MANAGER - 1 + MY_TEAM


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is measured, who asks for it, and the best SQL for its figures.

    Attributes:
        statements: Of ``bench.by_hand``; none where nothing is compared.
    """

    name: str
    path: str
    person_id: int
    statements: tuple[str, ...] = ()
    asked: by_hand.Asked = by_hand.THIS_QUARTER


def _cards(suffix: str, query: str, asked: by_hand.Asked) -> tuple[Page, ...]:
    hand = by_hand
    return (
        Page(
            f"rep scorecard{suffix}",
            f"/scorecards/mine{query}",
            REP,
            tuple(hand.rep_card(asked)),
            asked,
        ),
        Page(
            f"team scorecard{suffix}",
            f"/scorecards/teams/{MY_TEAM}{query}",
            HEAD,
            tuple(hand.team_card(asked)),
            asked,
        ),
        Page(
            f"organisation{suffix}",
            f"/scorecards/organisation{query}",
            EXECUTIVE,
            tuple(hand.organisation_card(asked)),
            asked,
        ),
    )


PAGES = (
    *_cards("", "", by_hand.THIS_QUARTER),
    *_cards(", quarter over", "?period=2025-Q3", by_hand.QUARTER_OVER),
    Page("board, a rep's", "/deals/board", REP, tuple(by_hand.BOARD)),
    Page("deals, a rep's", "/deals", REP, tuple(by_hand.LIST_OF_REP)),
    Page(
        "deals, everybody's open",
        "/deals",
        EXECUTIVE,
        tuple(by_hand.list_of_everybody(is_open=True)),
    ),
    Page(
        "deals, everybody's all",
        "/deals?status=",
        EXECUTIVE,
        tuple(by_hand.list_of_everybody(is_open=False)),
    ),
    Page("a deal", "/deals/1", EXECUTIVE, tuple(by_hand.DEAL)),
)
OTHER_DAY = (
    Page("rep scorecard, as of a day in May", "/scorecards/mine?as_of=2025-05-20", REP),
    Page(
        "team scorecard, as of a day in May", f"/scorecards/teams/{MY_TEAM}?as_of=2025-05-20", HEAD
    ),
    Page(
        "organisation, as of a day in May", "/scorecards/organisation?as_of=2025-05-20", EXECUTIVE
    ),
)
"""As of neither now nor the end of a month: counted from the deals."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request cost: seconds (the best of several), SQL statements, seconds within them."""

    seconds: float
    statements: int
    in_database: float


class Site:
    """The application over one database, with its clock at ``NOW``."""

    def __init__(self, url: str, instance: Path) -> None:
        settings = Settings(
            database_url=url,
            instance=instance,
            secret_key="for-benchmarks-only",  # noqa: S106
            audit_keys="1:for-benchmarks-only-for-benchmarks-only",
            base_url="http://localhost",
            runs_jobs=False,
        )
        self.app = create_app(settings, clock=lambda: NOW)
        empty = requires(Permission.SIGNED_IN)(_empty)
        self.app.add_url_rule(EMPTY, "bench.empty", in_unit(empty, lambda: NOW))
        template = self.app.jinja_env.from_string(
            '{% extends "layouts/page.html" %}{% block title %}Empty{% endblock %}'
        )
        self.app.extensions["bench.empty"] = template
        with self.app.app_context():
            self.engine: Engine = self.app.extensions["sqlalchemy"].engine

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def client_of(self, person_id: int) -> FlaskClient:
        """Return the browser of somebody."""
        client = self.app.test_client()
        client.set_cookie("spm", token_of(person_id), domain="localhost")
        return client

    def cost(self, path: str, person_id: int, *, times: int = 7) -> Cost:
        """Ask for a page several times, after once that does not count."""
        client = self.client_of(person_id)
        ask(client, path)
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            ask(client, path)
            taken.append(time.perf_counter() - start)
        with counted(self.engine) as count:
            ask(client, path)
        return Cost(min(taken), count.statements, count.seconds)


def ask(client: FlaskClient, path: str) -> None:
    """Ask for a page.

    Raises:
        RuntimeError: It was not there.
    """
    response = client.get(path, follow_redirects=True)
    if response.status_code != 200:
        msg = f"{path}: {response.status}"
        raise RuntimeError(msg)


def _empty() -> str:
    return render(current_app.extensions["bench.empty"])


@dataclass
class Count:
    """SQL statements so far, and the seconds within them."""

    statements: int = 0
    seconds: float = 0.0
    texts: list[tuple[float, str]] | None = None


@contextmanager
def counted(engine: Engine) -> Iterator[Count]:
    """Count what is sent to a database."""
    count = Count(texts=[])
    began: list[float] = []

    def before(*_arguments: object) -> None:
        began.append(time.perf_counter())

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        taken = time.perf_counter() - began.pop()
        count.statements += 1
        count.seconds += taken
        if count.texts is not None:
            count.texts.append((taken, statement))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
