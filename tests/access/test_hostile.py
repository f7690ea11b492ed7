"""Whatever is typed into whatever field: never a failure of the server, and every page stands after it.

Each field of each form is sent each value in turn, the others as a person would send them. By default
each field gets three of the values, others for each field; ``SPM_HOSTILE=20`` gives it twenty, ``all`` gives it all.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from urllib.parse import urlencode

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from spm.web.fields import once_token
from tests.access import world as story
from tests.access.acts import ACTS, Act, filled
from tests.access.test_acts import Sender
from tests.access.world import World
from tests.databases import Databases

HOSTILE: tuple[str, ...] = (
    # characters
    "\x00", "a\x00b", "\ud800", "a\udfffb", "\u202efdp.exe", "\u2066a\u2069", "\u200b\u200b", "\u3164", "\u00ad",
    "\ufeff", "\x1b[31m", "a\r\nBcc: x@example.com", "e\u0301" * 60, "a" + "\u0301" * 40, "\u212a@example.com",
    "k@example.com", "\u0130@example.com", "\ufffe", "\U0010ffff", "\ue000", "e\u0301\u00e9", "\U0001f468\u200d\U0001f469",
    # numbers
    "NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "1E+999", "1E+999999999", "1e400", "-0", "9" * 4000,
    "1" + "0" * 400, "9223372036854775807", "9223372036854775808", "-1", "1_000", "\u0663", "\uff11\uff12",
    "0x10", "1.005", "0.0000001", "1,2,3", "\u2212" * 3,
    # dates and periods
    "0000-00-00", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "9999-Q4", "0001-Q1", "FY0000", "2026-W54",
    # text that means something elsewhere
    "' OR 1=1 --", "%", "_", "\\", "{{7*7}}", "${7*7}", "%(name)s", "{0.__class__}", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "../../etc/passwd", "//evil.example", "javascript:alert(1)", "a" * 300, "\U0001f600" * 6000,
    "[" * 5000, " ", "\t", "\n", "",
)  # fmt: skip

SHARE = (
    len(HOSTILE)
    if os.environ.get("SPM_HOSTILE") == "all"
    else int(os.environ.get("SPM_HOSTILE") or 3)
)
NOT_TYPED = {"once", "csrf_token"}


@pytest.fixture
def database_url(databases: Databases, backend: str) -> Iterator[str]:
    """A copy of the story, on both databases: what one of them stores, the other refuses."""
    with databases.clean(backend, "story", story.build) as at:
        yield at


def shares(field: int) -> list[str]:
    """The values that the n-th field gets: another stretch for each."""
    start = field * SHARE
    return [HOSTILE[(start + at) % len(HOSTILE)] for at in range(SHARE)]


def encoded(sent: Mapping[str, Sequence[str]]) -> bytes:
    """Return the body of a form that holds what no browser would send as well."""
    pairs = [(name, value) for name, values in sent.items() for value in values]
    return urlencode(pairs, errors="surrogatepass").encode("ascii")


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.endpoint}")
def test_a_form_takes_or_refuses_whatever_is_typed(
    app: Flask, world: World, client_of: Callable[[int], FlaskClient], act: Act
) -> None:
    sender = Sender(app, world, client_of(world.people[act.persona]), act)
    sent = filled(sender.form(), act.typed)
    salt = sum(map(ord, act.endpoint))
    for number, name in enumerate(sorted(sent.keys() - NOT_TYPED)):
        for value in shares(salt + number):
            answer = sender.browser.post(
                sender.at,
                data=encoded({**sent, "once": [once_token()], name: [value]}),
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code < 500, (name, value[:40])
    assert client_of(world.people[act.persona]).get("/").status_code < 500
    sender_page = client_of(world.people[act.persona]).get(sender.page)
    assert sender_page.status_code < 500


ASKED = (
    "q", "search", "page", "period", "as_of", "on", "team", "owner", "person", "rep", "stage", "status", "sort", "state",
    "kpi", "account", "office", "role", "act", "actor", "start", "end", "expected_from", "metric", "by", "basis", "territory",
)  # fmt: skip


@pytest.mark.slow
def test_a_page_answers_whatever_its_address_asks(
    app: Flask, world: World, client_of: Callable[[int], FlaskClient]
) -> None:
    """Every page without an id in its address."""
    browser = client_of(world.people["mona"])
    turn = count()
    with app.test_request_context():
        pages = sorted(
            url_for(rule.endpoint)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and not rule.arguments
        )
    for page in pages:
        for name in ASKED:
            asked = {name: [HOSTILE[next(turn) % len(HOSTILE)]]}
            answer = browser.get(f"{page}?{encoded(asked).decode('ascii')}")
            assert answer.status_code < 500, (page, asked)
            answer.close()


@pytest.mark.parametrize(
    "number",
    ["9" * 4000, "٣", "-1", "0", "01", "1e3", "1.0", "%00", "%ff", "9223372036854775808", "NaN"],
)
def test_an_id_that_is_none_is_not_there(
    app: Flask, world: World, client_of: Callable[[int], FlaskClient], number: str
) -> None:
    browser = client_of(world.people["mona"])
    for path in ("deals", "people", "accounts", "targets", "packs", "teams", "scorecards/people"):
        assert browser.get(f"/{path}/{number}").status_code in {400, 404}
