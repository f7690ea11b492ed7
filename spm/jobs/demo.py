"""How the demo company imports: what people do on the page, and the work that follows of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from sqlalchemy import Engine

from spm.adapters.clock import Clock
from spm.adapters.database import unit
from spm.adapters.files import FileStore
from spm.domain.access import Role
from spm.domain.ids import ImportId, PersonId
from spm.domain.metrics.figure import ScopeKind
from spm.jobs.imports import FOLDER
from spm.jobs.table import worker
from spm.queries.intake.mappings import tables_of
from spm.queries.metrics.names import find_scope
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.queries.pipeline.pipelines import pipelines
from spm.services.demo import exports, people
from spm.services.intake.uploads import (
    Upload,
    ask_undo,
    confirm,
    map_columns,
    map_values,
    receive,
)
from spm.services.intake.values import Said
from spm.services.work import Work


def import_files(engine: Engine, clock: Clock, instance: Path) -> None:
    """Load a file that nobody knew, by a mapping that is kept; and another that a colleague takes back."""
    _Office(engine, clock, instance).import_files()


class _Office:
    """Sales operations of the demo company."""

    def __init__(self, engine: Engine, clock: Clock, instance: Path) -> None:
        self.engine = engine
        self.clock = clock
        self.store = FileStore(instance / FOLDER)
        self.worker = worker(engine, clock, instance, timetable=None)
        self.one, self.other = (
            people.email_of(who) for who in people.STAFF if Role.OPERATIONS in who.roles
        )

    def import_files(self) -> None:
        with self._as(self.one) as work:
            today = work.today
        mapped = self._hand_in(exports.registrations(today))
        with self._as(self.one) as work:
            (table,) = tables_of(work.session, mapped)
            map_columns(work, mapped, table.id, exports.REGISTRATION, title="Registrations")
        with self._as(self.one) as work:
            (table,) = tables_of(work.session, mapped)
            source = table.layout
            pipeline_id = pipelines(work.session)[0].id
            map_values(work, mapped, source, Said(pipeline_id, exports.STANDS, {}, {}))
        self._load(mapped, remember=exports.MAPPING)
        unwanted = self._hand_in(exports.registrations(today, first=20))
        self._load(unwanted)
        with self._as(self.other) as work:
            ask_undo(work, unwanted)

    @contextmanager
    def _as(self, email: str) -> Iterator[Work]:
        """Yield a unit of work of somebody, and do the long work that he asks for."""
        with unit(self.engine, writes=True) as session:
            scope = find_scope(session, ScopeKind.REP, email)
            organisation = get_organisation(session)
            now = self.clock()
            actor = get_actor(session, PersonId(scope.id or 0), organisation.business_date(now))
            yield Work(session, actor, now, organisation)
        while self.worker.run_once():
            pass

    def _hand_in(self, text: bytes) -> ImportId:
        kept = self.store.keep(BytesIO(text))
        with self._as(self.one) as work:
            return receive(work, [Upload(exports.REGISTRATIONS, kept)])

    def _load(self, import_id: ImportId, remember: str = "") -> None:
        with self._as(self.one) as work:
            confirm(work, import_id, is_all_or_nothing=True, takes_over=False, remember=remember)
