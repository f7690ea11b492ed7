"""Error pages: an anticipated error becomes its status, its words and nothing more."""

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from spm.domain.errors import SpmError
from spm.i18n.labels import problem
from spm.i18n.words import N_, gettext
from spm.request.errors import status_of
from spm.request.work import SignInNeeded
from spm.services.work import StaleEdit
from spm.web import stale
from spm.web.rendering import render

SIGN_IN = "identity.sign_in"

TITLES = {
    400: N_("That request cannot be read"),
    403: N_("Not allowed"),
    404: N_("Nothing here"),
    405: N_("Not that way"),
    409: N_("Somebody was faster"),
    413: N_("Too large"),
    422: N_("That cannot be accepted"),
    429: N_("Too many tries"),
    503: N_("Busy"),
    500: N_("Something went wrong"),
}
SAID = {
    400: N_(
        "The page that sent it may have been open for too long. Go back, reload it and try again."
    ),
    403: N_("You may see this but not do that."),
    404: N_("There is no such page, or none that you may see."),
    405: N_("This address does not answer that kind of request."),
    409: N_(
        "The data has changed in the meantime. Nothing of yours was saved; go back and try again."
    ),
    413: N_("What was sent is larger than this page takes."),
    422: N_("Nothing was changed."),
    429: N_("Wait a little and try again."),
    503: N_("The database is busy. Nothing was changed; try again in a moment."),
    500: N_("Nothing was changed. The failure has been noted under the number below."),
}
NO_ROOM = N_(
    "The server has no room, or cannot reach its files. Nothing was changed; try again in a moment."
)


def install(app: Flask) -> None:
    """Register the handlers of every error that can reach a reader."""
    app.register_error_handler(SignInNeeded, _ask_to_sign_in)
    app.register_error_handler(StaleEdit, _show_both)
    app.register_error_handler(SpmError, _refuse)
    app.register_error_handler(StaleDataError, _refuse)
    app.register_error_handler(DBAPIError, _refuse)
    app.register_error_handler(CSRFError, _refuse_http)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(OSError, _fail_or_wait)
    app.register_error_handler(Exception, _fail)


def _page(status: int, said: str | None = None) -> Response:
    work = g.get("work")
    known = status if status in TITLES else 500 if status >= 500 else 400
    title, said = gettext(TITLES[known]), said or gettext(SAID[known])
    try:
        page = render(
            "errors/error.html",
            status=status,
            title=title,
            said=said,
            advice=None,
            request_id=work.request_id if work else None,
        )
        response = make_response(page, status)
    except (OSError, DBAPIError):  # what failed may be what a page is made of
        response = make_response(f"{title}\n{said}\n", status, {"Content-Type": "text/plain"})
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def _ask_to_sign_in(_error: SignInNeeded) -> Response:
    """Send a visitor to the sign-in page; a fragment may not hold a form, so htmx goes there whole."""
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for(SIGN_IN, next=asked)
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return make_response(redirect(target, 303))


def _show_both(error: StaleEdit) -> Response:
    """Show what somebody else saved beside what was typed here: nothing is lost."""
    theirs, yours = error.facts["theirs"], error.facts["yours"]
    assert isinstance(theirs, dict)  # noqa: S101
    assert isinstance(yours, dict)  # noqa: S101
    page = render(
        "errors/stale.html",
        title=gettext("Somebody else changed this meanwhile"),
        lines=stale.lines(theirs, yours),
        back=request.full_path.rstrip("?"),
    )
    return make_response(page, 409)


def _refuse(error: Exception) -> Response:
    said = problem(error) if isinstance(error, SpmError) else None
    return _page(status_of(error), said)


def _refuse_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # The host name is not ours: there is no address to build a page's links with.
        return make_response("Unknown host.\n", 400, {"Content-Type": "text/plain"})
    if error.code is not None and 300 <= error.code < 400:
        return make_response(error.get_response())
    response = _page(error.code or 500)
    if error.code == 405:
        response.headers.update({k: v for k, v in error.get_headers() if k == "Allow"})
    return response


def _fail_or_wait(error: OSError) -> Response:
    """A full disk, or too many open files, may pass; any other is a failure."""
    if status_of(error) != 503:
        return _fail(error)
    current_app.logger.error("the system refused: %s", error.strerror)
    return _page(503, gettext(NO_ROOM))


def _fail(error: Exception) -> Response:
    """Say that something went wrong, with the request's id and without its cause."""
    work = g.get("work")
    current_app.logger.error("request %s failed", work.request_id if work else "-", exc_info=error)
    return _page(500)
