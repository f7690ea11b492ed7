"""How long a refusal takes says nothing about whether there is such an account.

The full form is two hundred tries of each kind: ``SPM_TIMING_TRIES=200 make test TESTS=tests/web/test_sign_in_timing.py
WORKERS=0``. Kinds take turns, so that a machine that is busy for a moment is busy for both.
"""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import Engine

from config import Settings
from spm.adapters.database import unit
from spm.adapters.passwords import passwords
from spm.app import create_app
from spm.domain.access import Actor
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.services.identity.credentials import set_password
from spm.services.work import Work
from tests.builders import a_person, an_organisation
from tests.conftest import NOW

TRIES = int(os.environ.get("SPM_TIMING_TRIES", "30"))
KNOWN, UNKNOWN = "ada@example.com", "nobody@example.com"
ALIKE = 0.10


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Iterator[Flask]:
    """The application with hashes that cost what they cost in earnest; each request is a minute on."""
    with unit(engine, writes=True) as session:
        an_organisation(session)
        ada = PersonId(a_person(session, "Ada").id)
        work = Work(session, Actor.console(), NOW, Organisation())
        set_password(work, passwords("normal"), ada, "copper kettle on a slow train")
    ticks = count()

    def clock() -> datetime:
        return NOW + timedelta(seconds=10 * next(ticks))

    app = create_app(replace(settings, password_cost="normal"), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def refused(app: Flask, email: str, number: int) -> float:
    """Return how many seconds a refusal took, of a browser and an address that were never seen."""
    browser = app.test_client()
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    began = time.perf_counter()
    answer = browser.post(
        "/sign-in",
        data={"email": email, "password": "not the right one"},
        environ_base={"REMOTE_ADDR": address},
    )
    took = time.perf_counter() - began
    assert answer.status_code == 422, answer.status_code
    return took


@pytest.mark.slow
@pytest.mark.timed
def test_a_refusal_takes_as_long_whether_or_not_there_is_such_an_account(app: Flask) -> None:
    """The medians differ by less than a tenth in the best of three rounds."""
    number = count(1)
    for email in (KNOWN, UNKNOWN):
        refused(app, email, next(number))
    apart = []
    for _round in range(3):
        took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for turn in range(TRIES):
            for email in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                took[email].append(refused(app, email, next(number)))
        known, unknown = (statistics.median(took[email]) for email in (KNOWN, UNKNOWN))
        assert min(known, unknown) > 0.005, "nothing was hashed"
        apart.append(abs(known - unknown) / max(known, unknown))
        if apart[-1] < ALIKE:
            return
    pytest.fail(f"medians apart by {', '.join(f'{each:.1%}' for each in apart)}")
