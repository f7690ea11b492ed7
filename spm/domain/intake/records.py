"""What a row says, in the product's words, before anything is looked up in the database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from spm.domain.intake.dates import Moment
from spm.domain.intake.numbers import Amount
from spm.domain.intake.schema import Kind

NAME = "name"
"""The key space of names; in it, spelling variants find each other."""


@dataclass(frozen=True, slots=True)
class ExternalKey:
    """An id that a source gives a thing; ``space`` keeps one kind of id apart from another."""

    space: str
    key: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell that names another record.

    Attributes:
        column: The column's name in the file, for the row's error.
        may_create: Where nothing answers to the name, it is made.
    """

    kind: Kind
    space: str
    key: str
    column: str
    may_create: bool = False


@dataclass(frozen=True, slots=True)
class TerritoryRecord:
    """A territory; ``group`` is the name of the one that it is part of."""

    line: int
    keys: tuple[ExternalKey, ...]
    name: str
    country: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Somebody who sells; ``office`` is the name of the place that he works at."""

    line: int
    keys: tuple[ExternalKey, ...]
    name: str
    email: str | None = None
    title: str = ""
    manager: Reference | None = None
    office: str = ""


@dataclass(frozen=True, slots=True)
class TerritoryMemberRecord:
    """That somebody works a territory."""

    line: int
    person: Reference
    territory: Reference


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A company that is sold to."""

    line: int
    keys: tuple[ExternalKey, ...]
    name: str
    industry: str = ""
    city: str = ""
    country: str = ""
    website: str = ""
    employees: int | None = None
    founded_year: int | None = None
    annual_revenue: Amount | None = None
    parent: Reference | None = None


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """Something that is sold."""

    line: int
    keys: tuple[ExternalKey, ...]
    name: str
    family: str = ""
    category: str = ""
    list_price: Amount | None = None
    cost: Amount | None = None


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A part of a deal: so many of a product."""

    line: int
    product: Reference
    quantity: Decimal
    unit_price: Amount | None
    amount: Amount
    cost: Amount | None


@dataclass(frozen=True, slots=True)
class StageEntry:
    """That a deal entered a stage; ``at`` is None where the source gives no date."""

    stage: str
    at: Moment | None


@dataclass(frozen=True, slots=True)
class DealRecord:
    """A deal with the stages that it is known to have entered, the present one last."""

    line: int
    keys: tuple[ExternalKey, ...]
    name: str
    owner: Reference
    path: tuple[StageEntry, ...]
    account: Reference | None = None
    product: Reference | None = None
    territory: Reference | None = None
    amount: Amount | None = None
    currency: str | None = None
    expected_close_on: date | None = None
    lead_source: str = ""
    next_step: str = ""
    loss_reason: str = ""
    lines: tuple[LineRecord, ...] = ()

    @property
    def stage(self) -> str:
        """The name of the present stage."""
        return self.path[-1].stage


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """What somebody is to reach in the month that begins on ``month``."""

    line: int
    person: Reference
    month: date
    value: Amount
    currency: str | None = None


Record = (
    TerritoryRecord
    | PersonRecord
    | TerritoryMemberRecord
    | AccountRecord
    | ProductRecord
    | DealRecord
    | TargetRecord
)
