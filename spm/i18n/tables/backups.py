"""Words of backups: what can be wrong with an archive, and what stands in the way of a restore."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.backups import Source
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Source: {Source.SQLITE: N_("SQLite"), Source.POSTGRESQL: N_("PostgreSQL")},
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "backups.unreadable": N_("This is no archive of the product, or its end is missing: %(why)s."),
    "backups.damaged": N_(
        "The archive is damaged: %(part)s is not what was written. Nothing was changed."
    ),
    "backups.too-new": N_(
        "A later release wrote the archive (%(found)s; this one knows %(known)s)."
        " Install that release first."
    ),
    "backups.seal-broken": N_(
        "The archive was changed after it was made: its list of contents does not fit its seal."
        " --accept-unverified restores it all the same."
    ),
    "backups.key-missing": N_(
        "The audit log of the archive was bound with a key that is not at hand (version %(versions)s)."
        " Put the audit-keys that were kept apart into the instance folder, or name them in"
        " SPM_AUDIT_KEYS; --accept-unverified restores without checking the log."
    ),
    "backups.log-not-sound": N_(
        "The audit log of the archive is not as it was written: %(fault)s (number %(number)s)."
        " --accept-unverified restores it all the same."
    ),
    "backups.database-not-sound": N_("The database is not sound: %(why)s."),
    "backups.nothing-there": N_("There is no database at %(place)s."),
    "backups.already-there": N_(
        "%(place)s is there already and holds data. --replace puts the archive in its place."
    ),
    "backups.name-taken": N_("%(place)s is there already; name another file."),
    "backups.in-use": N_("%(place)s is in use: stop the product and its workers first."),
    "backups.no-room": N_(
        "The disk is full at %(place)s: %(needed)s bytes are needed, %(free)s are free."
        " Nothing was changed."
    ),
    "backups.not-written": N_("%(place)s: %(why)s. Nothing was changed."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
