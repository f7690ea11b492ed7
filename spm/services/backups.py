"""What the audit log says of backups, and what may not come back with one."""

from sqlalchemy import delete

from spm.domain.access import Permission
from spm.domain.backups import Manifest
from spm.models.identity import OneTimeTokenRow, SignInRow, SignInTryRow
from spm.services.work import Work


def record_made(work: Work, manifest: Manifest, digest: str, size: int) -> None:
    """Write down that an archive of everything was made: whoever has it has read all.

    Raises:
        Forbidden: The actor may not; it is the command line's.
    """
    work.require(Permission.BACKUPS_MAKE)
    work.record(
        Permission.BACKUPS_MAKE,
        "backup:archive",
        after={
            "made_at": manifest.made_at.isoformat(),
            "digest": digest,
            "size": size,
            "head": str(manifest.head),
            "files": len(manifest.parts) - 1,
            "missing": len(manifest.missing),
        },
    )


def begin_again(work: Work, manifest: Manifest, *, is_verified: bool) -> int:
    """Write down that everything is as an archive has it; return how many sessions were ended.

    Sessions and one-time tokens that were ended since would be alive again, so all of them end.

    Raises:
        Forbidden: The actor may not; it is the command line's.
    """
    work.require(Permission.BACKUPS_RESTORE)
    ended = work.session.execute(delete(SignInRow))
    work.session.execute(delete(OneTimeTokenRow))
    work.session.execute(delete(SignInTryRow))
    sessions = int(getattr(ended, "rowcount", 0))
    work.record(
        Permission.BACKUPS_RESTORE,
        "backup:archive",
        after={
            "made_at": manifest.made_at.isoformat(),
            "source": manifest.source.value,
            "revision": manifest.revision,
            "head": str(manifest.head),
            "sessions_ended": sessions,
            "is_verified": is_verified,
        },
    )
    return sessions
