"""What every command is given: settings, a clock and units of work as the console."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from spm.adapters.bell import hang
from spm.adapters.clock import Clock, system_clock
from spm.adapters.database import open_engine, reach, unit
from spm.domain.access import Actor
from spm.domain.audit import Keys
from spm.jobs.upgrade import bring_up
from spm.queries.organisation.settings import get_organisation
from spm.services.work import Work


class Settings(Protocol):
    """What commands take from ``config.Settings``."""

    @property
    def database_url(self) -> str: ...  # noqa: D102
    @property
    def instance(self) -> Path: ...  # noqa: D102
    @property
    def audit_keys(self) -> str: ...  # noqa: D102
    @property
    def base_url(self) -> str: ...  # noqa: D102
    @property
    def runs_jobs(self) -> bool: ...  # noqa: D102
    @property
    def raw_file_days(self) -> int: ...  # noqa: D102
    @property
    def queue(self) -> str: ...  # noqa: D102
    @property
    def password_cost(self) -> str: ...  # noqa: D102


WsgiApplication = Callable[..., Iterable[bytes]]
"""What a WSGI server runs."""


@dataclass
class Context:
    """The surroundings of one command."""

    settings: Settings
    make_app: Callable[[], WsgiApplication] = field(repr=False)
    clock: Clock = system_clock
    _engine: Engine | None = field(default=None, repr=False)

    @property
    def engine(self) -> Engine:
        """The database, brought to this release's tables by whoever first needs it.

        Raises:
            Invalid: Its address is none, or nobody answers there.
        """
        if self._engine is None:
            self._engine = open_engine(self.settings.database_url)
            reach(self._engine)
            hang(self.settings.database_url, self.settings.queue)
            if bring_up(self._engine, self.audit_keys, self.clock()):
                print("spm: the database was brought to this release's tables", file=sys.stderr)
        return self._engine

    @property
    def audit_keys(self) -> Keys:
        """The keys of the audit log."""
        return Keys.read(self.settings.audit_keys)

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def unit(self, *, writes: bool = False) -> Iterator[Work]:
        """Yield a unit of work of the console; committed at the end, rolled back by an error."""
        with unit(self.engine, writes=writes) as session:
            yield Work(session, Actor.console(), self.clock(), get_organisation(session))
