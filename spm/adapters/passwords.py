"""Hashes of passwords: argon2id, with a cost that an attacker pays for every guess."""

from functools import lru_cache
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from spm.domain.identity import Guesses

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

    @property
    def guesses(self) -> Guesses:
        """The passwords that are tried first."""
        return first_guesses()

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


@lru_cache(maxsize=1)
def first_guesses() -> Guesses:
    """Return the passwords that are tried first: the 30,000 of zxcvbn, the commonest first.

    Loaded when somebody first chooses a password: 3 MB that no other request needs.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return Guesses.of(FREQUENCY_LISTS["passwords"])


@lru_cache(maxsize=len(_COSTS))
def passwords(cost: str) -> Passwords:
    """Return the hashing at a cost, ``normal`` or ``test``."""
    return Passwords(cost)
