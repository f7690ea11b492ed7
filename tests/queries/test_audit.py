"""The audit log as it is read."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from spm.domain.access import Permission
from spm.domain.ids import PersonId
from spm.queries.audit import (
    AuditFilter,
    actors_known,
    acts_known,
    audit_entries,
    names_of,
)
from spm.queries.paging import PAGE_SIZE
from spm.services.organisation.people import add_person
from spm.services.organisation.teams import add_team
from spm.services.work import Work
from tests.builders import a_person


def test_the_newest_act_comes_first_with_the_present_name(work: Work) -> None:
    ada = add_person(work, name="Ada")
    team = add_team(work, name="Europe")
    page = audit_entries(work.session, AuditFilter(), work.organisation)
    assert [(entry.act, entry.thing, entry.person, entry.actor) for entry in page.lines] == [
        ("teams.edit", f"team:{team}", None, "console"),
        ("people.edit", f"person:{ada}", "Ada", "console"),
    ]
    assert names_of(work.session, [f"team:{team}", f"person:{ada}", "team:999", "deal:x", ""]) == {
        f"team:{team}": "Europe",
        f"person:{ada}": "Ada",
    }


def test_the_log_is_narrowed(session: Session, work: Work) -> None:
    ada = add_person(work, name="Ada")
    boss = a_person(session, "Boss")
    work.record(Permission.SIGN_IN, "browser:1", person_id=PersonId(boss.id))
    for wanted, expected in (
        (AuditFilter(act="people.edit"), 1),
        (AuditFilter(act="nothing.known"), 0),
        (AuditFilter(person_id=ada), 1),
        (AuditFilter(actor_id=boss.id), 0),
        (AuditFilter(thing=f"person:{ada}"), 1),
        (AuditFilter(start_on=work.today, end_on=work.today), 2),
        (AuditFilter(end_on=work.today - timedelta(days=1)), 0),
        (AuditFilter(start_on=date(2027, 1, 1)), 0),
    ):
        page = audit_entries(session, wanted, work.organisation)
        assert (page.total, len(page.lines)) == (expected, expected)
    assert acts_known(session) == ("identity.sign-in", "people.edit")
    assert actors_known(session) == ()


def test_the_log_is_read_by_pages(work: Work) -> None:
    for number in range(PAGE_SIZE + 1):
        work.record(Permission.SIGN_IN, f"person:{number}")
    first = audit_entries(work.session, AuditFilter(), work.organisation)
    second = audit_entries(work.session, AuditFilter(), work.organisation, 2)
    assert (len(first.lines), len(second.lines), first.pages) == (PAGE_SIZE, 1, 2)
    assert second.lines[0].thing == "person:0"
