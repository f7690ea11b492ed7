"""What a pack shows, and what becomes of it: issued, replaced, signed off, handed out."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from spm.domain.access import Actor, Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import KpiId, PersonId
from spm.domain.money import Money
from spm.domain.packs.content import (
    AlreadySignedOff,
    Decision,
    PackContent,
    Passage,
    ReviewPack,
    Side,
    Superseded,
)
from spm.domain.period import AsOf, parse
from spm.domain.targets.target import Owner
from spm.models.audit import AuditEntryRow
from spm.models.pipeline import DealEventRow, DealRow
from spm.models.targets import TargetRow
from spm.queries.packs.issued import get_pack, packs
from spm.reports.fonts import FontsMissing
from spm.services.packs import (
    How,
    PeriodNotBegun,
    default_as_of,
    draft_pack,
    hand_out,
    issue_pack,
    print_pack,
    sign_off,
)
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Q3, Q4 = parse("2026-Q3"), parse("2026-Q4")
WorkAs = Callable[[int], Work]


@dataclass
class House:
    """A manager over a rep; NOW is the 18th of November 2026."""

    work: Work
    work_as: WorkAs

    def __post_init__(self) -> None:
        session = self.work.session
        builders.an_organisation(session)
        self.boss = builders.a_person(session, "Марія Boss", Role.MANAGER)
        self.rep = builders.a_person(session, "髙橋 Rep", manager=self.boss)
        self.peer = builders.a_person(session, "Peer Rep")
        builders.a_team(session, "North", self.rep, head=self.boss)
        _, self.stages = builders.a_pipeline(session, "House")
        self.revenue = ensure_won_revenue_kpi(session, NOW)

    @property
    def about(self) -> PersonId:
        return PersonId(self.rep.id)

    def deal(
        self,
        stage: str,
        opened_on: date,
        closed_on: date | None = None,
        *,
        minor: int | None = 100_000,
        expected_on: date | None = None,
        past: str = "",
    ) -> DealRow:
        """A deal of the rep that reached every stage up to ``past`` (or its own) when opened."""
        names = list(self.stages)
        reached = names[: names.index(past or stage) + 1]
        return builders.a_dated_deal(
            self.work.session,
            self.rep,
            self.stages[stage],
            opened_on=opened_on,
            closed_on=closed_on,
            amount_minor=minor,
            expected_close_on=expected_on,
            reached=tuple(self.stages[name] for name in reached),
        )

    def target(self, value: str, period: str = "2026-Q4") -> None:
        set_target(
            self.work,
            KpiId(self.revenue),
            Owner(person_id=self.about),
            parse(period),
            value=Decimal(value),
            rationale="As agreed",
        )

    def draft(self, period: str = "2026-Q4") -> PackContent:
        named = parse(period)
        return draft_pack(
            self.work, Owner(person_id=self.about), named, default_as_of(self.work, named)
        )

    def issue(self, work: Work | None = None, decisions: tuple[Decision, ...] = ()) -> ReviewPack:
        by = work or self.work_as(self.boss.id)
        how = How(Q4, default_as_of(by, Q4), "en", "a4", decisions)
        return issue_pack(by, Owner(person_id=self.about), how)


@pytest.fixture
def house(work: Work, work_as: WorkAs) -> House:
    return House(work, work_as)


def test_a_pack_says_whose_it_is_and_what_it_knew(house: House) -> None:
    content = house.draft()

    assert (content.person, content.manager, content.team) == ("髙橋 Rep", "Марія Boss", "North")
    assert (content.period, content.next_period) == ("2026-Q4", "2027-Q1")
    assert content.as_of == datetime(2026, 11, 18, 23, 59, 59, 999_999, tzinfo=UTC)
    assert content.as_of_day == date(2026, 11, 18)
    assert content.elapsed == pytest.approx(Decimal(35) / Decimal(66))


def test_a_pack_of_a_period_that_is_over_is_taken_at_its_end(house: House) -> None:
    assert house.draft("2026-Q3").as_of_day == date(2026, 9, 30)


def test_a_pack_shows_the_scorecards_figures_with_the_log_and_the_next_target(
    house: House,
) -> None:
    house.target("6600")
    house.target("7000", "2027-Q1")
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 5), minor=350_000)
    house.deal("Won", date(2026, 5, 1), date(2026, 5, 5), minor=150_000)
    content = house.draft()

    (sheet,) = content.kpis
    assert (sheet.now.figure.value, sheet.now.figure.n) == (Decimal("3500.00"), 1)
    assert sheet.now.target == 6600
    assert sheet.expected == pytest.approx(Decimal(3500))
    assert sheet.answer == "set"
    assert [(p.name, p.figure.value) for p in sheet.trend] == [
        ("2026-Q2", Decimal("1500.00")),
        ("2026-Q3", Decimal(0)),
    ]
    (note,) = sheet.log
    assert (note.act, note.period, note.words) == ("set", "2026-Q4", "As agreed")
    assert note.value == 6600
    (following,) = content.next_targets
    assert following.value == 7000
    assert following.answer == "set"


def test_a_target_in_another_currency_keeps_it_in_the_pack(house: House) -> None:
    for period in ("2026-Q3", "2026-Q4"):
        house.target("6000", period)
    for row in house.work.session.scalars(select(TargetRow)):
        row.currency = "EUR"
    house.work.session.flush()
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 20))
    (sheet,) = house.draft().kpis
    assert sheet.currency == "USD"
    assert (sheet.now.target, sheet.now.target_currency) == (Decimal(6000), "EUR")
    assert (sheet.now.drawn_target, sheet.now.attained) == (None, None)
    assert [(p.target, p.target_currency) for p in sheet.trend] == [(Decimal(6000), "EUR")]
    assert {note.currency for note in sheet.log if note.act == "set"} == {"EUR"}


def test_the_year_before_is_found_beyond_the_trend_of_months(house: House) -> None:
    house.deal("Won", date(2025, 11, 1), date(2025, 11, 5), minor=70_000)
    content = house.draft("2026-11")

    before = content.kpis[0].prior_year
    assert before is not None
    assert (before.name, before.figure.value) == ("2025-11", Decimal("700.00"))


def test_the_largest_deals_are_named_and_all_are_counted(house: House) -> None:
    for day in range(1, 6):
        house.deal("Won", date(2026, 10, day), date(2026, 10, 9), minor=day * 1000)
        house.deal("Lost", date(2026, 10, day), date(2026, 10, 9), minor=None, past="Proposal")
    house.deal("Won", date(2026, 9, 1), date(2026, 9, 30))
    content = house.draft()

    assert [deal.amount for deal in content.won.named] == [
        Money("USD", minor) for minor in (5000, 4000, 3000)
    ]
    assert (content.won.count, content.won.total) == (5, Money("USD", 15_000))
    assert (content.lost.count, content.lost.total) == (5, None)


def test_open_deals_say_what_they_lack(house: House) -> None:
    opened = date(2026, 10, 1)
    late = house.deal("Proposal", opened, expected_on=date(2026, 11, 17))
    house.deal("Proposal", opened, expected_on=date(2026, 11, 18), minor=None)
    house.deal("Qualification", opened).next_step = "Call"
    house.work.session.flush()
    content = house.draft()

    assert content.open.count == 3
    assert [deal.id for deal in content.hygiene.past_close.named] == [late.id]
    lacks = content.hygiene
    assert (lacks.undated, lacks.unpriced, lacks.stepless) == (1, 1, 2)


def test_a_close_date_that_moved_later_in_the_period_is_a_push(house: House) -> None:
    deal = house.deal("Proposal", date(2026, 9, 1), expected_on=date(2027, 1, 9))
    moves = (
        (date(2026, 9, 1), date(2026, 10, 9), "created"),
        (date(2026, 9, 20), date(2026, 11, 9), "close_date"),
        (date(2026, 10, 20), date(2026, 12, 9), "close_date"),
        (date(2026, 10, 25), date(2026, 12, 1), "close_date"),
        (date(2026, 11, 2), date(2027, 1, 9), "close_date"),
    )
    for on, close_on, kind in moves:
        house.work.session.add(
            DealEventRow(
                deal_id=deal.id,
                kind=kind,
                occurred_at=datetime(on.year, on.month, on.day, tzinfo=UTC),
                occurred_on=on,
                recorded_at=NOW,
                expected_close_on=close_on,
            )
        )
    house.work.session.flush()
    content = house.draft()

    assert (content.hygiene.pushed, content.hygiene.pushes) == (1, 2)
    assert content.recorded_until == NOW


def test_deals_are_followed_from_stage_to_stage(house: House) -> None:
    """Qualification: four came, two went on, one is open, one left."""
    opened = date(2026, 10, 1)
    house.deal("Proposal", opened)
    house.deal("Won", opened, date(2026, 10, 9))
    house.deal("Qualification", opened)
    house.deal("Lost", opened, date(2026, 10, 9), past="Qualification")
    house.deal("Proposal", date(2026, 9, 30))
    content = house.draft()

    (ladder,) = content.ladders
    assert ladder.passages == (
        Passage("Prospecting", 4, 4, 0),
        Passage("Qualification", 4, 2, 1),
        Passage("Proposal", 2, 1, 1),
        Passage("Negotiation", 1, 1, 0),
    )


def test_nothing_of_somebody_else_is_in_a_pack(house: House) -> None:
    opened = date(2026, 10, 1)
    builders.a_dated_deal(
        house.work.session, house.peer, house.stages["Proposal"], opened_on=opened
    )

    assert house.draft().open.count == 0


def test_a_pack_is_issued_by_the_manager_and_frozen(house: House) -> None:
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 5))
    decision = Decision("Call twice", "Марія", date(2026, 12, 1))
    pack = house.issue(decisions=(decision,))
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 6))

    kept = get_pack(house.work.session, Actor.console(), pack.id)
    assert kept == pack
    assert kept.content.won.count == 1
    assert kept.content.decisions == (decision,)
    assert (kept.number, kept.issue, kept.issued_by) == (f"P-{pack.id:06d}-1", 1, "Марія Boss")
    assert kept.digest == kept.content.digest


def test_the_same_pack_is_not_issued_twice(house: House) -> None:
    first, second = house.issue(), house.issue()

    assert first == second
    assert packs(house.work.session, Actor.console()).total == 1


def test_a_new_issue_replaces_the_old_one_and_says_what_changed(house: House) -> None:
    first = house.issue()
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 5))
    second = house.issue()

    assert (second.issue, second.supersedes) == (2, first.number)
    assert second.number == first.number[:-1] + "2"
    (change,) = second.content.changes
    assert (change.part, change.before, change.after) == ("actual", Decimal(0), Decimal("1000.00"))
    again = get_pack(house.work.session, Actor.console(), first.id)
    assert again.superseded_by == second.number
    lines = packs(house.work.session, Actor.console()).lines
    assert [(line.number, line.is_latest) for line in lines] == [
        (second.number, True),
        (first.number, False),
    ]


def test_nobody_issues_his_own_and_nobody_a_strangers(house: House) -> None:
    with pytest.raises(Forbidden):
        house.issue(house.work_as(house.rep.id))
    with pytest.raises(NotFound):
        house.issue(house.work_as(house.peer.id))


def test_a_pack_of_a_period_ahead_is_refused(house: House) -> None:
    with pytest.raises(PeriodNotBegun):
        house.draft("2027-Q1")


def test_both_sides_sign_off_once_with_their_words(house: House) -> None:
    pack = house.issue()
    rep, boss = house.work_as(house.rep.id), house.work_as(house.boss.id)
    assert sign_off(rep, pack.id, "Osaka counts  \r\nfor Q1\n\n") is Side.REP
    assert sign_off(boss, pack.id, "") is Side.MANAGER

    signed = get_pack(house.work.session, boss.actor, pack.id).sign_offs
    assert [(one.side, one.person, one.comment) for one in signed] == [
        (Side.REP, "髙橋 Rep", "Osaka counts\nfor Q1"),
        (Side.MANAGER, "Марія Boss", ""),
    ]
    with pytest.raises(AlreadySignedOff):
        sign_off(rep, pack.id, "")


def test_only_the_two_sides_sign_off(house: House) -> None:
    pack = house.issue()
    operations = builders.a_person(house.work.session, "Ops", Role.OPERATIONS)
    with pytest.raises(Forbidden):
        sign_off(house.work_as(operations.id), pack.id, "")
    with pytest.raises(NotFound):
        sign_off(house.work_as(house.peer.id), pack.id, "")
    with pytest.raises(Forbidden):
        sign_off(house.work, pack.id, "")


def test_a_replaced_pack_is_not_signed_off(house: House) -> None:
    first = house.issue()
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 5))
    second = house.issue()

    with pytest.raises(Superseded) as error:
        sign_off(house.work_as(house.rep.id), first.id, "")
    assert error.value.facts["number"] == second.number


def test_packs_wait_for_the_side_that_has_not_signed(house: House) -> None:
    pack = house.issue()
    sign_off(house.work_as(house.rep.id), pack.id, "")
    boss = house.work_as(house.boss.id)

    assert packs(boss.session, boss.actor, waits_for=Side.REP).total == 0
    (line,) = packs(boss.session, boss.actor, waits_for=Side.MANAGER).lines
    assert line.sides == {Side.REP}


def test_a_list_holds_what_its_reader_may_see(house: House) -> None:
    house.issue()
    for person, total in ((house.rep, 1), (house.boss, 1), (house.peer, 0)):
        work = house.work_as(person.id)
        assert packs(work.session, work.actor).total == total


def test_the_same_bytes_are_handed_out_again_and_each_time_is_kept(house: House) -> None:
    house.deal("Won", date(2026, 10, 1), date(2026, 10, 5))
    pack = house.issue()
    work = house.work_as(house.rep.id)
    try:
        name, pdf = hand_out(work, pack.id, "")
    except FontsMissing:
        pytest.skip("the fonts of the PDF are not fetched: run make setup")

    assert name == f"review-髙橋-rep-2026-Q4-{pack.number}.pdf"
    assert pdf == print_pack(pack, "") == hand_out(work, pack.id, "")[1]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "$1,000" in text
    assert "髙橋 Rep" in text
    entries = work.session.scalars(select(AuditEntryRow.act)).all()
    assert entries.count("packs.view") == 2
    assert entries.count("packs.issue") == 1


def test_a_pack_is_judged_when_it_is_handed_out(house: House) -> None:
    pack = house.issue()

    with pytest.raises(NotFound):
        hand_out(house.work_as(house.peer.id), pack.id, "")


def test_a_state_of_the_past_has_no_next_steps(house: House) -> None:
    deal = house.deal("Proposal", date(2026, 10, 1))
    deal.next_step = "Call"
    house.deal("Won", date(2026, 10, 1), date(2026, 11, 17))
    early = AsOf.of_date(date(2026, 10, 20), house.work.organisation.zone)
    now = NOW - timedelta(days=20)
    content = draft_pack(house.work, Owner(person_id=house.about), Q4, early)

    assert content.as_of < now
    assert content.won.count == 0
    assert content.open.named[0].words == "Call"
