"""Looking at and loading the files of an import."""

from collections.abc import Callable, Mapping

from spm.adapters.database import unit
from spm.adapters.files import FileStore
from spm.domain.errors import SpmError
from spm.domain.ids import ImportId
from spm.jobs.worker import Abandon, Handler, Task
from spm.services.intake import uploads
from spm.services.intake.inspection import Inspection, Progress
from spm.services.jobs import LeaseLost
from spm.services.work import Work

FOLDER = "uploads"
"""Where handed-in files lie, inside the instance folder."""


def _done(
    write: Callable[[Work, ImportId, Inspection, Progress], None], *, has_samples: bool
) -> Handler:
    """Return the handler that inspects the files of an import, then writes."""

    def handle(task: Task) -> None:
        import_id = _import_of(task)
        store = FileStore(task.instance / FOLDER)
        task.tell("read", 0)
        try:
            with unit(task.engine, writes=False) as session:
                given, choose = uploads.given_of(task.as_work(session), import_id, store)
            inspection = uploads.inspect_given(given, choose, has_samples=has_samples)

            def progress(_file: str, rows: int) -> None:
                task.tell("load", rows, inspection.rows)

            with task.work() as work:
                write(work, import_id, inspection, progress)
        except LeaseLost:
            raise
        except SpmError as error:
            with task.work() as work:
                uploads.fail(work, import_id, error)

    return handle


def _import_of(task: Task) -> ImportId:
    return ImportId(int(str(task.held.job.arguments["import_id"])))


def _abandoned(task: Task, _message: str) -> None:
    with unit(task.engine, writes=True) as session:
        uploads.fail(task.as_work(session), _import_of(task), None)


def _take_back(task: Task) -> None:
    """Take back an import."""
    import_id = _import_of(task)

    def progress(_phase: str, done: int) -> None:
        task.tell("undo", done)

    task.tell("undo", 0)
    try:
        with task.work() as work:
            uploads.take_back(work, import_id, progress)
    except LeaseLost:
        raise
    except SpmError as error:
        with task.work() as work:
            uploads.fail(work, import_id, error)


HANDLERS: Mapping[str, Handler] = {
    uploads.CHECK: _done(uploads.look, has_samples=True),
    uploads.UNDO: _take_back,
    uploads.RUN: _done(uploads.run, has_samples=False),
}
ABANDON: Mapping[str, Abandon] = dict.fromkeys(HANDLERS, _abandoned)
