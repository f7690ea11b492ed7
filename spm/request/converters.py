"""Ids in addresses."""

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """A key: ASCII digits, no leading zero, short enough for every database."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """Return the key."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the key's digits."""
        return str(int(value))
