"""Column types, and the class of privacy that every column declares."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator


class Privacy(StrEnum):
    """Whose secret a column holds; a house test refuses a column without one."""

    NONE = "none"
    PERSON = "person"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105


class Retention(StrEnum):
    """How long a column's content is kept."""

    ORGANISATION = "as long as the organisation uses the product"
    EMPLOYMENT = "as long as the person is known, then erased on request"
    RAW_FILES = "90 days"
    SESSION = "until the session or token ends"
    LOG = "as long as the audit log is kept"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, never naive."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive value, strip the zone from an aware one."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "naive datetime"
            raise ValueError(msg)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class FixedPoint(TypeDecorator[Decimal]):
    """An exact decimal with up to six places, stored as a whole number of millionths."""

    impl = BigInteger
    cache_ok = True
    places = 6

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """Refuse what is not finite or has more places than are kept."""
        if value is None:
            return None
        scaled = value.scaleb(self.places)
        if not value.is_finite() or scaled != scaled.quantize(Decimal(1), ROUND_HALF_EVEN):
            msg = f"not a decimal of at most {self.places} places: {value}"
            raise ValueError(msg)
        return int(scaled)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> Decimal | None:
        """Return the decimal, without trailing zeros in its fraction."""
        if value is None:
            return None
        exact = Decimal(value).scaleb(-self.places)
        return exact.quantize(Decimal(1)) if exact == exact.to_integral() else exact.normalize()


Id = BigInteger().with_variant(Integer, "sqlite")
"""Type of keys: 64 bits on PostgreSQL, the rowid on SQLite."""

Instant = Annotated[datetime, mapped_column(UtcDateTime)]
"""A column that holds an instant; ``Mapped[Instant | None]`` where there may be none."""


def _declared(privacy: Privacy, retention: Retention) -> dict[str, object]:
    return {"privacy": privacy, "retention": retention}


PLAIN = _declared(Privacy.NONE, Retention.ORGANISATION)
"""Says nothing of a person by itself."""
PERSONAL = _declared(Privacy.PERSON, Retention.EMPLOYMENT)
"""About a person: a name, a figure, who did what."""
SENSITIVE = _declared(Privacy.SENSITIVE, Retention.EMPLOYMENT)
"""Could harm a person: objections, comments on a review."""
SECRET = _declared(Privacy.SECRET, Retention.SESSION)
"""Lets somebody in: hashes and tokens."""
LOGGED = _declared(Privacy.PERSON, Retention.LOG)
"""Part of the audit log or of an import's log."""
RAW = _declared(Privacy.PERSON, Retention.RAW_FILES)
"""Content or name of an uploaded file."""


def column(info: dict[str, object], *args: Any, **options: Any) -> MappedColumn[Any]:
    """Return a mapped column with its declared class and retention."""
    return mapped_column(*args, info=info, **options)


def key() -> MappedColumn[Any]:
    """Return a primary key column."""
    return mapped_column(Id, primary_key=True, info=PLAIN)
