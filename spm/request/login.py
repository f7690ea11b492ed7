"""Flask-Login over our own sessions: its ``current_user``, and nothing else of it.

It keeps no session, no remember cookie and no protection of its own: all of them live in the browser,
where they cannot be taken back. The rows of ``sign_in`` say who is asking.
"""

from flask import Flask, Request, g
from flask_login import AnonymousUserMixin, LoginManager, UserMixin

from spm.queries.identity import SignedIn


class User(UserMixin):
    """Whoever is signed in, as Flask-Login knows people."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in: SignedIn | None = signed_in

    def get_id(self) -> str:
        """Return the person's id."""
        return "" if self.signed_in is None else str(self.signed_in.actor.person_id)


class Visitor(AnonymousUserMixin):
    """Nobody that is known."""

    signed_in: SignedIn | None = None


def install(app: Flask) -> None:
    """Let ``flask_login.current_user`` answer from the request's unit of work."""
    # No browser has a cookie of this name, so that the loader below is always the one that is asked.
    app.config["REMEMBER_COOKIE_NAME"] = "__Host-spm-never"
    manager = LoginManager()
    manager.session_protection = None
    manager.anonymous_user = Visitor
    manager.request_loader(_of_request)
    manager.init_app(app)


def _of_request(_request: Request) -> User | None:
    signed_in: SignedIn | None = g.get("signed_in")
    return None if signed_in is None else User(signed_in)
