"""One's own account: language, theme, password, sessions."""

from flask import Blueprint, Response, current_app, flash, make_response, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.adapters.passwords import passwords
from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.identity import IDLE
from spm.domain.ids import PersonId
from spm.i18n.words import LANGUAGES, gettext
from spm.queries.identity import own_sessions
from spm.queries.organisation.people import get_person, roles_of
from spm.request.access import requires
from spm.request.identity import forget_session, token_of
from spm.request.work import current_work
from spm.services.identity.credentials import change_password
from spm.services.identity.sign_in import digest_of
from spm.services.identity.sign_in import sign_out_everywhere as end_all_sessions
from spm.services.organisation.people import edit_profile
from spm.web.blueprints.account.forms import THEME_WORDS, PasswordForm, ProfileForm
from spm.web.blueprints.account.pages import MePage, readable
from spm.web.htmx import go
from spm.web.rendering import LANGUAGE_COOKIE, THEME_COOKIE, render

bp = Blueprint("account", __name__, url_prefix="/me")


@bp.get("")
@requires(Permission.SIGNED_IN)
def me() -> BaseResponse:
    """Everything about oneself."""
    return _page()


@bp.post("/profile")
@requires(Permission.PROFILE_EDIT)
def profile() -> BaseResponse:
    """Keep language and theme; from now on they hold on every device that has no choice of its own."""
    form = _profile_form()
    if form.is_accepted():
        try:
            edit_profile(current_work(), locale=form.locale.data, theme=form.theme.data)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("Your language and theme are kept."), "done")
            response = make_response(go(url_for("account.me")))
            # What this device was told before would win over what was chosen just now.
            response.delete_cookie(LANGUAGE_COOKIE)
            response.delete_cookie(THEME_COOKIE)
            return response
    return _page(profile=form)


@bp.post("/password")
@requires(Permission.PASSWORD_CHANGE)
def password() -> BaseResponse:
    """Change the password; all other sessions end."""
    form = PasswordForm()
    if form.is_accepted():
        try:
            change_password(
                current_work(),
                passwords(current_app.config["PASSWORD_COST"]),
                present=form.present.data,
                password=form.password.data,
                token=token_of(request),
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("Your password is changed. Other sessions are signed out."), "done")
            return go(url_for("account.me"))
    return _page(password=form)


@bp.post("/sign-out-everywhere")
@requires(Permission.SIGN_OUT_EVERYWHERE)
def sign_out_everywhere() -> BaseResponse:
    """End all sessions of one's own, this one too."""
    end_all_sessions(current_work())
    session.clear()
    flash(gettext("You are signed out everywhere."), "done")
    response = make_response(go(url_for("identity.sign_in")))
    forget_session(response)
    return response


def _page(profile: ProfileForm | None = None, password: PasswordForm | None = None) -> Response:
    work = current_work()
    person = get_person(work.session, work.actor.person_id or PersonId(0))
    sent = profile or password
    page = MePage(
        person,
        roles_of(work.session, person.id),
        tuple(
            readable(each)
            for each in own_sessions(
                work.session,
                person.id,
                work.now,
                idle=IDLE,
                this=digest_of(token_of(request) or ""),
            )
        ),
        profile or _profile_form(locale=person.locale, theme=person.theme),
        password or PasswordForm(formdata=None),
    )
    return make_response(render("account/me.html", page=page), sent.status if sent else 200)


def _profile_form(**values: object) -> ProfileForm:
    form = ProfileForm(formdata=None, data=values) if values else ProfileForm()
    form.locale.choices = list(LANGUAGES.items())
    form.theme.choices = [(code, gettext(words)) for code, words in THEME_WORDS]
    return form
