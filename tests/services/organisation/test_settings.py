"""The organisation's settings and holidays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.organisation import MinimumUnfit, Organisation, ZoneUnknown
from spm.queries.organisation.settings import get_organisation
from spm.services.organisation.settings import drop_holiday, keep_holiday, keep_settings
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, an_organisation
from tests.services.organisation.test_people import last_entry

TOKYO = Organisation("Example", "Asia/Tokyo", "JPY", 4, "ja")


def test_the_first_settings_set_the_organisation_up(work: Work) -> None:
    assert not get_organisation(work.session).is_set_up
    keep_settings(work, TOKYO)
    assert get_organisation(work.session) == replace(TOKYO, is_set_up=True)


def test_a_change_keeps_only_what_changed(work: Work) -> None:
    an_organisation(work.session)
    keep_settings(work, Organisation("Example", "UTC", "EUR", 7, "en"), version=1)
    entry = last_entry(work.session)
    assert entry.before == {"currency": "USD", "fiscal_start": 1}
    assert entry.after == {"currency": "EUR", "fiscal_start": 7}
    with pytest.raises(StaleEdit):
        keep_settings(work, TOKYO, version=1)


def test_settings_that_do_not_hold_change_nothing(work: Work) -> None:
    with pytest.raises(ZoneUnknown):
        keep_settings(work, replace(TOKYO, time_zone="Mars"))
    assert get_organisation(work.session) == Organisation()


def test_the_cases_that_a_rate_needs_are_kept_within_bounds(work: Work) -> None:
    keep_settings(work, replace(TOKYO, minimum_n=25))
    assert get_organisation(work.session).minimum_n == 25
    for unfit in (0, 1_001):
        with pytest.raises(MinimumUnfit):
            keep_settings(work, replace(TOKYO, minimum_n=unfit))


def test_a_holiday_is_kept_renamed_and_dropped(work: Work) -> None:
    an_organisation(work.session)
    day = date(2026, 12, 25)
    keep_holiday(work, day, "Christmas")
    keep_holiday(work, day, "Christmas Day")
    assert get_organisation(work.session).holidays == {day}
    assert last_entry(work.session).before == {"name": "Christmas"}
    drop_holiday(work, day)
    assert get_organisation(work.session).holidays == frozenset()
    with pytest.raises(NotFound):
        drop_holiday(work, day)


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.AUDITOR])
def test_others_change_no_settings(
    session: Session, work_as: Callable[[int], Work], role: Role
) -> None:
    work = work_as(a_person(session, "", role).id)
    acts: tuple[Callable[[], object], ...] = (
        lambda: keep_settings(work, TOKYO),
        lambda: keep_holiday(work, date(2026, 1, 1), "X"),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
