"""People: added, changed, gone."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, Invalid, NotFound
from spm.domain.ids import PersonId
from spm.domain.organisation import (
    EmailTaken,
    EmailUnfit,
    LastAdministrator,
    LocaleUnknown,
    NameMissing,
)
from spm.domain.text import TextRefused
from spm.models.audit import AuditEntryRow
from spm.queries.organisation.people import (
    DirectoryFilter,
    directory,
    find_by_email,
    get_person,
    people_choices,
    people_named,
)
from spm.services.organisation.people import add_person, edit_person, edit_profile, set_leaving
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_team

WorkAs = Callable[[int], Work]


def last_entry(session: Session) -> AuditEntryRow:
    return session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first() or (
        pytest.fail("nothing was recorded")
    )


def test_a_person_is_found_by_address_and_name_in_any_case(work: Work) -> None:
    person_id = add_person(work, name=" Ada  Lovelace ", email="Ada@Example.com", title="Analyst")
    person = get_person(work.session, person_id)
    assert (person.name, person.email, person.title) == (
        "Ada Lovelace",
        "Ada@Example.com",
        "Analyst",
    )
    assert find_by_email(work.session, "ADA@example.COM") == person
    assert people_named(work.session, "ada lovelace") == (person,)
    assert last_entry(work.session).person_id == person_id


def test_two_people_without_an_address_may_share_a_name(work: Work) -> None:
    add_person(work, name="Kim Min-jun")
    add_person(work, name="Kim Min-jun")
    assert len(people_named(work.session, "kim min-jun")) == 2
    names = [name for _id, name in people_choices(work.session, work.today)]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("name", "email", "error"),
    [
        ("", "", NameMissing),
        ("\u3164", "", NameMissing),
        ("A\u202eB", "", TextRefused),
        ("Ada", "nonsense", EmailUnfit),
        ("Ada", "TAKEN@example.com", EmailTaken),
    ],
)
def test_texts_that_do_not_hold_are_refused(
    work: Work, name: str, email: str, error: type[Invalid]
) -> None:
    add_person(work, name="First", email="taken@example.com")
    with pytest.raises(error):
        add_person(work, name=name, email=email)


def test_an_edit_keeps_before_and_after(work: Work) -> None:
    person_id = add_person(work, name="Ada", email="ada@example.com")
    edit_person(work, person_id, name="Ada L", email="ada@example.com", title="Rep", version=1)
    entry = last_entry(work.session)
    assert (entry.before, entry.after) == (
        {"name": "Ada", "title": ""},
        {"name": "Ada L", "title": "Rep"},
    )
    edit_person(work, person_id, name="Ada L", email="", title="Rep", version=2)
    assert get_person(work.session, person_id).email is None


def test_an_edit_of_an_older_text_is_refused_with_both(work: Work) -> None:
    person_id = add_person(work, name="Ada")
    edit_person(work, person_id, name="Theirs", email="", title="", version=1)
    with pytest.raises(StaleEdit) as caught:
        edit_person(work, person_id, name="Mine", email="", title="", version=1)
    assert caught.value.facts == {
        "theirs": {"name": "Theirs", "email": "", "title": ""},
        "yours": {"name": "Mine", "email": "", "title": ""},
    }


def test_nobody_edits_who_is_not_there(work: Work) -> None:
    with pytest.raises(NotFound):
        edit_person(work, PersonId(999), name="X", email="", title="", version=1)


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.AUDITOR])
def test_only_operations_and_administrators_add_people(
    session: Session, work_as: WorkAs, role: Role
) -> None:
    somebody = a_person(session, "", role)
    with pytest.raises(Forbidden):
        add_person(work_as(somebody.id), name="New")


def test_a_profile_is_ones_own(session: Session, work_as: WorkAs, work: Work) -> None:
    somebody = a_person(session)
    edit_profile(work_as(somebody.id), locale="ja", theme="dark")
    person = get_person(session, PersonId(somebody.id))
    assert (person.locale, person.theme) == ("ja", "dark")
    for locale, theme in (("xx", "dark"), (None, "neon")):
        with pytest.raises(LocaleUnknown):
            edit_profile(work_as(somebody.id), locale=locale, theme=theme)


def test_who_has_left_is_no_longer_offered(session: Session, work: Work) -> None:
    gone, here = a_person(session, "Gone"), a_person(session, "Here")
    set_leaving(work, PersonId(gone.id), date(2026, 11, 18))
    set_leaving(work, PersonId(here.id), date(2026, 11, 19))
    assert [name for _id, name in people_choices(session, work.today)] == ["Here"]


def test_the_last_administrator_stays(session: Session, work_as: WorkAs) -> None:
    first = a_person(session, "First", Role.ADMINISTRATOR)
    second = a_person(session, "Second", Role.ADMINISTRATOR)
    set_leaving(work_as(first.id), PersonId(second.id), date(2026, 11, 1))
    with pytest.raises(LastAdministrator):
        set_leaving(work_as(second.id), PersonId(first.id), date(2026, 12, 1))
    with pytest.raises(Forbidden):
        set_leaving(work_as(first.id), PersonId(first.id), date(2026, 12, 1))


def test_the_directory_shows_todays_team_and_searches_words(session: Session, work: Work) -> None:
    ada, kim = a_person(session, "Ada Lovelace", Role.MANAGER), a_person(session, "김철수")
    ada.title = "100% analyst"
    team = a_team(session, "Europe", ada)
    session.flush()
    found = directory(session, DirectoryFilter(search="LOVE ada"), work.today)
    assert [(line.name, line.team, line.roles) for line in found.lines] == [
        ("Ada Lovelace", "Europe", (Role.MANAGER,))
    ]
    assert directory(session, DirectoryFilter(search="100%"), work.today).total == 1
    assert directory(session, DirectoryFilter(search="0%0"), work.today).total == 0
    assert directory(session, DirectoryFilter(team_id=team.id), work.today).total == 1
    assert directory(session, DirectoryFilter(role=Role.REP), work.today).lines[0].id == kim.id
    assert directory(session, DirectoryFilter(), work.today).total == 2
    assert directory(session, DirectoryFilter(), work.today, 2).lines == []
