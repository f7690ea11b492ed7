"""A back-dated correction of a line names the reads that it would have forbidden, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, Role
from spm.domain.ids import PersonId
from spm.models.organisation import PersonRow
from spm.queries.organisation.corrections import Correction, corrections_of
from spm.queries.organisation.links import people_led
from spm.services.organisation.links import report_to
from spm.services.pipeline.deals import record_export
from spm.services.work import Work
from tests.builders import a_person
from tests.conftest import NOW

WorkAs = Callable[[int], Work]
OCTOBER = date(2026, 10, 1)


class House:
    """Old led Rep (with Below under Rep) all along; New leads nobody yet."""

    def __init__(self, session: Session, work: Work) -> None:
        self.work, self.session = work, session
        self.old = a_person(session, "Old", Role.MANAGER)
        self.new = a_person(session, "New", Role.MANAGER)
        self.rep = a_person(session, "Rep", Role.MANAGER, manager=self.old)
        self.below = a_person(session, "Below", manager=self.rep)
        self.other = a_person(session, "Other", manager=self.old)
        self.olga = a_person(session, "Olga", Role.OPERATIONS)
        session.flush()

    def reads(self, who: PersonRow, whom: PersonRow, at: datetime, pack: int = 7) -> None:
        """``who`` took a pack about ``whom`` out of the product."""
        actor = Actor(PersonId(who.id), name=who.name)
        work = replace(self.work, actor=actor, now=at)
        work.record(Permission.PACKS_VIEW, f"pack:{pack}", person_id=PersonId(whom.id), after={})

    def exports(self, who: PersonRow, at: datetime, *owners: PersonRow) -> None:
        actor = Actor(PersonId(who.id), name=who.name)
        ids = [PersonId(owner.id) for owner in owners]
        record_export(replace(self.work, actor=actor, now=at), "csv", "status=won", ids)

    def corrected(self, work: Work, day: date = OCTOBER) -> tuple[Mapping[str, Any], ...]:
        assert report_to(work, PersonId(self.rep.id), PersonId(self.new.id), day)
        return self.seen(Actor.console())[0].views

    def seen(self, actor: Actor) -> tuple[Correction, ...]:
        return corrections_of(self.session, actor, PersonId(self.rep.id))


@pytest.fixture
def house(session: Session, work: Work) -> House:
    return House(session, work)


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_it_acts_at_once(house: House, work: Work) -> None:
    house.corrected(work)
    led = people_led(house.session, PersonId(house.old.id), NOW.date())
    assert led == {house.other.id}
    assert people_led(house.session, PersonId(house.new.id), NOW.date()) == {
        house.rep.id,
        house.below.id,
    }


def test_it_names_what_the_old_manager_read_since_that_day(house: House, work: Work) -> None:
    house.reads(house.old, house.rep, at(9, 30, 23), pack=1)  # before the day: it was right then
    house.reads(house.old, house.rep, at(10, 1, 0), pack=2)
    house.reads(house.old, house.below, at(11, 2), pack=3)  # whoever stands below moved as well
    house.reads(house.old, house.other, at(11, 3), pack=4)  # still his
    house.reads(house.olga, house.rep, at(11, 4), pack=5)  # by right of another role
    house.reads(house.rep, house.rep, at(11, 5), pack=6)  # one's own
    house.reads(house.new, house.rep, at(11, 6), pack=7)  # the new manager
    views = house.corrected(work)
    assert [(view["who"], view["thing"], view["about"]) for view in views] == [
        (f"person:{house.old.id}", "pack:2", [f"person:{house.rep.id}"]),
        (f"person:{house.old.id}", "pack:3", [f"person:{house.below.id}"]),
    ]


def test_an_export_counts_for_those_of_its_people_who_moved(house: House, work: Work) -> None:
    house.exports(house.old, at(10, 20), house.rep, house.rep, house.other, house.below)
    house.exports(house.old, at(10, 21), house.other)
    (view,) = house.corrected(work)
    assert (view["thing"], view["act"]) == ("export:deals", "deals.view")
    assert view["about"] == [f"person:{house.rep.id}", f"person:{house.below.id}"]


def test_a_change_from_today_on_is_no_correction(house: House, work: Work) -> None:
    house.reads(house.old, house.rep, at(11, 2))
    assert not report_to(work, PersonId(house.rep.id), PersonId(house.new.id), NOW.date())
    assert house.seen(Actor.console()) == ()


def test_the_same_correction_again_says_nothing(house: House, work: Work) -> None:
    house.corrected(work)
    assert not report_to(work, PersonId(house.rep.id), PersonId(house.new.id), OCTOBER)
    assert len(house.seen(Actor.console())) == 1


def test_who_made_it_and_the_auditor_see_it_and_nobody_else(
    house: House, work_as: WorkAs, session: Session
) -> None:
    abel = a_person(session, "Abel", Role.AUDITOR)
    omar = a_person(session, "Omar", Role.OPERATIONS)
    house.corrected(work_as(house.olga.id))
    assert len(house.seen(work_as(house.olga.id).actor)) == 1
    assert len(house.seen(work_as(abel.id).actor)) == 1
    assert house.seen(work_as(omar.id).actor) == ()
