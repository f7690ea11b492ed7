"""What a row says, in the product's words, before anything is looked up in the database."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from spm.domain.intake.dates import Moment
from spm.domain.intake.numbers import Amount
from spm.domain.intake.schema import Kind

NAME = "name"
"""The key space of names; in it, spelling variants find each other."""

HERE = "here"
"""The key space of the numbers that things have in this installation; no cell of a file is in it."""


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
        id_space: Of a name that came with an id: which kind of id that is; empty otherwise.
        is_new: It is nothing that was here before its source, whatever has that name.
    """

    kind: Kind
    space: str
    key: str
    column: str
    may_create: bool = False
    id_space: str = ""
    id_key: str = ""
    is_new: bool = False


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
class Move:
    """That a deal came into a stage, as a history says it.

    Attributes:
        came_from: The stage before; empty where the history does not say.
        closed: The close date that the deal had then.
    """

    stage: str
    at: Moment
    came_from: str = ""
    closed: Moment | None = None


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """A row of a history: a deal came into a stage, and who wrote it down with which amount."""

    line: int
    deal: Reference
    move: Move
    owner: Reference | None = None
    amount: Amount | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """What a source says of when a deal was where, besides a history.

    Attributes:
        through: The open stage in which it was decided; empty where that is not said.
        since: When it came into its present stage.
        entered: Stage → when it came into it.
    """

    created: Moment | None = None
    closed: Moment | None = None
    since: Moment | None = None
    through: str = ""
    entered: tuple[tuple[str, Moment], ...] = ()


@dataclass(frozen=True, slots=True)
class DealRecord:
    """A deal with the stages that it is known to have entered, the present one last.

    Attributes:
        pipeline: The pipeline that it is in; empty for its layout's own.
        dates: What the path was worked out from, so that a history can be put in.
        moves: The history of a deal of which nothing else is known.
    """

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
    pipeline: str = ""
    dates: Dates = field(default=Dates(), compare=False)
    moves: tuple[Move, ...] = field(default=(), compare=False)

    @property
    def stage(self) -> str:
        """The name of the present stage."""
        return self.path[-1].stage


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """What somebody is to reach in a period: a month, a named one, or from one day to another.

    Attributes:
        month: The first day of the month; None where ``named`` or ``start`` says the period.
        named: What the period is called.
        start: Its first day.
        end: The day after its last.
    """

    line: int
    person: Reference
    month: date | None
    value: Amount
    currency: str | None = None
    named: str = ""
    start: date | None = None
    end: date | None = None


Record = (
    TerritoryRecord
    | PersonRecord
    | TerritoryMemberRecord
    | AccountRecord
    | ProductRecord
    | MoveRecord
    | DealRecord
    | TargetRecord
)
