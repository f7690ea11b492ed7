"""Language and theme of this device: cookies, nothing about anybody, so anybody may."""

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from spm.i18n.words import LANGUAGES
from spm.request.access import public
from spm.web.htmx import go
from spm.web.navigation import way_back
from spm.web.rendering import LANGUAGE_COOKIE, THEME_COOKIE, THEMES

bp = Blueprint("preferences", __name__)

A_YEAR = 365 * 24 * 3600
OFFERED = {THEME_COOKIE: THEMES, LANGUAGE_COOKIE: tuple(LANGUAGES)}


@bp.post("/preferences", endpoint="save")
@public(writes=False)
def save() -> Response:
    """Remember the language or theme that was chosen, and go back to the page it was chosen on."""
    response = go(way_back(request.form.get("next")))
    for name, offered in OFFERED.items():
        chosen = request.form.get(name)
        if chosen in offered:
            response.set_cookie(
                name,
                chosen,
                max_age=A_YEAR,
                samesite="Lax",
                secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            )
    return response
