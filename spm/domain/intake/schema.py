"""What a layout may map: the kinds of record, their fields, and what each field holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a row becomes."""

    TERRITORY = "territory"
    PERSON = "person"
    TERRITORY_MEMBER = "territory_member"
    ACCOUNT = "account"
    PRODUCT = "product"
    MOVE = "move"
    DEAL = "deal"
    TARGET = "target"


class Type(StrEnum):
    """What a field holds."""

    LINE = "line"
    EMAIL = "email"
    KEY = "key"
    REFERENCE = "reference"
    MONEY = "money"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DAY = "day"
    MONTH = "month"
    MOMENT = "moment"
    STAGE = "stage"
    CURRENCY = "currency"
    FLAG = "flag"
    OUTCOME = "outcome"


NUMBERS = frozenset({Type.MONEY, Type.DECIMAL, Type.INTEGER})
DATES = frozenset({Type.DAY, Type.MONTH, Type.MOMENT})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record.

    Attributes:
        length: Longest text that is kept, in characters.
        refers_to: The kind that a reference names.
        is_required: A layout of the kind maps it, and a row without it is refused.
    """

    type: Type
    length: int = 200
    refers_to: Kind | None = None
    is_required: bool = False


def _line(length: int = 120, *, is_required: bool = False) -> Field:
    return Field(Type.LINE, length, is_required=is_required)


def _of(kind: Kind, *, is_required: bool = False) -> Field:
    return Field(Type.REFERENCE, refers_to=kind, is_required=is_required)


_KEY = Field(Type.KEY, is_required=True)

FIELDS: Mapping[Kind, Mapping[str, Field]] = {
    Kind.TERRITORY: {
        "key": _KEY,
        "name": _line(is_required=True),
        "country": _line(),
        "group": _line(),
    },
    Kind.PERSON: {
        "key": _KEY,
        "name": _line(200, is_required=True),
        "email": Field(Type.EMAIL, 254),
        "title": _line(),
        "manager": _of(Kind.PERSON),
        "office": _line(),
    },
    Kind.TERRITORY_MEMBER: {
        "person": _of(Kind.PERSON, is_required=True),
        "territory": _of(Kind.TERRITORY, is_required=True),
    },
    Kind.ACCOUNT: {
        "key": _KEY,
        "name": _line(200, is_required=True),
        "industry": _line(),
        "city": _line(),
        "country": _line(),
        "website": _line(254),
        "employees": Field(Type.INTEGER),
        "founded_year": Field(Type.INTEGER),
        "annual_revenue": Field(Type.MONEY),
        "parent": _of(Kind.ACCOUNT),
    },
    Kind.PRODUCT: {
        "key": _KEY,
        "name": _line(200, is_required=True),
        "family": _line(),
        "category": _line(),
        "list_price": Field(Type.MONEY),
        "cost": Field(Type.MONEY),
    },
    Kind.MOVE: {
        "deal": _of(Kind.DEAL, is_required=True),
        "stage": Field(Type.STAGE, is_required=True),
        "at": Field(Type.MOMENT, is_required=True),
        "from_stage": Field(Type.STAGE),
        "closed": Field(Type.MOMENT),
        "owner": _of(Kind.PERSON),
        "amount": Field(Type.MONEY),
        "currency": Field(Type.CURRENCY),
    },
    Kind.DEAL: {
        "key": _KEY,
        "name": _line(200),
        "owner": _of(Kind.PERSON, is_required=True),
        "account": _of(Kind.ACCOUNT),
        "product": _of(Kind.PRODUCT),
        "territory": _of(Kind.TERRITORY),
        "stage": Field(Type.STAGE, is_required=True),
        "pipeline": _line(),
        "status": Field(Type.OUTCOME),
        "is_won": Field(Type.FLAG),
        "is_closed": Field(Type.FLAG),
        "stage_order": Field(Type.INTEGER),
        "probability": Field(Type.DECIMAL),
        "amount": Field(Type.MONEY),
        "won_amount": Field(Type.MONEY),
        "currency": Field(Type.CURRENCY),
        "created": Field(Type.MOMENT),
        "stage_since": Field(Type.MOMENT),
        "closed": Field(Type.MOMENT),
        "won": Field(Type.MOMENT),
        "lost": Field(Type.MOMENT),
        "expected_close": Field(Type.DAY),
        "lead_source": _line(),
        "next_step": _line(200),
        "loss_reason": _line(),
    },
    Kind.TARGET: {
        "person": _of(Kind.PERSON, is_required=True),
        "month": Field(Type.MONTH, is_required=True),
        "period": _line(40),
        "start": Field(Type.DAY),
        "last_day": Field(Type.DAY),
        "end": Field(Type.DAY),
        "value": Field(Type.MONEY, is_required=True),
        "currency": Field(Type.CURRENCY),
    },
}
"""The fields that a layout of each kind may map."""

INSTEAD: Mapping[str, frozenset[str]] = {
    "stage": frozenset({"status"}),
    "month": frozenset({"period", "start"}),
}
"""A field that is required, and those of which one may stand in its place."""

LINE_FIELDS: Mapping[str, Field] = {
    "product": _of(Kind.PRODUCT, is_required=True),
    "quantity": Field(Type.DECIMAL, is_required=True),
    "unit_price": Field(Type.MONEY),
    "amount": Field(Type.MONEY, is_required=True),
    "cost": Field(Type.MONEY),
}
"""The fields of a deal's lines, where a row of the file is a line and the deal is all its rows."""

ORDER = tuple(Kind)
"""The order of loading: what is referred to comes first."""
