"""Who is asking: the session cookie, read against the table of sign-ins.

The cookie holds 256 random bits and nothing else; the table holds their digest. Ending a session is
deleting its row, so a saved cookie is worth nothing at the next request.
"""

import secrets
from datetime import datetime, timedelta

from flask import Request, Response, current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from spm.domain.identity import IDLE, LONGEST
from spm.domain.organisation import Organisation
from spm.domain.text import fold
from spm.queries import identity as queries
from spm.queries.identity import SignedIn
from spm.services.identity.sign_in import digest_of

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept."""
LONGEST_COOKIE = 400
"""Nothing that we gave out is longer."""


def cookie_name() -> str:
    """Return the name of the session cookie; ``__Host-`` wherever the site is served over https."""
    return "__Host-spm" if current_app.config["SESSION_COOKIE_SECURE"] else "spm"


def token_of(request: Request) -> str | None:
    """Return the session token that came with the request."""
    token = request.cookies.get(cookie_name())
    return token if token and len(token) <= LONGEST_COOKIE else None


def find_signed_in(
    session: Session, request: Request, now: datetime, organisation: Organisation
) -> SignedIn | None:
    """Return who is asking; None for a visitor, an ended session or a person who may not sign in."""
    token = token_of(request)
    if token is None:
        return None
    return queries.find_signed_in(
        session, digest_of(token), now, organisation.business_date(now), idle=IDLE
    )


def keep_session(response: Response, token: str) -> None:
    """Give the browser a session."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LONGEST.total_seconds()),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget_session(response: Response) -> None:
    """Take the session from the browser, with everything that it kept of these pages."""
    response.delete_cookie(
        cookie_name(),
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


DEVICE_LASTS = timedelta(days=180)


def device_of(request: Request, email: str) -> str | None:
    """Return the mark that this browser got when ``email`` signed in with it, None if it never did."""
    raw = request.cookies.get(_device_cookie())
    if raw is None or len(raw) > LONGEST_COOKIE:
        return None
    try:
        mark, account = _device_signer().loads(raw)
    except (BadData, TypeError, ValueError):
        return None
    return str(mark) if account == _account_mark(email) else None


def keep_device(response: Response, email: str, mark: str | None) -> None:
    """Let the browser show, at a later sign-in, that it belongs to whoever has ``email``.

    It opens nothing. It only keeps strangers who guess at the account from exhausting its owner's tries.
    """
    response.set_cookie(
        _device_cookie(),
        _device_signer().dumps([mark or secrets.token_urlsafe(16), _account_mark(email)]),
        max_age=int(DEVICE_LASTS.total_seconds()),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
        path="/",
    )


def _device_cookie() -> str:
    return f"{cookie_name()}-device"


def _device_signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="spm-device")


def _account_mark(email: str) -> str:
    return digest_of(fold(email[:254]))[:32]
