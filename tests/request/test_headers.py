"""What every answer carries."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from spm.request.access import refuse_undeclared
from tests.conftest import an_app

PATHS = ["/", "/nothing-here", "/sign-in", "/static/img/mark.svg"]


@pytest.mark.parametrize("path", PATHS)
def test_it_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    answer.close()
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PATHS[:3])
def test_private_pages_are_not_stored(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_a_form_from_elsewhere_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused(settings: Settings) -> None:
    with an_app(settings) as app:
        app.config["WTF_CSRF_ENABLED"] = True
        browser = app.test_client()
        assert browser.post("/sign-in", data={"email": "x"}).status_code == 400


def test_https_is_remembered_where_the_site_is_served_over_it(settings: Settings) -> None:
    with an_app(replace(settings, base_url="https://localhost")) as secure:
        answer = secure.test_client().get("/sign-in", base_url="https://localhost")
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_route_without_a_declaration_stops_the_start(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: ""
    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_undeclared(app)
