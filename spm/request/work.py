"""The unit of work of a request: identity, the gate, and the one commit.

Everything happens inside the dispatch of the view, so that a failing commit meets the error handlers
like any other error. A form that was sent twice (``once`` token) has one effect and one answer; one
that the database stopped for a standstill is answered anew.
"""

import copy
import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast

from flask import Flask, Response, current_app, g, make_response, redirect, request
from flask import session as cookie
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from spm.adapters.clock import Clock
from spm.adapters.database import begin_unit, past_standstills, unit
from spm.domain.access import Actor, Permission, may_at_all
from spm.domain.errors import NotFound
from spm.queries.organisation.settings import get_organisation
from spm.request import identity
from spm.request.access import Declaration, declaration_of
from spm.services import once
from spm.services.identity.sign_in import digest_of, keep_seen
from spm.services.work import Work

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ONCE_FIELD = "once"


class SignInNeeded(NotFound):
    """Nobody is signed in; the web answers with the way to the sign-in page."""

    code = "sign-in-needed"


def current_work() -> Work:
    """Return the request's unit of work."""
    return cast(Work, g.work)


def request_session() -> Session:
    """Return the session of this request."""
    return cast(Session, current_app.extensions["sqlalchemy"].session())


@contextmanager
def separate_work() -> Iterator[Work]:
    """Yield a short unit of its own that is kept whatever becomes of the request.

    Only for routes that declare ``writes=False``: two writing units at once would wait for each other.
    """
    with unit(current_app.extensions["sqlalchemy"].engine, writes=True) as session:
        work = current_work()
        yield Work(session, work.actor, work.now, work.organisation, work.request_id)


def serve_in_units(app: Flask, clock: Clock) -> None:
    """Wrap every view of ``app``: identify, judge, run, commit."""
    app.view_functions.update(
        {endpoint: in_unit(view, clock) for endpoint, view in app.view_functions.items()}
    )

    @app.after_request
    def refuse_undecided(response: Response) -> Response:
        """Fail closed: nothing leaves with 2xx unless a decision was taken."""
        if 200 <= response.status_code < 300 and not g.get("is_decided", False):
            msg = f"{request.endpoint}: answered without a decision"
            raise RuntimeError(msg)
        return response


def in_unit(view: Callable[..., Any], clock: Clock) -> Callable[..., Response]:
    """Return ``view`` as one unit of work behind the gate that it declares."""
    declaration = cast(Declaration, declaration_of(view))

    if declaration.is_file:
        return _without_unit(view)

    @wraps(view)
    def run(*args: object, **kwargs: object) -> Response:
        writes = declaration.writes
        if writes is None:
            writes = request.method not in SAFE_METHODS

        def answer() -> Response:
            session = request_session()
            try:
                _begin(session, clock, writes=writes)
                _judge(declaration)
                return _answer_once(session, view, args, kwargs, writes=writes)
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()

        if writes and request.mimetype != "multipart/form-data":  # files are kept outside the unit
            response = past_standstills(_with_cookie_as_it_was(answer))
        else:
            response = answer()
        _keep_last_seen()
        return response

    return run


def _with_cookie_as_it_was(answer: Callable[[], Response]) -> Callable[[], Response]:
    """Let each try begin with the cookie that came: what an earlier one had said is not said twice."""
    came = copy.deepcopy(dict(cookie))

    def run() -> Response:
        if dict(cookie) != came:
            cookie.clear()
            cookie.update(copy.deepcopy(came))
        return answer()

    return run


def _without_unit(view: Callable[..., Any]) -> Callable[..., Response]:
    """Return ``view`` past the gate that it declares open, with no transaction at all."""

    @wraps(view)
    def run(*args: object, **kwargs: object) -> Response:
        g.is_decided = True
        return make_response(view(*args, **kwargs))

    return run


def _begin(session: Session, clock: Clock, *, writes: bool) -> None:
    begin_unit(session, writes=writes)
    now = clock()
    organisation = get_organisation(session)
    g.signed_in = identity.find_signed_in(session, request, now, organisation)
    actor = g.signed_in.actor if g.signed_in else Actor(person_id=None)
    g.work = Work(session, actor, now, organisation, request_id=str(uuid.uuid4()))


def _judge(declaration: Declaration) -> None:
    """Let pass who may do this at all; what it is done to is the service's question."""
    actor = current_work().actor
    permission: Permission | None = declaration.permission
    if permission is not None and actor.person_id is None:
        raise SignInNeeded
    if permission is not None and not may_at_all(actor, permission):
        raise NotFound(permission=permission.value)
    g.is_decided = True


def _answer_once(
    session: Session,
    view: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    writes: bool,
) -> Response:
    token = request.form.get(ONCE_FIELD, "") if writes else ""
    if not token:
        return _run(session, view, args, kwargs)
    work = current_work()
    body = _body_digest()
    endpoint = f"{request.endpoint} {request.path}"
    if (earlier := once.find_answer(work, token, endpoint, body)) is not None:
        return _again(earlier)
    try:
        once.claim(work, token, endpoint, body)
    except IntegrityError:
        # The same form is being answered by another worker, which has just finished.
        session.rollback()
        begin_unit(session, writes=True)
        if (earlier := once.find_answer(work, token, endpoint, body)) is None:
            raise
        return _again(earlier)
    response = make_response(view(*args, **kwargs))
    if response.status_code < 400:
        once.keep_answer(work, token, response.status_code, response.headers.get("Location"))
        session.commit()
    else:
        session.rollback()
    return response


def _run(
    session: Session, view: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, object]
) -> Response:
    response = make_response(view(*args, **kwargs))
    if response.status_code < 400:
        session.commit()
    else:
        session.rollback()
    return response


def _again(answer: once.Answer) -> Response:
    if answer.location is None:
        return make_response("", 204)
    return make_response(redirect(answer.location, answer.status))


def _body_digest() -> str:
    """Return a digest of the form as it was sent, without the tokens that differ each time.

    It is keyed: a form may hold a password, and its digest is kept.
    """
    digest = hmac.new(str(current_app.secret_key).encode(), digestmod="sha256")
    for name, values in sorted(request.form.lists()):
        if name not in {"csrf_token", ONCE_FIELD}:
            digest.update(repr((name, values)).encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda sent: sent[0]):
        digest.update(repr((name, file.filename)).encode())
        digest.update(hashlib.file_digest(file.stream, "sha256").digest())  # type: ignore[arg-type]
        file.stream.seek(0)
    return digest.hexdigest()


def _keep_last_seen() -> None:
    """Write the time of the last use in a short unit of its own, at most once a minute."""
    token = identity.token_of(request)
    if g.signed_in is None or token is None:
        return
    now = current_work().now
    if g.signed_in.seen_at > now - identity.SEEN_EVERY:
        return
    try:
        with unit(current_app.extensions["sqlalchemy"].engine, writes=True) as session:
            keep_seen(session, digest_of(token), now)
    except OperationalError as error:  # what was asked for is done: that is what has to be said
        current_app.logger.warning("the last use was not kept: %s", error.orig)
