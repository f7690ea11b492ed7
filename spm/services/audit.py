"""Binding the audit log to its chain, at the commit of whatever wrote to it.

A link is made at the very end of a unit of work, so that writers wait for each other only for the
moment of their commit. Who may write waits in line: the chain has one end.
"""

from collections.abc import Iterable
from contextlib import closing
from typing import Final

from sqlalchemy import Engine, event, insert, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from spm.domain.audit import Head, Keys, Verdict, bind, check
from spm.models.audit import AuditLinkRow
from spm.queries.audit import audit_head, audit_links, facts_of, unbound_entries
from spm.services.work import WRITTEN

_LINE: Final = 7_263_001
"""Names the line of writers among PostgreSQL's advisory locks."""

_KEYS: dict[URL, Keys] = {}


def keep_bound(engine: Engine, keys: Keys) -> None:
    """Bind what units of work on this database write to the audit log, from now on."""
    _KEYS[engine.url] = keys


def bind_older(session: Session, keys: Keys) -> int:
    """Bind the entries of a database from before there was a chain; return how many.

    Only for the moment at which a database is brought to the release that brought the chain: where
    there is one already, what it does not bind is not ours.
    """
    if audit_head(session).number:
        return 0
    older = unbound_entries(session)
    _bind(session, keys, older)
    return len(older)


def verify(session: Session, keys: Keys, heads: tuple[Head, ...] = ()) -> Verdict:
    """Check the whole log against its chain and the heads that were published."""
    unbound = unbound_entries(session)
    with closing(audit_links(session)) as links:
        return check(links, keys, heads, unbound)


@event.listens_for(Session, "before_commit")
def _bind_written(session: Session) -> None:
    if session.in_nested_transaction():
        return
    written = session.info.get(WRITTEN)
    if not written:
        return
    at = session.get_bind()
    keys = _KEYS.get(at.engine.url)
    if keys is not None:
        _bind(session, keys, written)
    written.clear()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(WRITTEN, None)


def _bind(session: Session, keys: Keys, entry_ids: Iterable[int]) -> None:
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:line)"), {"line": _LINE})
    entries = facts_of(session, entry_ids)
    links = bind(keys, audit_head(session), keys.newest, entries)
    rows = [
        {
            "id": link.number,
            "entry_id": link.entry_id,
            "key_version": link.key_version,
            "digest": link.digest,
        }
        for link in links
    ]
    if rows:
        session.execute(insert(AuditLinkRow), rows)
