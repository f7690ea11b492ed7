"""What people do with accounts."""

from spm.adapters.database import LOCK
from spm.domain.access import Permission, Subject, may
from spm.domain.errors import Forbidden
from spm.domain.ids import AccountId, PersonId
from spm.domain.pipeline.accounts import (
    AccountFacts,
    AccountTaken,
    ParentUnknown,
    check_account,
    check_parent,
)
from spm.domain.text import fold
from spm.models.pipeline import AccountRow
from spm.queries.pipeline import accounts as queries
from spm.services.organisation.settings import lock_organisation
from spm.services.work import Work


def create(work: Work, facts: AccountFacts) -> AccountId:
    """Enter an account.

    Raises:
        Forbidden: The actor enters no accounts.
        AccountTaken: There is one of that name in that place.
        Invalid: A fact is not acceptable.
    """
    work.require(Permission.ACCOUNTS_EDIT, Subject(owner_id=work.actor.person_id))
    check_account(facts, work.today)
    _check_unique(work, facts, None)
    _check_parent(work, facts, None)
    row = AccountRow()
    _put(row, facts)
    work.session.add(row)
    work.session.flush()
    work.record(Permission.ACCOUNTS_EDIT, f"account:{row.id}", after=_texts(work, facts))
    return AccountId(row.id)


def edit(work: Work, account_id: AccountId, facts: AccountFacts, *, version: int) -> None:
    """Change what is known of an account.

    Raises:
        NotFound: No such account, or the actor may read none.
        Forbidden: None of its deals is the actor's to edit.
        StaleEdit: Somebody changed it since the form was filled.
        AccountTaken: There is another one of that name in that place.
        ParentCircle: It would belong to itself, perhaps through others.
        Invalid: A fact is not acceptable.
    """
    if facts.parent_id is not None:
        lock_organisation(work)  # before the row: see LOCK
    row = work.session.get(AccountRow, account_id, with_for_update=LOCK, populate_existing=True)
    account = queries.get_account(work.session, work.actor, account_id)
    require_edit(work, account_id)
    before, after = _texts(work, account.facts), _texts(work, facts)
    assert row is not None  # noqa: S101 get_account has raised where there is none
    work.expect_version(row, version, theirs=before, yours=after)
    check_account(facts, work.today)
    _check_unique(work, facts, account_id)
    if facts.parent_id != account.parent_id:
        _check_parent(work, facts, account_id)
    _put(row, facts)
    work.session.flush()
    work.record_change(
        Permission.ACCOUNTS_EDIT, f"account:{account_id}", before=before, after=after
    )


def may_edit(work: Work, account_id: AccountId) -> bool:
    """Return whether the actor may edit the account: by right, or through a deal with it."""
    if may(work.actor, Permission.ACCOUNTS_EDIT):
        return True
    return any(
        may(work.actor, Permission.ACCOUNTS_EDIT, Subject(owner_id=PersonId(owner_id)))
        for owner_id in queries.owners_of_account(work.session, account_id)
    )


def require_edit(work: Work, account_id: AccountId) -> None:
    """Let pass only who may edit the account.

    Raises:
        Forbidden: The actor may not.
    """
    if not may_edit(work, account_id):
        raise Forbidden(permission=Permission.ACCOUNTS_EDIT.value)


def _check_unique(work: Work, facts: AccountFacts, account_id: AccountId | None) -> None:
    place = (fold(facts.city), fold(facts.country))
    for other_id in queries.accounts_named(work.session, facts.name):
        other = work.session.get_one(AccountRow, other_id)
        if other_id != account_id and (fold(other.city), fold(other.country)) == place:
            raise AccountTaken(field="name", name=facts.name)


def _check_parent(work: Work, facts: AccountFacts, account_id: AccountId | None) -> None:
    """Check the company that one is to belong to; two such changes at once wait for each other."""
    if facts.parent_id is None:
        return
    lock_organisation(work)
    if work.session.get(AccountRow, facts.parent_id) is None:
        raise ParentUnknown(field="parent", name="", found=0)
    if account_id is not None:
        check_parent(account_id, queries.accounts_above(work.session, facts.parent_id))


def _put(row: AccountRow, facts: AccountFacts) -> None:
    row.name, row.name_key = facts.name, fold(facts.name)
    row.industry, row.city, row.country = facts.industry, facts.city, facts.country
    row.website = facts.website
    row.parent_id = facts.parent_id
    row.employees, row.founded_year = facts.employees, facts.founded_year
    revenue = facts.annual_revenue
    row.annual_revenue_minor = None if revenue is None else revenue.minor
    row.currency = row.currency if revenue is None else revenue.currency


def _texts(work: Work, facts: AccountFacts) -> dict[str, object]:
    revenue = facts.annual_revenue
    parent = None if facts.parent_id is None else work.session.get(AccountRow, facts.parent_id)
    return {
        "name": facts.name,
        "industry": facts.industry,
        "city": facts.city,
        "country": facts.country,
        "website": facts.website,
        "employees": facts.employees,
        "founded_year": facts.founded_year,
        "parent": None if parent is None else f"{parent.name} (#{parent.id})",
        "annual_revenue": None if revenue is None else str(revenue),
    }
