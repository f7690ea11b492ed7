"""A table of TOML that is read key by key, so that whoever writes a layout hears of every slip."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from spm.domain.errors import Invalid


class LayoutInvalid(Invalid):
    """A layout does not say what it should; ``where`` names the place, ``reason`` the fault."""

    code = "import.layout-invalid"


class Said:
    """A table of TOML that is read key by key, and complains about keys that nobody read."""

    def __init__(self, said: Mapping[str, Any], where: str) -> None:
        self.said = said
        self.where = where
        self.used: set[str] = set()

    def wrong(self, key: str, reason: str) -> LayoutInvalid:
        """Return the error about a key."""
        return LayoutInvalid(where=f"{self.where}: {key}", reason=reason)

    def done(self) -> None:
        """Complain about a key that nobody read."""
        left = set(self.said) - self.used
        if left:
            raise self.wrong(min(left), "unknown-key")

    def _get(self, key: str) -> Any:
        self.used.add(key)
        return self.said.get(key)

    def part(self, key: str) -> "Said":
        """Return a table; an empty one where there is none."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, "not-a-table")
        return Said(value or {}, f"{self.where}: {key}")

    def parts(self, key: str) -> tuple["Said", ...]:
        """Return a list of tables."""
        value = self._get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "not-a-list-of-tables")
        return tuple(
            Said(item, f"{self.where}: {key} {number}") for number, item in enumerate(value, 1)
        )

    def optional_word(self, key: str, length: int = 200) -> str | None:
        """Return a text of one character or more; None where there is none."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value.strip()) <= length:
            raise self.wrong(key, "not-a-word")
        return value.strip()

    def word(self, key: str, length: int = 200) -> str:
        """Return a text that has to be there."""
        value = self.optional_word(key, length)
        if value is None:
            raise self.wrong(key, "missing")
        return value

    def words(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return a text or a list of texts, as a list."""
        value = self._get(key)
        if isinstance(value, str):
            value = [value]
        if value is None and not needed:
            return ()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.wrong(key, "not-a-list-of-words")
        if needed and not value:
            raise self.wrong(key, "missing")
        return tuple(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "not-true-or-false")
        return value

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``; None where there is none."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, "not-a-number-in-range")
        return value

    def number(self, key: str) -> Decimal:
        """Return a positive number; 1 where there is none."""
        value = self._get(key)
        try:
            found = Decimal(1) if value is None else Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(key, "not-a-number-in-range") from None
        if not found.is_finite() or not Decimal("1e-9") <= found <= Decimal("1e9"):
            raise self.wrong(key, "not-a-number-in-range")
        return found
