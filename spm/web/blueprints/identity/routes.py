"""Signing in and out, choosing a password by a link, the first set-up."""

from flask import Blueprint, Response, current_app, flash, make_response, request, session, url_for
from flask import redirect as redirect_to
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.passwords import Passwords, passwords
from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.identity import Purpose, SetUpDone, TokenSpent, TooManyTries
from spm.domain.organisation import Organisation
from spm.i18n.words import current, gettext
from spm.queries.identity import find_link
from spm.request.access import public, requires
from spm.request.identity import (
    device_of,
    forget_session,
    keep_device,
    keep_session,
    token_of,
)
from spm.request.work import current_work, separate_work
from spm.services.identity.credentials import accept
from spm.services.identity.set_up import needs_set_up
from spm.services.identity.set_up import set_up as set_up_organisation
from spm.services.identity.sign_in import check_sign_in, count_try, digest_of, start_session
from spm.services.identity.sign_in import sign_out as end_session
from spm.web import choices
from spm.web.blueprints.identity.forms import ChoosePasswordForm, SetUpForm, SignInForm
from spm.web.blueprints.identity.pages import SetUpPage, SignInPage, WelcomePage
from spm.web.htmx import go
from spm.web.navigation import way_back
from spm.web.rendering import render

bp = Blueprint("identity", __name__)

TOO_MANY = 429


@bp.route("/sign-in", methods=["GET", "POST"])
@public(writes=False)
def sign_in() -> BaseResponse:
    """Sign in; nothing is written but by short units of their own, so that hashing blocks nobody."""
    work = current_work()
    if request.method == "GET" and needs_set_up(work.session):
        return redirect_to(url_for("identity.set_up"), 303)
    form = SignInForm(next=request.args.get("next", ""))
    if request.method == "GET" and work.actor.person_id is not None:
        return redirect_to(way_back(form.next.data), 303)
    if form.is_accepted():
        try:
            token = _enter(form)
        except TooManyTries:
            form.form_errors.append(gettext("Too many tries. Wait a minute, then try again."))
            return make_response(render("identity/sign_in.html", page=SignInPage(form)), TOO_MANY)
        except Invalid as error:
            form.refuse(error)
        else:
            return _welcome_in(token, form.email.data, way_back(form.next.data))
    return make_response(render("identity/sign_in.html", page=SignInPage(form)), form.status)


def _enter(form: SignInForm) -> str:
    """Count the try, hash once, start a session; return its token."""
    email = form.email.data
    with separate_work() as counting:
        counted = count_try(
            counting,
            email=email,
            address=request.remote_addr or "",
            device=device_of(request, email),
        )
    person_id = check_sign_in(current_work(), _hashing(), email=email, password=form.password.data)
    with separate_work() as starting:
        return start_session(
            starting,
            person_id,
            browser=request.user_agent.string,
            replaces=token_of(request),
            counted=counted,
        )


def _welcome_in(token: str, email: str, target: str) -> Response:
    """Go to ``target`` as whoever the token belongs to, with nothing left of the visitor."""
    session.clear()
    response = make_response(go(target))
    keep_session(response, token)
    keep_device(response, email, device_of(request, email))
    return response


@bp.post("/sign-out")
@requires(Permission.SIGN_OUT)
def sign_out() -> BaseResponse:
    """End this session; what the browser kept of the pages goes as well."""
    end_session(current_work(), token_of(request) or "")
    return _leave(gettext("You are signed out."))


def _leave(words: str) -> Response:
    session.clear()
    flash(words, "done")
    response = make_response(go(url_for("identity.sign_in")))
    forget_session(response)
    return response


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@public()
def welcome(token: str) -> BaseResponse:
    """Choose a password with an invitation or a reset link."""
    work = current_work()
    link = find_link(work.session, digest_of(token), work.now)
    if link is None or link[0] is Purpose.SET_UP:
        raise TokenSpent
    form = ChoosePasswordForm()
    if form.is_accepted():
        try:
            accept(work, _hashing(), token=token, password=form.password.data)
        except Invalid as error:
            form.refuse(error)
        else:
            session.clear()
            flash(gettext("Your password is kept. Sign in with it."), "done")
            return go(url_for("identity.sign_in"))
    page = WelcomePage(form, *link)
    return make_response(render("identity/welcome.html", page=page), form.status)


@bp.route("/set-up", methods=["GET", "POST"])
@bp.route("/set-up/<token>", methods=["GET", "POST"])
@public()
def set_up(token: str = "") -> BaseResponse:
    """Set the organisation up, once, with the code that the server printed."""
    work = current_work()
    if not needs_set_up(work.session):
        if request.method == "POST":
            raise SetUpDone
        return redirect_to(url_for("identity.sign_in"), 303)
    form = SetUpForm(
        data={
            "token": token,
            "time_zone": "UTC",
            "currency_code": "USD",
            "fiscal_month": 1,
            "locale": current().locale,
            "is_operations": True,
        }
    )
    form.time_zone.choices = choices.zones()
    form.currency_code.choices = choices.currencies()
    form.fiscal_month.choices = choices.months()
    form.locale.choices = choices.languages()
    if form.is_accepted():
        try:
            return _set_up(form)
        except TokenSpent:
            form.token.errors = [
                gettext("This is not the code that was printed last. Start the server again.")
            ]
        except Invalid as error:
            form.refuse(error)
    return make_response(render("identity/set_up.html", page=SetUpPage(form)), form.status)


def _set_up(form: SetUpForm) -> Response:
    work = current_work()
    person_id = set_up_organisation(
        work,
        _hashing(),
        token=form.token.data.strip(),
        organisation=Organisation(
            name=form.organisation.data,
            time_zone=form.time_zone.data,
            currency=form.currency_code.data,
            fiscal_start=form.fiscal_month.data,
            locale=form.locale.data,
        ),
        name=form.name.data,
        email=form.email.data,
        password=form.password.data,
        is_operations=form.is_operations.data,
    )
    token = start_session(
        work,
        person_id,
        browser=request.user_agent.string,
        replaces=token_of(request),
        counted=None,
    )
    return _welcome_in(token, form.email.data, url_for("people.list"))


def _hashing() -> Passwords:
    return passwords(current_app.config["PASSWORD_COST"])
