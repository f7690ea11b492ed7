"""What the tables name of the files in the instance folder."""

from dataclasses import dataclass

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spm.models.audit import AuditLinkRow
from spm.models.intake import ImportFileRow
from spm.models.packs import PackRunRow


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a row names: its name in the folder and its SHA-256."""

    name: str
    digest: str


def handed_in_files(session: Session) -> tuple[NamedFile, ...]:
    """Return the files of imports that are still kept, by name."""
    return _files(session, ImportFileRow.stored_as, ImportFileRow.digest)


def finished_runs(session: Session) -> tuple[NamedFile, ...]:
    """Return the finished files of runs of packs that are still kept, by name.

    The tables may be those of an earlier release.
    """
    if not inspect(session.connection()).has_table(PackRunRow.__tablename__):
        return ()
    return _files(session, PackRunRow.file, PackRunRow.digest)


def has_chain(session: Session) -> bool:
    """Return whether the tables are of a release that binds its audit log."""
    return inspect(session.connection()).has_table(AuditLinkRow.__tablename__)


def _files(
    session: Session, name: InstrumentedAttribute[str | None], digest: InstrumentedAttribute[str]
) -> tuple[NamedFile, ...]:
    rows = session.execute(select(name, digest).where(name.is_not(None)).order_by(name))
    return tuple(NamedFile(str(row[0]), row[1]) for row in rows)
