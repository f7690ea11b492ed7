"""Error pages: an anticipated error becomes its status, its words and nothing more."""

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from spm.domain.errors import SpmError
from spm.request.errors import status_of
from spm.request.work import SignInNeeded
from spm.web.rendering import render

SIGN_IN = "identity.sign_in"


def install(app: Flask) -> None:
    """Register the handlers of every error that can reach a reader."""
    app.register_error_handler(SignInNeeded, _ask_to_sign_in)
    app.register_error_handler(SpmError, _refuse)
    app.register_error_handler(StaleDataError, _refuse)
    app.register_error_handler(DBAPIError, _refuse)
    app.register_error_handler(CSRFError, _refuse_http)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)


def _page(status: int, error: Exception | None) -> Response:
    response = make_response(
        render(
            "errors/error.html",
            status=status,
            code=getattr(error, "code", None) if isinstance(error, SpmError) else None,
            facts=error.facts if isinstance(error, SpmError) else {},
        ),
        status,
    )
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def _ask_to_sign_in(_error: SignInNeeded) -> Response:
    """Send a visitor to the sign-in page; a fragment may not hold a form, so htmx goes there whole."""
    target = url_for(SIGN_IN, next=request.full_path.rstrip("?"))
    if request.method != "GET":
        target = url_for(SIGN_IN)
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return make_response(redirect(target, 303))


def _refuse(error: Exception) -> Response:
    return _page(status_of(error), error)


def _refuse_http(error: HTTPException) -> Response:
    if error.code is not None and 300 <= error.code < 400:
        return make_response(error.get_response())
    response = _page(error.code or 500, None)
    if error.code == 405:
        response.headers.update({k: v for k, v in error.get_headers() if k == "Allow"})
    return response


def _fail(error: Exception) -> Response:
    """Say that something went wrong, with the request's id and without its cause."""
    work = g.get("work")
    current_app.logger.error(
        "request %s failed", work.request_id if work else "-", exc_info=error
    )
    return _page(500, None)
