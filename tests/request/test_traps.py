"""Traps of the web stack that no other test walks into (docs/reliability.md, traps F1 to F12)."""

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest

from config import Settings
from tests.conftest import an_app


@pytest.mark.parametrize(
    "sent",
    [
        '{"amount": NaN}',
        "[Infinity]",
        "[-Infinity]",
        '{"id": 1, "id": 2}',
        '{"name": "\\ud800"}',
        "[" * 100_000,
        "[" * 33 + "]" * 33,
        '{"a":' * 40 + "1" + "}" * 40,
        "{",
        "",
    ],
    ids=range(10),
)
def test_json_that_two_readers_read_differently_is_refused(app: Flask, sent: str) -> None:
    """F5: NaN, keys named twice, half a character, and nesting that ends in a RecursionError."""
    with pytest.raises(BadRequest):
        app.json.loads(sent)


def test_json_that_is_one_is_read(app: Flask) -> None:
    told = {"name": "Зоря 佐藤 🙂", "parts": [1, 2.5, None, {"deep": [[[True]]]}]}
    assert app.json.loads(json.dumps(told)) == told
    assert app.json.loads(json.dumps(told, ensure_ascii=False).encode()) == told


@pytest.mark.parametrize(
    "key", ["0", "007", "-1", "+1", "1.0", "1e3", "9" * 19, "9" * 4000, "٣", "１", "1%20", "1_0"]
)
@pytest.mark.parametrize("path", ["/deals/{}", "/people/{}", "/packs/{}"])
def test_a_key_that_is_none_is_no_page(client: FlaskClient, path: str, key: str) -> None:
    """F6: Werkzeug's own converter takes 4,000 digits and those of every script."""
    assert client.get(path.format(key)).status_code == 404


def test_the_defaults_that_harm_are_set(settings: Settings, app: Flask) -> None:
    """F2, F9: limits, hosts, cookies, and no traceback on a page."""
    assert not app.debug
    assert app.config["PROPAGATE_EXCEPTIONS"] is False
    assert 0 < app.config["MAX_CONTENT_LENGTH"] <= 2 * 1024 * 1024
    assert app.config["MAX_FORM_PARTS"] == 1000
    assert app.config["TRUSTED_HOSTS"]
    assert (app.config["SESSION_COOKIE_HTTPONLY"], app.config["SESSION_COOKIE_SAMESITE"]) == (
        True,
        "Lax",
    )
    with an_app(replace(settings, base_url="https://localhost")) as secure:
        assert secure.config["SESSION_COOKIE_SECURE"] is True
        assert secure.config["SESSION_COOKIE_NAME"].startswith("__Host-")


def test_htmx_keeps_no_pages_and_runs_no_text(client: FlaskClient) -> None:
    """F12: no copies of pages in the browser's storage, no eval, no scripts in fragments."""
    page = client.get("/sign-in", follow_redirects=True).text
    found = re.search(r"""name="htmx-config" content='([^']*)'""", page)
    assert found is not None
    told = json.loads(found[1])
    assert (told["historyCacheSize"], told["selfRequestsOnly"]) == (0, True)
    assert (told["allowEval"], told["allowScriptTags"]) == (False, False)
    assert 'hx-history="false"' in page
    assert "X-CSRFToken" in page


def test_a_body_beyond_the_limit_is_refused(client: FlaskClient) -> None:
    """F2: nobody fills the memory with a form."""
    answer = client.post("/sign-in", data={"email": "x" * 3_000_000})
    assert answer.status_code == 413
