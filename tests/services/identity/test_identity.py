"""Signing in and out: sessions that are dead when they are dead, links that open once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.adapters.passwords import Passwords, passwords
from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.identity import (
    IDLE,
    LONGEST,
    TRIES,
    PasswordCommon,
    PasswordMissing,
    PasswordShort,
    PasswordWrong,
    Purpose,
    SetUpDone,
    SignInRefused,
    TokenSpent,
    TooManyTries,
)
from spm.domain.ids import PersonId
from spm.domain.organisation import LastAdministrator, Organisation
from spm.models.identity import SignInRow, SignInTryRow
from spm.queries.identity import find_signed_in
from spm.queries.organisation.people import roles_of
from spm.queries.organisation.settings import get_organisation
from spm.services.identity.credentials import (
    accept,
    change_password,
    invite,
    make_token,
    set_disabled,
    set_password,
)
from spm.services.identity.set_up import needs_set_up, set_up
from spm.services.identity.sign_in import (
    check_sign_in,
    count_try,
    digest_of,
    sign_out,
    sign_out_everywhere,
    start_session,
)
from spm.services.organisation.people import add_person, set_leaving
from spm.services.work import Work
from tests.builders import a_person
from tests.services.organisation.test_people import last_entry

WorkAs = Callable[[int], Work]
PASSWORD = "copper kettle on a slow train"
OTHER = "three herons by the weir"


@pytest.fixture(scope="module")
def hashing() -> Passwords:
    return passwords("test")


@pytest.fixture
def ada(session: Session, work: Work, hashing: Passwords) -> PersonId:
    person_id = PersonId(a_person(session, "Ada").id)
    set_password(work, hashing, person_id, PASSWORD)
    return person_id


def begin(work: Work, person_id: PersonId, replaces: str | None = None) -> str:
    return start_session(work, person_id, browser="Firefox", replaces=replaces, counted=None)


def is_alive(work: Work, token: str, after: timedelta = timedelta()) -> bool:
    now = work.now + after
    today = work.organisation.business_date(now)
    return find_signed_in(work.session, digest_of(token), now, today, idle=IDLE) is not None


def test_the_right_password_signs_in(work: Work, hashing: Passwords, ada: PersonId) -> None:
    assert check_sign_in(work, hashing, email=" ADA@example.com", password=PASSWORD) == ada


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("\ud800", "\ud800"),
    ],
)
def test_anything_else_is_refused_without_saying_why(
    work: Work, hashing: Passwords, ada: PersonId, email: str, password: str
) -> None:
    with pytest.raises(SignInRefused) as caught:
        check_sign_in(work, hashing, email=email, password=password)
    assert caught.value.facts == {}


def test_the_same_letters_from_another_keyboard_are_the_same_password(
    work: Work, hashing: Passwords, ada: PersonId
) -> None:
    set_password(work, hashing, ada, "cafe\u0301 au lait in a tin cup")
    typed = "caf\u00e9 au lait in a tin cup"
    assert check_sign_in(work, hashing, email="ada@example.com", password=typed) == ada


def test_a_session_dies_of_idleness_and_of_age(work: Work, ada: PersonId) -> None:
    token = begin(work, ada)
    assert is_alive(work, token)
    assert is_alive(work, token, IDLE - timedelta(seconds=1))
    assert not is_alive(work, token, IDLE)
    assert not is_alive(work, token, LONGEST)
    assert not is_alive(work, token + "x")


def test_the_table_holds_no_token(work: Work, ada: PersonId) -> None:
    token = begin(work, ada)
    assert len(token) >= 43
    row = work.session.scalars(select(SignInRow)).one()
    assert token not in row.token_digest


def test_signing_in_again_ends_the_session_of_the_same_browser(work: Work, ada: PersonId) -> None:
    first = begin(work, ada)
    second = begin(work, ada, replaces=first)
    assert (is_alive(work, first), is_alive(work, second)) == (False, True)


def test_signing_out_ends_one_session_and_everywhere_all(
    work: Work, work_as: WorkAs, ada: PersonId
) -> None:
    tokens = [begin(work, ada) for _ in range(3)]
    sign_out(work_as(ada), tokens[0])
    assert [is_alive(work, token) for token in tokens] == [False, True, True]
    assert sign_out_everywhere(work_as(ada)) == 2
    assert not any(is_alive(work, token) for token in tokens)


def test_a_new_password_ends_every_other_session(
    work: Work, work_as: WorkAs, hashing: Passwords, ada: PersonId
) -> None:
    kept, other = begin(work, ada), begin(work, ada)
    change_password(work_as(ada), hashing, present=PASSWORD, password=OTHER, token=kept)
    assert (is_alive(work, kept), is_alive(work, other)) == (True, False)
    assert check_sign_in(work, hashing, email="ada@example.com", password=OTHER) == ada
    with pytest.raises(SignInRefused):
        check_sign_in(work, hashing, email="ada@example.com", password=PASSWORD)


def test_a_new_password_takes_the_present_one_and_holds(
    work_as: WorkAs, hashing: Passwords, ada: PersonId
) -> None:
    me = work_as(ada)
    with pytest.raises(PasswordWrong):
        change_password(me, hashing, present=OTHER, password=OTHER, token=None)
    with pytest.raises(PasswordShort):
        change_password(me, hashing, present=PASSWORD, password="short", token=None)
    with pytest.raises(PasswordCommon):
        change_password(me, hashing, present=PASSWORD, password="ada@example.com1", token=None)


def test_who_is_disabled_or_gone_is_out_at_once(
    work: Work, hashing: Passwords, ada: PersonId
) -> None:
    token = begin(work, ada)
    set_disabled(work, ada, is_disabled=True)
    assert not is_alive(work, token)
    with pytest.raises(SignInRefused):
        check_sign_in(work, hashing, email="ada@example.com", password=PASSWORD)
    with pytest.raises(SignInRefused):
        begin(work, ada)
    set_disabled(work, ada, is_disabled=False)
    assert not is_alive(work, token)
    token = begin(work, ada)
    set_leaving(work, ada, work.today)
    assert not is_alive(work, token)
    with pytest.raises(SignInRefused):
        check_sign_in(work, hashing, email="ada@example.com", password=PASSWORD)


def test_the_last_administrator_is_not_disabled(session: Session, work_as: WorkAs) -> None:
    boss = a_person(session, "Boss", Role.ADMINISTRATOR)
    second = a_person(session, "Second", Role.ADMINISTRATOR)
    acting = work_as(second.id)
    set_disabled(work_as(boss.id), PersonId(second.id), is_disabled=True)
    with pytest.raises(LastAdministrator):
        set_disabled(acting, PersonId(boss.id), is_disabled=True)
    with pytest.raises(Forbidden):
        set_disabled(work_as(boss.id), PersonId(boss.id), is_disabled=True)


def test_an_invitation_sets_the_first_password_and_opens_once(
    work: Work, hashing: Passwords
) -> None:
    new = add_person(work, name="New", email="new@example.com")
    _purpose, token = invite(work, new)
    assert accept(work, hashing, token=token, password=PASSWORD) == new
    assert check_sign_in(work, hashing, email="new@example.com", password=PASSWORD) == new
    assert last_entry(work.session).actor_name == "New"
    for dead in (token, "", "x" * 5000):
        with pytest.raises(TokenSpent):
            accept(work, hashing, token=dead, password=OTHER)


def test_a_reset_waits_thirty_minutes_and_ends_all_sessions(
    work: Work, hashing: Passwords, ada: PersonId
) -> None:
    session_token = begin(work, ada)
    purpose, token = invite(work, ada)
    assert purpose is Purpose.RESET
    late = replace(work, now=work.now + timedelta(minutes=30))
    with pytest.raises(TokenSpent):
        accept(late, hashing, token=token, password=OTHER)
    assert is_alive(work, session_token)
    accept(work, hashing, token=token, password=OTHER)
    assert not is_alive(work, session_token)


def test_a_second_link_voids_the_first_and_so_does_a_new_password(
    work: Work, work_as: WorkAs, hashing: Passwords, ada: PersonId
) -> None:
    _purpose, first = invite(work, ada)
    _purpose, second = invite(work, ada)
    with pytest.raises(TokenSpent):
        accept(work, hashing, token=first, password=OTHER)
    change_password(work_as(ada), hashing, present=PASSWORD, password=OTHER, token=None)
    with pytest.raises(TokenSpent):
        accept(work, hashing, token=second, password=PASSWORD)


def test_a_link_opens_nothing_for_who_is_barred(
    work: Work, hashing: Passwords, ada: PersonId
) -> None:
    set_disabled(work, ada, is_disabled=True)
    _purpose, token = invite(work, ada)
    with pytest.raises(TokenSpent):
        accept(work, hashing, token=token, password=OTHER)


def test_who_has_no_address_is_not_invited(work: Work) -> None:
    with pytest.raises(PasswordMissing):
        invite(work, add_person(work, name="Imported"))


def test_only_administrators_invite_and_never_themselves(
    session: Session, work_as: WorkAs, ada: PersonId
) -> None:
    operations = a_person(session, "Ops", Role.OPERATIONS)
    boss = a_person(session, "Boss", Role.ADMINISTRATOR)
    for actor, target in ((operations.id, ada), (boss.id, PersonId(boss.id))):
        with pytest.raises(Forbidden):
            invite(work_as(actor), target)


def test_ten_failed_tries_a_minute_are_enough_for_an_account(work: Work) -> None:
    for number in range(TRIES):
        count_try(work, email="ada@example.com", address=f"10.0.0.{number}", device=None)
    with pytest.raises(TooManyTries):
        count_try(work, email="ADA@example.com", address="10.0.1.1", device=None)
    later = replace(work, now=work.now + timedelta(seconds=61))
    count_try(later, email="ada@example.com", address="10.0.1.1", device=None)


def test_ten_failed_tries_a_minute_are_enough_for_an_address(work: Work) -> None:
    for number in range(TRIES):
        count_try(work, email=f"{number}@example.com", address="10.0.0.1", device=None)
    with pytest.raises(TooManyTries):
        count_try(work, email="x@example.com", address="10.0.0.1", device=None)
    count_try(work, email="x@example.com", address="10.0.0.2", device=None)


def test_guessing_from_elsewhere_does_not_lock_the_owner_out(work: Work) -> None:
    for number in range(TRIES):
        count_try(work, email="ada@example.com", address=f"10.0.0.{number}", device=None)
    count_try(work, email="ada@example.com", address="192.0.2.1", device="known")


def test_signing_in_takes_its_own_try_back_and_no_other(work: Work, ada: PersonId) -> None:
    count_try(work, email="ada@example.com", address="10.0.0.1", device=None)
    counted = count_try(work, email="ada@example.com", address="10.0.0.1", device=None)
    start_session(work, ada, browser="", replaces=None, counted=counted)
    assert work.session.scalar(select(func.count()).select_from(SignInTryRow)) == 2


ORGANISATION = Organisation("Example", "Asia/Tokyo", "JPY", 4, "ja")


def do_set_up(
    work: Work, hashing: Passwords, token: str, *, is_operations: bool = True
) -> PersonId:
    return set_up(
        work,
        hashing,
        token=token,
        organisation=ORGANISATION,
        name="First",
        email="first@example.com",
        password=PASSWORD,
        is_operations=is_operations,
    )


@pytest.mark.parametrize("is_operations", [True, False])
def test_the_first_visitor_sets_up_with_the_token(
    work: Work, hashing: Passwords, *, is_operations: bool
) -> None:
    assert needs_set_up(work.session)
    person_id = do_set_up(
        work, hashing, make_token(work, Purpose.SET_UP), is_operations=is_operations
    )
    roles = {Role.ADMINISTRATOR, *([Role.OPERATIONS] if is_operations else [])}
    assert set(roles_of(work.session, person_id)) == roles
    assert get_organisation(work.session).time_zone == "Asia/Tokyo"
    assert check_sign_in(work, hashing, email="first@example.com", password=PASSWORD) == person_id
    assert last_entry(work.session).actor_name == "First"


def test_set_up_happens_once(work: Work, hashing: Passwords) -> None:
    token = make_token(work, Purpose.SET_UP)
    do_set_up(work, hashing, token)
    for again in (token, make_token(work, Purpose.SET_UP)):
        with pytest.raises(SetUpDone):
            do_set_up(work, hashing, again)


def test_set_up_needs_its_token(work: Work, hashing: Passwords) -> None:
    with pytest.raises(TokenSpent):
        do_set_up(work, hashing, "guessed")
    with pytest.raises(NotFound):
        do_set_up(work, hashing, "")


def test_each_try_hashes_exactly_once(work: Work, ada: PersonId) -> None:
    class Counting(Passwords):
        checked = 0

        def check(self, password_hash: str | None, password: str) -> bool:
            self.checked += 1
            return super().check(password_hash, password)

    counting = Counting("test")
    for email in ("ada@example.com", "nobody@example.com"):
        with pytest.raises(SignInRefused):
            check_sign_in(work, counting, email=email, password="wrong")
    assert counting.checked == 2
