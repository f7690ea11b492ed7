"""What happens when people enter and edit accounts."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound, SpmError
from spm.domain.ids import AccountId
from spm.domain.money import Money
from spm.domain.pipeline.accounts import (
    AccountFacts,
    AccountNameEmpty,
    AccountOutOfRange,
    AccountTaken,
    ParentCircle,
    ParentUnknown,
    YearUnlikely,
)
from spm.models.audit import AuditEntryRow
from spm.queries.pipeline.accounts import AccountSort, accounts_page, get_account
from spm.services.pipeline import accounts
from spm.services.work import StaleEdit, Work
from tests.builders import a_deal, a_person, a_pipeline, an_account

WorkAs = Callable[[int], Work]


def test_an_account_keeps_what_is_known_and_says_who_entered_it(
    session: Session, work_as: WorkAs
) -> None:
    work = work_as(a_person(session).id)
    facts = AccountFacts(
        "Łódź GmbH", "Retail", "Łódź", "Poland", "https://example.com", 12, 1999, Money("EUR", 5)
    )
    account_id = accounts.create(work, facts)
    assert get_account(session, work.actor, account_id).facts == facts
    entry = session.scalars(select(AuditEntryRow)).one()
    assert entry.after["annual_revenue"] == "0.05 EUR"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        (AccountFacts(""), AccountNameEmpty),
        (AccountFacts("A", founded_year=2027), YearUnlikely),
        (AccountFacts("A", employees=-1), AccountOutOfRange),
        (AccountFacts("TAKEN", city="kyiv"), AccountTaken),
    ],
)
def test_an_account_is_refused(work: Work, facts: AccountFacts, error: type[SpmError]) -> None:
    accounts.create(work, AccountFacts("Taken", city="Kyiv"))
    accounts.create(work, AccountFacts("Taken", city="Lviv"))
    with pytest.raises(error):
        accounts.create(work, facts)


def test_a_rep_edits_the_accounts_of_own_deals_and_a_manager_those_of_led_people(
    session: Session, work_as: WorkAs
) -> None:
    manager = a_person(session, "", Role.MANAGER)
    rep, other = a_person(session, manager=manager), a_person(session)
    account = an_account(session, "Example")
    _, stages = a_pipeline(session)
    a_deal(session, rep, stages["Proposal"]).account_id = account.id
    account_id, facts = AccountId(account.id), AccountFacts("Example", city="Oslo")
    with pytest.raises(Forbidden):
        accounts.edit(work_as(other.id), account_id, facts, version=1)
    accounts.edit(work_as(rep.id), account_id, facts, version=1)
    with pytest.raises(StaleEdit):
        accounts.edit(work_as(manager.id), account_id, facts, version=1)
    renamed = AccountFacts("Example", city="Bergen")
    accounts.edit(work_as(manager.id), account_id, renamed, version=2)
    entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
    assert entry is not None
    assert (entry.before, entry.after) == ({"city": "Oslo"}, {"city": "Bergen"})


def test_the_counts_of_an_account_are_of_deals_in_sight(session: Session, work_as: WorkAs) -> None:
    rep, other = a_person(session), a_person(session)
    account = an_account(session, "Example")
    an_account(session, "Second")
    _, stages = a_pipeline(session)
    for owner, stage in ((rep, "Proposal"), (rep, "Won"), (other, "Proposal"), (other, "Lost")):
        a_deal(session, owner, stages[stage]).account_id = account.id
    operations = a_person(session, "", Role.OPERATIONS)
    for who, expected in ((rep, (1, 1)), (other, (1, 0)), (operations, (2, 1))):
        page = accounts_page(
            session, work_as(who.id).actor, sort=AccountSort.OPEN, is_descending=True
        )
        assert (page.lines[0].open_deals, page.lines[0].won_deals) == expected
        assert page.total == 2
    assert accounts_page(session, work_as(rep.id).actor, text="exam_le").total == 0


def test_an_administrator_reads_no_accounts(session: Session, work_as: WorkAs) -> None:
    account = an_account(session)
    administrator = a_person(session, "", Role.ADMINISTRATOR)
    with pytest.raises(NotFound):
        get_account(session, work_as(administrator.id).actor, AccountId(account.id))


def test_an_account_belongs_to_another_and_never_to_itself(work: Work) -> None:
    ids = {name: accounts.create(work, AccountFacts(name)) for name in ("Top", "Middle", "Leaf")}

    def belong(name: str, parent: str | None) -> None:
        account = get_account(work.session, work.actor, ids[name])
        facts = replace(account.facts, parent_id=None if parent is None else ids[parent])
        accounts.edit(work, ids[name], facts, version=account.version)

    belong("Middle", "Top")
    belong("Leaf", "Middle")
    leaf = get_account(work.session, work.actor, ids["Leaf"])
    assert (leaf.parent_id, leaf.parent_name) == (ids["Middle"], "Middle")
    for name, parent in (("Top", "Top"), ("Top", "Leaf"), ("Middle", "Leaf")):
        with pytest.raises(ParentCircle):
            belong(name, parent)
    entry = work.session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
    assert entry is not None
    assert entry.before == {"parent": None}
    assert entry.after == {"parent": f"Middle (#{ids['Middle']})"}
    belong("Leaf", None)
    belong("Top", "Leaf")
    with pytest.raises(ParentUnknown):
        accounts.create(work, AccountFacts("Lost", parent_id=AccountId(10**9)))
