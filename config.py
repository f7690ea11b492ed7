"""Settings: read once from the environment, then handed down."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an installation can choose.

    Attributes:
        database_url: SQLAlchemy's address of the database.
        instance: Folder of the installation: database, uploaded files, packs, secret.
        secret_key: Signs the CSRF cookie; sessions are rows and need no signature.
        audit_keys: Bind the audit log, as ``1:SECRET,2:SECRET``; the newest binds, all of them check.
        base_url: Where people reach the product; links in what leaves it start with it.
        trusted_hosts: Host names that requests may name; anything else is answered 400.
        password_cost: ``normal``, or ``test`` for hashes that take milliseconds.
        is_secure: Cookies only over https; follows from ``base_url``.
        runs_jobs: The server process also does the long work.
        raw_file_days: Handed-in files, and the refused rows with their values, are kept that long.
        queue: What wakes workers: ``redis://…``, ``postgresql``, ``local``; empty leaves it to the
            database.
    """

    database_url: str
    instance: Path
    secret_key: str
    audit_keys: str
    base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    password_cost: str = "normal"  # noqa: S105
    runs_jobs: bool = True
    queue: str = ""
    raw_file_days: int = 90
    is_testing: bool = False

    @property
    def is_secure(self) -> bool:
        """Return whether people come over https."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the settings that ``SPM_...`` variables name, defaults elsewhere."""
        instance = Path(environ.get("SPM_INSTANCE", ROOT / "instance"))
        base_url = environ.get("SPM_BASE_URL", "http://127.0.0.1:8000")
        extra = [host.strip() for host in environ.get("SPM_TRUSTED_HOSTS", "").split(",")]
        hosts = ["127.0.0.1", "localhost", "[::1]", urlsplit(base_url).hostname or "", *extra]
        return cls(
            database_url=environ.get("SPM_DATABASE_URL") or f"sqlite:///{instance / 'spm.db'}",
            instance=instance,
            secret_key=environ.get("SPM_SECRET_KEY") or _kept_secret(instance / "secret-key"),
            audit_keys=environ.get("SPM_AUDIT_KEYS") or _kept_secret(instance / "audit-keys", "1:"),
            base_url=base_url,
            trusted_hosts=tuple(dict.fromkeys(host for host in hosts if host)),
            password_cost=environ.get("SPM_PASSWORD_COST", "normal"),
            runs_jobs=environ.get("SPM_RUNS_JOBS", "1") != "0",
            queue=environ.get("SPM_QUEUE", ""),
            raw_file_days=_days(environ, "SPM_RAW_FILE_DAYS", 90),
        )


def _days(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of days from 1 to 3650.

    Raises:
        SystemExit: It is something else; nothing runs with a wrong promise to delete.
    """
    said = environ.get(name, "").strip() or str(default)
    if not (said.isascii() and said.isdecimal() and len(said) <= 4 and 1 <= int(said) <= 3650):
        msg = f"spm: {name} must be a number of days from 1 to 3650"
        raise SystemExit(msg)
    return int(said)


def _kept_secret(path: Path, begin: str = "") -> str:
    """Return the secret in ``path``; made on first use after ``begin``, readable by its owner only.

    It is written whole beside the path and then linked to it, so that another process that starts
    at the same moment reads all of it or makes its own attempt; whoever links first has made it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return _read_secret(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(begin + secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    """Return a secret that was kept; an empty one would let anybody sign.

    Raises:
        SystemExit: The file is empty.
    """
    found = path.read_text(encoding="ascii").strip()
    if not found:
        msg = f"spm: {path} is empty; delete it, and a new secret is made"
        raise SystemExit(msg)
    return found
