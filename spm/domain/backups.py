"""What an archive of the product says of itself, and what can be wrong with one.

The manifest names every part with its size and SHA-256, so that a part that was cut off or changed
is found. It is sealed with the newest key of the audit log: whoever changes an archive where it is
kept would need that key, which is never in it.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from spm.domain.audit import FIRST, Head, HeadRefused, Keys
from spm.domain.errors import Conflict, Invalid

FORMAT: Final = 1
"""Raised when an older release could no longer read what is written."""

DATABASE: Final = "database.sqlite"
"""The part that holds every table, whatever database it came from."""
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.seal"

_PART = re.compile(r"database\.sqlite|files/[a-z-]{1,40}/(?!\.)[^/\\\x00-\x1f]{1,200}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WHICH_KEY: Final = b"spm: which key is this?"


class ArchiveUnreadable(Invalid):
    """This is no archive of the product, or its end is missing."""

    code = "backups.unreadable"


class ArchiveDamaged(Invalid):
    """A part of the archive is not what was written."""

    code = "backups.damaged"


class ArchiveTooNew(Invalid):
    """A later release than this one wrote the archive."""

    code = "backups.too-new"


class SealBroken(Invalid):
    """The manifest is not the one that was sealed."""

    code = "backups.seal-broken"


class KeyMissing(Invalid):
    """The audit log of the archive was bound with a key that is not at hand."""

    code = "backups.key-missing"


class LogNotSound(Invalid):
    """The audit log of the archive is not as it was written."""

    code = "backups.log-not-sound"


class DatabaseNotSound(Invalid):
    """The database itself finds an error in its tables."""

    code = "backups.database-not-sound"


class NothingThere(Conflict):
    """There is no database to make an archive of."""

    code = "backups.nothing-there"


class AlreadyThere(Conflict):
    """What would be written is there already."""

    code = "backups.already-there"


class NameTaken(Conflict):
    """There is a file of the name that the archive would get."""

    code = "backups.name-taken"


class InUse(Conflict):
    """Somebody has the database open that is to be replaced."""

    code = "backups.in-use"


class NoRoom(Conflict):
    """The disk is full."""

    code = "backups.no-room"


class NotWritten(Conflict):
    """The system or the database refused to write or to read."""

    code = "backups.not-written"


class Source(StrEnum):
    """Which database an archive was made of."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an archive: its name in it, its size in bytes and its SHA-256."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        made_at: When; everything that was committed before is in it.
        revision: Of the tables.
        head: End of the audit log's chain in it.
        keys: Version → what tells a key of the audit log from others; not the key.
        rows: Table → how many rows.
        missing: Files that the tables name and that were not there.
    """

    made_at: datetime
    source: Source
    revision: str
    head: Head
    keys: Mapping[int, str]
    rows: Mapping[str, int]
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    format: int = FORMAT

    def written(self) -> str:
        """Return it as it stands in the archive."""
        said = asdict(self) | {"made_at": self.made_at.isoformat(), "head": str(self.head)}
        return json.dumps(said, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, text: str) -> "Manifest":
        """Return the manifest that ``written`` wrote.

        Raises:
            ArchiveUnreadable: It is none.
            ArchiveTooNew: It is one of a later format.
        """
        try:
            said = json.loads(text)
            if int(said["format"]) > FORMAT:
                raise ArchiveTooNew(known=f"format {FORMAT}", found=f"format {said['format']}")
            parts = tuple(Part(**each) for each in said["parts"])
            manifest = cls(
                made_at=datetime.fromisoformat(said["made_at"]),
                source=Source(said["source"]),
                revision=str(said["revision"]),
                head=read_head(said["head"]),
                keys={int(version): str(check) for version, check in said["keys"].items()},
                rows={str(table): int(count) for table, count in said["rows"].items()},
                parts=parts,
                missing=tuple(map(str, said["missing"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError, HeadRefused) as error:
            raise ArchiveUnreadable(why=f"{MANIFEST} cannot be read") from error
        if not all(map(_is_part, parts)) or DATABASE not in {part.name for part in parts}:
            raise ArchiveUnreadable(why=f"{MANIFEST} names parts that no archive has")
        return manifest

    def part(self, name: str) -> Part:
        """Return the part of a name that is there."""
        return next(part for part in self.parts if part.name == name)


def read_head(words: str) -> Head:
    """Return a head as it is written, the one of an empty log too."""
    empty = Head(0, FIRST)
    return empty if words == str(empty) else Head.read(words)


def _is_part(part: Part) -> bool:
    return (
        _PART.fullmatch(part.name) is not None
        and type(part.size) is int
        and part.size >= 0
        and _DIGEST.fullmatch(part.digest) is not None
    )


def checks_of(keys: Keys) -> Mapping[int, str]:
    """Return what tells each key from others, 16 hexadecimal digits; a key cannot be had from it."""
    return {
        version: hmac.digest(secret, _WHICH_KEY, "sha256").hex()[:16]
        for version, secret in sorted(keys.by_version.items())
    }


def seal(keys: Keys, manifest: str) -> str:
    """Return the seal of a manifest: the version of the key and an HMAC-SHA-256."""
    secret = keys.by_version[keys.newest]
    return f"{keys.newest}:{hmac.digest(secret, manifest.encode(), 'sha256').hex()}"


def judge_seal(keys: Keys, manifest: Manifest, text: str, sealed: str) -> None:
    """Check that the keys at hand are those of the archive and that its manifest was not changed.

    Raises:
        KeyMissing: A key is not at hand, or another secret has its version.
        SealBroken: The manifest is not the one that was sealed.
    """
    at_hand = checks_of(keys)
    missing = [version for version, check in manifest.keys.items() if at_hand.get(version) != check]
    if missing:
        raise KeyMissing(versions=missing)
    version, _colon, digest = sealed.strip().partition(":")
    secret = keys.by_version.get(int(version)) if version.isdecimal() else None
    if secret is None:
        raise SealBroken
    if not hmac.compare_digest(hmac.digest(secret, text.encode(), "sha256").hex(), digest):
        raise SealBroken
