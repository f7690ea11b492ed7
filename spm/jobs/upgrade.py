"""Bringing a database to this release: its tables, and what they need to hold from then on."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spm.adapters import migrations
from spm.domain.audit import Keys
from spm.services.audit import bind_older, keep_bound
from spm.services.pipeline import rollup
from spm.services.targets.kpis import ensure_won_revenue_kpi


def bring_up(engine: Engine, keys: Keys, now: datetime) -> bool:
    """Bring a database to this release, all of it or nothing; return whether there was anything to do.

    A new one gets the KPI that ships active; one from before the rollup of deals gets that; entries
    of the audit log from before its chain are bound.

    Raises:
        SchemaTooNew: The database was written by a later release.
    """

    def complete(session: Session) -> None:
        bind_older(session, keys)
        ensure_won_revenue_kpi(session, now)
        rollup.ensure(session)

    keep_bound(engine, keys)
    return migrations.upgrade(engine, complete)
