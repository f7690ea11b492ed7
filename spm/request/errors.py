"""From errors to status codes."""

import errno

from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from spm.domain.errors import Conflict, Forbidden, Invalid, NotFound, SpmError

STATUS: dict[type[SpmError], int] = {Invalid: 422, NotFound: 404, Forbidden: 403, Conflict: 409}

DATABASE_STATUS: dict[type[Exception], int] = {
    StaleDataError: 409,
    IntegrityError: 409,
    DataError: 422,
    OperationalError: 503,
}
"""What the database refuses although nothing above it did."""


FAILING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
"""What the system says when a disk is full or fails, or too much is open: it may pass."""


def status_of(error: Exception) -> int:
    """Return the HTTP status of an anticipated error, 500 for any other."""
    if isinstance(error, OSError):
        return 503 if error.errno in FAILING else 500
    for kinds in (STATUS, DATABASE_STATUS):
        for kind, status in kinds.items():
            if isinstance(error, kind):
                return status
    return 500
