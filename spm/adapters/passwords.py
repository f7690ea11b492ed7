"""Hashes of passwords: argon2id, with a cost that an attacker pays for every guess."""

from functools import lru_cache
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_COSTS = {
    # OWASP Password Storage: two passes over 19 MiB, one lane.
    "normal": (2, 19_456, 1),
    "test": (1, 8, 1),
}


class Passwords:
    """Hashes and checks passwords at one cost."""

    def __init__(self, cost: str) -> None:
        self._hasher = PasswordHasher(*_COSTS[cost])
        # Verified where there is no account, so that the answer takes as long as where there is one.
        self._nobodys = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the hash to keep, with its salt and cost."""
        return self._hasher.hash(_as_typed(password))

    def check(self, password_hash: str | None, password: str) -> bool:
        """Return whether ``password`` is the one hashed; hashes once in any case.

        ``password_hash`` is None where nobody could sign in: that is never right, and takes as long.
        """
        try:
            self._hasher.verify(password_hash or self._nobodys, _as_typed(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None


def _as_typed(password: str) -> bytes:
    """The same letters from another keyboard are the same password (NIST SP 800-63B, 5.1.1.2)."""
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=len(_COSTS))
def passwords(cost: str) -> Passwords:
    """Return the hashing at a cost, ``normal`` or ``test``."""
    return Passwords(cost)
