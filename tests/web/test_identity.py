"""Signing in and out in a browser: what is kept, what is dead, where it leads."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from spm.adapters.database import unit
from spm.adapters.passwords import passwords
from spm.domain.access import Actor, Role
from spm.domain.identity import TRIES, Purpose
from spm.domain.ids import PersonId
from spm.domain.organisation import Organisation
from spm.models.audit import AuditEntryRow
from spm.models.identity import SignInRow, SignInTryRow
from spm.queries.organisation.settings import get_organisation
from spm.services.identity.credentials import invite, make_token, set_disabled, set_password
from spm.services.organisation.roles import grant_role, revoke_role
from spm.services.work import Work
from tests.builders import a_person, an_organisation
from tests.conftest import NOW

Browser = Callable[[int], FlaskClient]
PASSWORD = "copper kettle on a slow train"
OTHER = "three herons by the weir"


@pytest.fixture
def ada(engine: Engine) -> PersonId:
    """A rep who can sign in."""
    with unit(engine, writes=True) as session:
        an_organisation(session)
        person_id = PersonId(a_person(session, "Ada").id)
        work = Work(session, Actor.console(), NOW, Organisation())
        set_password(work, passwords("test"), person_id, PASSWORD)
    return person_id


def sign_in(
    client: FlaskClient, email: str = "ada@example.com", password: str = PASSWORD, **more: str
) -> tuple[int, str, str]:
    """Return status, location and text of the answer."""
    answer = client.post("/sign-in", data={"email": email, "password": password, **more})
    return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)


def test_the_first_button_that_one_meets_signs_in(client: FlaskClient, ada: PersonId) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    first = re.search(r"<button[^>]*type=.submit.[^>]*>(.*?)</button>", page, re.DOTALL)
    assert first
    assert first[1].strip() == "Sign in"


def test_the_right_password_opens_a_session_in_a_cookie_no_script_reads(
    client: FlaskClient, ada: PersonId, engine: Engine
) -> None:
    assert client.get("/me").status_code == 303
    answer = client.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("spm="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = client.get("/me")
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    with unit(engine, writes=False) as session:
        entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
        assert entry is not None
        assert (entry.act, entry.actor_id) == ("identity.sign-in", ada)
        assert session.scalars(select(SignInTryRow)).all() == []


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("ada@example.com", "x" * 300),
    ],
)
def test_a_wrong_one_says_the_same_whoever_it_is_and_keeps_the_address(
    client: FlaskClient, ada: PersonId, email: str, password: str
) -> None:
    status, _location, text = sign_in(client, email, password)
    assert status == 422
    assert f'value="{email}"' in text
    assert password not in text
    if len(password) < 256:
        assert "The e-mail address or the password is not right." in text


def test_ten_failed_tries_are_enough_and_the_owner_still_comes_in(
    app: Flask, client: FlaskClient, ada: PersonId
) -> None:
    own = app.test_client()
    own.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert sign_in(own)[0] == 303
    own.post("/sign-out")
    for number in range(TRIES):
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        assert sign_in(client, password="guess")[0] == 422
    client.environ_base["REMOTE_ADDR"] = "10.0.1.1"
    status, _location, text = sign_in(client)
    assert status == 429
    assert "Wait a minute" in text
    assert sign_in(own)[0] == 303


def test_the_mark_of_a_browser_is_worth_nothing_for_another_account(
    app: Flask, ada: PersonId, engine: Engine
) -> None:
    own = app.test_client()
    assert sign_in(own)[0] == 303
    own.post("/sign-out")
    for _ in range(TRIES):
        sign_in(own, "boss@example.com", "guess")
    with unit(engine, writes=False) as session:
        counted = set(session.scalars(select(SignInTryRow.counted)))
    assert not any(each.startswith("device:") for each in counted)


def test_a_cookie_that_was_kept_is_dead_after_signing_out(
    app: Flask, client: FlaskClient, ada: PersonId
) -> None:
    sign_in(client)
    kept = client.get_cookie("spm")
    assert kept is not None
    answer = client.post("/sign-out")
    assert answer.headers["Location"] == "/sign-in"
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert client.get_cookie("spm") is None
    replay = app.test_client()
    replay.set_cookie("spm", kept.value, domain="localhost")
    assert replay.get("/me").status_code == 303


def test_signing_in_again_gives_another_token_and_ends_the_old_one(
    client: FlaskClient, ada: PersonId, engine: Engine
) -> None:
    sign_in(client)
    first = client.get_cookie("spm")
    sign_in(client)
    second = client.get_cookie("spm")
    assert first is not None
    assert second is not None
    assert first.value != second.value
    with unit(engine, writes=False) as session:
        assert len(session.scalars(select(SignInRow)).all()) == 1


@pytest.mark.parametrize("way", ["everywhere", "password", "disabled", "granted", "revoked"])
def test_other_sessions_are_dead_at_the_next_request(
    client_of: Browser, ada: PersonId, engine: Engine, way: str
) -> None:
    here, there = client_of(ada), client_of(ada)
    match way:
        case "everywhere":
            assert here.post("/me/sign-out-everywhere").status_code == 303
        case "password":
            answer = here.post("/me/password", data={"present": PASSWORD, "password": OTHER})
            assert answer.status_code == 303
        case _:
            with unit(engine, writes=True) as session:
                work = Work(session, Actor.console(), NOW, Organisation())
                match way:
                    case "disabled":
                        set_disabled(work, ada, is_disabled=True)
                    case "granted":
                        grant_role(work, ada, Role.EXECUTIVE)
                    case _:
                        revoke_role(work, ada, Role.REP)
    assert there.get("/me").status_code == 303
    assert here.get("/me").status_code == (200 if way == "password" else 303)


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/me", "/me"),
        ("/people?search=a%20b", "/people?search=a%20b"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("///evil.example", "/"),
        ("/nowhere-at-all", "/"),
        ("/me\r\nSet-Cookie: x=y", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-out", "/"),
    ],
)
def test_signing_in_leads_to_pages_of_ours_and_nowhere_else(
    client: FlaskClient, ada: PersonId, target: str, goes_to: str
) -> None:
    assert sign_in(client, next=target)[1] == goes_to


def test_who_comes_to_a_page_is_led_back_to_it(client: FlaskClient, ada: PersonId) -> None:
    answer = client.get("/people?search=x")
    form = client.get(answer.headers["Location"]).get_data(as_text=True)
    main = form[form.index("<main") :]
    target = re.search(r'name="next"[^>]*value="([^"]*)"', main)
    assert target is not None
    assert sign_in(client, next=target[1])[1] == "/people?search=x"
    assert client.get("/sign-in?next=/me").headers["Location"] == "/me"


def test_a_form_without_its_token_is_refused(app: Flask, ada: PersonId) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    assert sign_in(client)[0] == 400
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    assert sign_in(client, csrf_token=token[1])[0] == 303


def test_an_invitation_opens_once(app: Flask, ada: PersonId, engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        _purpose, token = invite(Work(session, Actor.console(), NOW, Organisation()), ada)
    browser = app.test_client()
    assert "ada@example.com" in browser.get(f"/welcome/{token}").get_data(as_text=True)
    weak = browser.post(f"/welcome/{token}", data={"password": "password1234"})
    assert weak.status_code == 422
    assert "Too easy to guess" in weak.get_data(as_text=True)
    assert browser.post(f"/welcome/{token}", data={"password": OTHER}).status_code == 303
    assert browser.get(f"/welcome/{token}").status_code == 404
    assert browser.post(f"/welcome/{token}", data={"password": PASSWORD}).status_code == 404
    assert sign_in(browser, password=PASSWORD)[0] == 422
    assert sign_in(browser, password=OTHER)[0] == 303


SET_UP = {
    "organisation": "Meridian",
    "time_zone": "Asia/Tokyo",
    "currency_code": "JPY",
    "fiscal_month": "4",
    "locale": "ja",
    "name": "山田 太郎",
    "email": "taro@example.com",
    "password": PASSWORD,
    "is_operations": "y",
}


def test_an_empty_installation_leads_to_its_set_up(client: FlaskClient, engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, Organisation())
        token = make_token(work, Purpose.SET_UP)
    assert client.get("/people").headers["Location"].startswith("/sign-in")
    assert client.get("/sign-in").headers["Location"] == "/set-up"
    assert token in client.get(f"/set-up/{token}").get_data(as_text=True)
    guess = client.post("/set-up", data={**SET_UP, "token": "guess"})
    assert guess.status_code == 422
    assert 'value="Meridian"' in guess.get_data(as_text=True)
    weak = client.post("/set-up", data={**SET_UP, "token": token, "password": "short"})
    assert weak.status_code == 422
    done = client.post("/set-up", data={**SET_UP, "token": token})
    assert (done.status_code, done.headers["Location"]) == (303, "/people")
    page = client.get("/people").get_data(as_text=True)
    assert "山田 太郎" in page
    with unit(engine, writes=False) as session:
        organisation = get_organisation(session)
    assert (organisation.time_zone, organisation.currency, organisation.fiscal_start) == (
        "Asia/Tokyo",
        "JPY",
        4,
    )
    assert client.post("/set-up", data={**SET_UP, "token": token}).status_code == 409
    assert client.get("/set-up").headers["Location"] == "/sign-in"


def test_the_form_twice_sets_up_once(app: Flask, engine: Engine) -> None:
    with unit(engine, writes=True) as session:
        token = make_token(Work(session, Actor.console(), NOW, Organisation()), Purpose.SET_UP)
    answers = [
        app.test_client().post("/set-up", data={**SET_UP, "token": token, "once": "same"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert not any(each.startswith("spm=") for each in answers[1].headers.getlist("Set-Cookie"))


def test_flask_login_knows_who_our_rows_know_and_nobody_else(
    app: Flask, client_of: Browser, ada: PersonId
) -> None:
    from flask_login import current_user

    with client_of(ada) as browser:
        browser.get("/me")
        assert (current_user.is_authenticated, current_user.get_id()) == (True, str(ada))
    with app.test_client() as stranger:
        stranger.set_cookie("remember_token", f"{ada}|forged", domain="localhost")
        with stranger.session_transaction() as kept:
            kept["_user_id"] = str(ada)
        assert stranger.get("/me").status_code == 303
        assert not current_user.is_authenticated


def test_a_profile_speaks_the_language_chosen(client_of: Browser, ada: PersonId) -> None:
    browser = client_of(ada)
    assert browser.post("/me/profile", data={"locale": "uk", "theme": "dark"}).status_code == 303
    page = browser.get("/me").get_data(as_text=True)
    assert '<html lang="uk" data-theme="dark"' in page
    assert browser.post("/me/profile", data={"locale": "xx", "theme": "dark"}).status_code == 422


def test_a_wrong_present_password_changes_nothing(client_of: Browser, ada: PersonId) -> None:
    answer = client_of(ada).post("/me/password", data={"present": OTHER, "password": OTHER})
    assert answer.status_code == 422
    assert "This is not your present password." in answer.get_data(as_text=True)


def test_the_table_of_one_form_sent_holds_no_guessable_password(
    app: Flask, client_of: Browser, ada: PersonId, engine: Engine
) -> None:
    import hashlib

    from spm.models.once import OnceRow

    form = {"once": "token", "present": PASSWORD, "password": OTHER}
    assert client_of(ada).post("/me/password", data=form).status_code == 303
    plain = hashlib.sha256()
    for name in ("password", "present"):
        plain.update(repr((name, [form[name]])).encode())
    with unit(engine, writes=False) as session:
        kept = session.scalars(select(OnceRow.body_digest)).one()
    assert kept != plain.hexdigest()


def test_roles_of_a_rep_open_no_administration(client_of: Browser, ada: PersonId) -> None:
    browser = client_of(ada)
    for address in ("/people/new", f"/people/{ada}/edit", "/teams/new", "/audit"):
        assert browser.get(address).status_code == 404
