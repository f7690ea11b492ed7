"""Every form: it leaves an audit entry, acts once however often it is sent, and is never overwritten
by an older one in silence.
"""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from werkzeug.test import TestResponse

from spm.adapters.database import unit
from spm.models.audit import AuditEntryRow
from spm.models.base import Base
from spm.request.access import declaration_of
from tests.access.acts import ACTS, ELSEWHERE, Act, FoundForm, filled, forms_of
from tests.access.world import World

BY_NAME = pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.endpoint}")


def test_every_form_is_tried_here_or_known_to_be_tried_elsewhere(app: Flask) -> None:
    posts = {
        rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())
    }
    assert {act.endpoint for act in ACTS} | set(ELSEWHERE) == posts - {"gallery.show"}


class Sender:
    """Fills a form in a browser and sends it."""

    def __init__(self, app: Flask, world: World, browser: FlaskClient, act: Act) -> None:
        self.browser, self.act = browser, act
        with app.test_request_context():
            self.at = url_for(act.endpoint, **act.arguments(world))  # type: ignore[arg-type]
            page = act.page or (act.endpoint, act.arguments)
            self.page = url_for(page[0], **page[1](world))  # type: ignore[arg-type]

    def form(self) -> FoundForm:
        """Return the form as the page shows it now."""
        answer = self.browser.get(self.page, follow_redirects=True)
        assert answer.status_code == 200, (self.page, answer.status_code)
        found = [
            form
            for form in forms_of(answer.text)
            if self.at.partition("?")[0]
            in {each.partition("?")[0] for each in (form.action or self.page, *form.others)}
        ]
        assert found, (self.page, self.at)
        return found[0]

    def send(self, sent: dict[str, list[str]]) -> TestResponse:
        """Post it."""
        return self.browser.post(self.at, data=sent)


@BY_NAME
def test_it_is_done_once_and_written_down(
    app: Flask, engine: Engine, world: World, client_of: Callable[[int], FlaskClient], act: Act
) -> None:
    sender = Sender(app, world, client_of(world.people[act.persona]), act)
    sent = filled(sender.form(), act.typed)
    before = audit(engine)
    first = sender.send(sent)
    assert first.status_code in {302, 303}, first.text[:3000]
    declared = declaration_of(app.view_functions[act.endpoint])
    assert declared is not None
    assert declared.permission is not None
    written = audit(engine)[len(before) :]
    assert written, "no audit entry"
    assert {entry.partition(".")[0] for entry in written} & {
        declared.permission.value.partition(".")[0]
    }
    after = contents(engine)
    if act.endpoint in {"identity.sign_out", "account.sign_out_everywhere"}:
        return
    second = sender.send(sent)
    assert (second.status_code, second.headers.get("Location")) == (
        first.status_code,
        first.headers.get("Location"),
    )
    assert contents(engine) == after


@pytest.mark.parametrize("act", ACTS[::11], ids=lambda act: act.endpoint)
def test_it_is_done_once_when_it_comes_twice_at_the_same_moment(
    app: Flask, engine: Engine, world: World, client_of: Callable[[int], FlaskClient], act: Act
) -> None:
    browsers = [client_of(world.people[act.persona]) for _ in range(2)]
    first, second = (Sender(app, world, browser, act) for browser in browsers)
    sent = filled(first.form(), act.typed)
    before, gate = audit(engine), Barrier(2)

    def send(sender: Sender) -> tuple[int, str | None]:
        gate.wait()
        answer = sender.send(sent)
        return answer.status_code, answer.headers.get("Location")

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(send, (first, second))
    assert one == other
    assert one[0] in {302, 303}
    declared = declaration_of(app.view_functions[act.endpoint])
    assert declared is not None
    assert declared.permission is not None
    written = audit(engine)[len(before) :]
    assert written.count(declared.permission.value) == 1


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.again is not None], ids=lambda act: act.endpoint
)
def test_an_edit_of_an_older_text_is_answered_with_both(
    app: Flask, world: World, client_of: Callable[[int], FlaskClient], act: Act
) -> None:
    assert act.again is not None
    sender = Sender(app, world, client_of(world.people[act.persona]), act)
    mine, theirs = sender.form(), sender.form()
    assert sender.send(filled(theirs, act.typed)).status_code in {302, 303}
    answer = sender.send(filled(mine, act.again))
    assert answer.status_code == 409
    page = unescape(answer.text)
    kept = {name: words for name, words in act.typed.items() if name != "reason"}
    for words in (*kept.values(), *act.again.values()):
        assert str(words) in page
    heads = [head.strip() for head in re.findall(r'<th scope="row">([^<]*)', page)]
    labels = re.findall(
        r"<(?:label|legend)[^>]*>([^<]*)", unescape(sender.browser.get(sender.page).text)
    )
    assert heads
    assert set(heads) <= {label.strip() for label in labels} | {
        "Lines",
        "On target between",
        "Stages",
    }


def audit(engine: Engine) -> list[str]:
    """Return the acts of the audit log, oldest first."""
    with unit(engine, writes=False) as session:
        return list(session.scalars(select(AuditEntryRow.act).order_by(AuditEntryRow.id)))


def contents(engine: Engine) -> Counter[str]:
    """Count the rows of every table but those of sessions."""
    with engine.connect() as connection:
        return Counter(
            {
                name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                for name in Base.metadata.tables
                if name != "sign_in"
            }
        )
