"""Accounts: the companies that are sold to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spm.domain.errors import Invalid
from spm.domain.ids import AccountId
from spm.domain.money import Money

FIRST_YEAR = 800
MOST_EMPLOYEES = 10_000_000


class AccountNameEmpty(Invalid):
    """An account has no name."""

    code = "accounts.name-empty"


class AccountTaken(Invalid):
    """There is an account of that name in that place."""

    code = "accounts.taken"


class AccountOutOfRange(Invalid):
    """A number that no company has: ``field`` lies outside ``low`` .. ``high``."""

    code = "accounts.out-of-range"


class YearUnlikely(Invalid):
    """No company of today was founded before ``first`` or will be after ``last``."""

    code = "accounts.year-unlikely"


class ParentUnknown(Invalid):
    """No account, or more than one, is called ``name``."""

    code = "accounts.parent-unknown"


class ParentCircle(Invalid):
    """A company cannot belong to itself, nor to one that belongs to it."""

    code = "accounts.parent-circle"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known of a company; empty or None where nobody has said.

    Attributes:
        parent_id: The company that it belongs to.
    """

    name: str
    industry: str = ""
    city: str = ""
    country: str = ""
    website: str = ""
    employees: int | None = None
    founded_year: int | None = None
    annual_revenue: Money | None = None
    parent_id: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A company that is sold to; ``parent_name`` is that of the company it belongs to."""

    id: AccountId
    facts: AccountFacts
    parent_name: str | None
    version: int

    @property
    def parent_id(self) -> AccountId | None:
        """The company that it belongs to."""
        return self.facts.parent_id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.facts.name


def check_parent(account_id: int, above: Sequence[int]) -> None:
    """Check that a company does not come to belong to itself.

    Args:
        account_id: Which company.
        above: The one that it is to belong to, the one which that belongs to, and so on.

    Raises:
        ParentCircle: It stands among them.
    """
    if account_id in above:
        raise ParentCircle(field="parent")


def check_account(facts: AccountFacts, today: date) -> None:
    """Check what is said about a company.

    Raises:
        AccountNameEmpty: It has no name.
        YearUnlikely: It was founded in the future, or before there were companies.
        AccountOutOfRange: It employs or earns too little or too much to be true.
    """
    if not facts.name:
        raise AccountNameEmpty(field="name")
    if facts.founded_year is not None and not FIRST_YEAR <= facts.founded_year <= today.year:
        raise YearUnlikely(field="founded_year", first=str(FIRST_YEAR), last=str(today.year))
    _check_range("employees", facts.employees, 0, MOST_EMPLOYEES)
    revenue = facts.annual_revenue
    _check_range("annual_revenue", None if revenue is None else revenue.minor, 0, 10**17)


def _check_range(field: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise AccountOutOfRange(field=field, low=low, high=high)
