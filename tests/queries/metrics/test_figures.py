"""Figures from rows: who is credited, when, and in which parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Reach, Role
from spm.domain.errors import Invalid, NotFound
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import Figure
from spm.domain.organisation import Organisation
from spm.models.intake import ExternalRefRow
from spm.models.organisation import (
    MembershipRow,
    OfficeRow,
    PersonRow,
    PostingRow,
    TeamRow,
    TerritoryRow,
)
from spm.models.pipeline import DealLineRow, DealReachRow, DealRow, DealStateRow, StageRow
from spm.models.targets import KpiRow, TargetRow
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.behind import deals_behind
from spm.queries.metrics.figures import figure
from spm.queries.metrics.sight import explain
from spm.services.pipeline import rollup
from tests import builders

NOW = datetime(2018, 3, 1, 12, tzinfo=UTC)
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
MOVED = date(2017, 7, 1)

Ask = Callable[..., Figure]


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class World:
    """Ana sells in the north, from July on in the south; Bo in the south; Cy heads the north."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ana, self.bo, self.cy = (
            builders.a_person(session, name) for name in ("Ana Ro", "Bo Li", "Cy Do")
        )
        self.sales = builders.a_team(session, "Sales")
        self.north = builders.a_team(session, "North", head=self.cy, parent=self.sales)
        self.south = builders.a_team(session, "South", self.bo, parent=self.sales)
        office = OfficeRow(name="Kyiv", name_key="kyiv")
        self.europe = TerritoryRow(name="Europe", name_key="europe")
        session.add_all((office, self.europe))
        session.flush()
        self.france = TerritoryRow(name="France", name_key="france", parent_id=self.europe.id)
        session.add(self.france)
        for team, start, end in ((self.north, date.min, MOVED), (self.south, MOVED, date.max)):
            session.add(
                MembershipRow(
                    person_id=self.ana.id,
                    team_id=team.id,
                    start_on=start,
                    end_on=end,
                    recorded_at=NOW,
                )
            )
        session.add(PostingRow(person_id=self.ana.id, office_id=office.id, recorded_at=NOW))
        _, self.stages = builders.a_pipeline(session, "New business")
        self._states = count(1)

    def deal(
        self,
        owner: PersonRow,
        kind: str,
        start: date | None,
        close: date | None = None,
        *,
        minor: int | None = 10_000,
        currency: str = "USD",
        stage: str = "Proposal",
        territory: TerritoryRow | None = None,
        source: str = "",
    ) -> DealRow:
        """A deal that is open from ``start`` on (None: undated) and closes on ``close``."""
        last = self.stages[stage if kind == "open" else kind.capitalize()]
        deal = builders.a_deal(self.session, owner, last, amount_minor=minor)
        deal.currency, deal.lead_source, deal.created_at = currency, source, NOW
        begins = midnight(start) if start else NOW
        ends = midnight(close) if close else FOREVER
        if start is None or start != close:
            self._state(deal, self.stages[stage], begins, ends, start, None, territory)
        if close:
            self._state(deal, last, ends, FOREVER, start, close, territory)
        return deal

    def _state(
        self,
        deal: DealRow,
        stage: StageRow,
        begins: datetime,
        ends: datetime,
        opened_on: date | None,
        closed_on: date | None,
        territory: TerritoryRow | None,
    ) -> None:
        self.session.add(
            DealStateRow(
                deal_id=deal.id,
                from_at=begins,
                to_at=ends,
                is_dated=opened_on is not None,
                pipeline_id=stage.pipeline_id,
                stage_id=stage.id,
                stage_kind=stage.kind,
                owner_id=deal.owner_id,
                credited_owner_id=deal.owner_id,
                territory_id=territory.id if territory else None,
                amount_minor=deal.amount_minor,
                currency=deal.currency,
                opened_on=opened_on,
                closed_on=closed_on,
            )
        )
        self.session.flush()

    def reach(self, deal: DealRow, stage: str, on: date | None) -> None:
        """A first reach of a stage."""
        self.session.add(
            DealReachRow(
                deal_id=deal.id,
                stage_id=self.stages[stage].id,
                reached_at=midnight(on) if on else None,
                reached_on=on,
                owner_id=deal.owner_id,
                amount_minor=deal.amount_minor,
                currency=deal.currency,
            )
        )
        self.session.flush()

    def target(
        self,
        whom: PersonRow | TeamRow,
        start: date,
        end: date,
        value: str,
        kpi: str = "won_revenue",
    ) -> None:
        """A target of a KPI, made where it is missing."""
        row = self.session.query(KpiRow).filter_by(key=kpi).one_or_none()
        if row is None:
            row = KpiRow(key=kpi, name=kpi, state="active", metric=kpi)
            self.session.add(row)
            self.session.flush()
        is_team = isinstance(whom, TeamRow)
        self.session.add(
            TargetRow(
                kpi_id=row.id,
                person_id=None if is_team else whom.id,
                team_id=whom.id if is_team else None,
                period_kind="custom",
                period_start=start,
                period_end=end,
                value=Decimal(value),
                currency="USD" if kpi == "won_revenue" else None,
                revision=1,
                set_at=NOW,
                state="set",
            )
        )
        self.session.flush()


@pytest.fixture
def world(session: Session) -> World:
    builders.an_organisation(session)
    return World(session)


@pytest.fixture(params=["deals", "rollup"])
def ask(session: Session, organisation: Organisation, request: pytest.FixtureRequest) -> Ask:
    """Ask for a figure: each test counts deals, and again with a rollup to read."""

    def answer(metric: str, now: datetime = NOW, **said: str) -> Figure:
        if request.param == "rollup":
            rollup.rebuild(session)
        question = question_of(session, organisation, now, Asked(metric, **said))
        return figure(session, organisation, question)

    return answer


def parts(answer: Figure) -> Mapping[str | None, str | None]:
    return {g.label: None if g.value is None else str(g.value) for g in answer.groups}


def test_a_team_counts_whoever_belonged_to_it_on_the_day_of_the_close(
    world: World, ask: Ask
) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 6, 30), minor=100)
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 7, 1), minor=1_000)
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 6, 30), minor=10_000)
    assert ask("won_revenue", team="North", period="2017").value == Decimal(1)
    assert ask("won_revenue", team="South", period="2017").value == Decimal(110)
    assert ask("won_revenue", team="Sales", period="2017").value == Decimal(111)
    assert parts(ask("won_revenue", period="2017", by="team")) == {
        "South": "110.00",
        "North": "1.00",
    }
    assert parts(ask("won_revenue", team="South", period="2017", by="rep")) == {
        "Bo Li": "100.00",
        "Ana Ro": "10.00",
    }


def test_an_office_counts_whoever_was_posted_there_and_names_the_rest(
    world: World, ask: Ask
) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 6, 30))
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 6, 30))
    answer = ask("won_deals", period="2017", by="office")
    assert parts(answer) == {"Kyiv": "1", None: "1"}
    assert answer.groups[-1].key is None


def test_a_territory_counts_the_deals_in_it_and_below_it(world: World, ask: Ask) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 6, 30), territory=world.france)
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 6, 30))
    assert ask("won_deals", territory="Europe", period="2017").value == 1
    assert parts(ask("won_deals", period="2017", by="territory")) == {"France": "1", None: "1"}


def test_a_period_ends_before_its_end(world: World, ask: Ask) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 9, 30))
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 10, 1))
    assert ask("won_deals", period="2017-Q3").value == 1
    assert ask("won_deals", start="2017-07-01", end="2017-10-02").value == 2
    assert parts(ask("won_deals", period="2017", by="quarter")) == {
        "2017-Q1": "0",
        "2017-Q2": "0",
        "2017-Q3": "1",
        "2017-Q4": "1",
    }


def test_an_earlier_as_of_does_not_know_what_came_later(world: World, ask: Ask) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 9, 30))
    assert ask("won_deals", period="2017", as_of="2017-09-29").value == 0
    assert ask("open_deals", as_of="2017-09-29").value == 1
    assert ask("won_deals", period="2017", as_of="2017-09-30").value == 1
    assert ask("open_deals", as_of="2017-09-30").value == 0


def test_an_undated_deal_counts_now_and_never_in_the_past(world: World, ask: Ask) -> None:
    world.deal(world.ana, "open", None)
    world.deal(world.ana, "open", date(2017, 5, 1))
    assert ask("open_deals").value == 2
    assert ask("open_deals", as_of="2017-12-31").value == 1
    assert ask("open_deals", period="2017").value == 1


def test_a_state_in_a_running_period_is_taken_now(world: World, ask: Ask) -> None:
    world.deal(world.ana, "open", None)
    answer = ask("open_deals", period="2018", by="quarter")
    assert answer.value == 1
    assert parts(answer) == {"2018-Q1": "1", "2018-Q2": None, "2018-Q3": None, "2018-Q4": None}


def test_by_product_a_deal_goes_by_its_lines_or_else_by_its_product(
    world: World, ask: Ask, session: Session
) -> None:
    bolts, nuts = builders.a_product(session, "Bolts"), builders.a_product(session, "Nuts")
    lined = world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 2, 1), minor=600)
    for product, minor in ((bolts, 100), (bolts, 200), (nuts, 300)):
        line = DealLineRow(
            deal_id=lined.id, product_id=product.id, quantity=Decimal(1), amount_minor=minor
        )
        session.add(line)
    plain = world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 2, 1), minor=50)
    plain.product_id = nuts.id
    session.flush()
    assert parts(ask("won_revenue", period="2017", by="product")) == {
        "Nuts": "3.50",
        "Bolts": "3.00",
    }
    assert parts(ask("won_deals", period="2017", by="product")) == {"Nuts": "2", "Bolts": "1"}
    assert ask("won_revenue", period="2017", by="product").value == Decimal("6.50")


def test_currencies_are_not_added_but_each_part_may_have_its_own(world: World, ask: Ask) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 2, 1), minor=100)
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 2, 1), minor=100, currency="JPY")
    answer = ask("won_revenue", period="2017", by="rep")
    assert answer.value is None
    assert answer.reason is not None
    assert answer.reason.facts["currencies"] == "JPY, USD"
    assert {(g.label, str(g.value), g.reading.currency) for g in answer.groups} == {
        ("Ana Ro", "1.00", "USD"),
        ("Bo Li", "100", "JPY"),
    }
    assert ask("win_rate", period="2017").value == 1


def test_a_cycle_is_counted_in_calendar_days(world: World, ask: Ask) -> None:
    for start, close in ((1, 2), (1, 5), (1, 29)):
        world.deal(world.ana, "won", date(2017, 1, start), date(2017, 1, close))
    world.deal(world.ana, "lost", date(2017, 1, 1), date(2017, 1, 30))
    answer = ask("sales_cycle_days", period="2017", by="month")
    assert answer.numerator == 33
    assert answer.denominator == 3
    assert answer.median == 4
    assert answer.groups[0].value == 11
    assert answer.groups[1].value is None


def test_sources_group_by_their_name_and_a_missing_one_stays_unknown(
    world: World, ask: Ask
) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 2, 1), source="Referral")
    world.deal(world.ana, "lost", date(2017, 1, 2), date(2017, 2, 1), source="Referral")
    world.deal(world.ana, "lost", date(2017, 1, 2), date(2017, 2, 1))
    assert parts(ask("win_rate", period="2017", by="source")) == {"Referral": "0.5", None: "0"}


def test_a_stage_is_reached_on_its_day_and_an_undated_reach_is_named(
    world: World, ask: Ask
) -> None:
    deal = world.deal(world.ana, "open", date(2017, 1, 2), minor=700)
    world.reach(deal, "Qualification", date(2017, 3, 31))
    world.reach(deal, "Proposal", date(2017, 4, 1))
    other = world.deal(world.bo, "open", None)
    world.reach(other, "Proposal", None)
    answer = ask("deals_reaching_stage", stage="proposal", period="2017", by="quarter")
    assert parts(answer)["2017-Q2"] == "1"
    assert (answer.value, answer.reading.excluded, answer.stage) == (Decimal(1), 1, "Proposal")
    assert ask("value_reaching_stage", stage="proposal", period="2017").value == Decimal(7)
    by_stage = ask("deals_reaching_stage", period="2017", by="stage")
    assert list(parts(by_stage).items()) == [("Qualification", "1"), ("Proposal", "1")]
    assert by_stage.value is None


def test_a_velocity_counts_open_deals_past_the_first_stage(world: World, ask: Ask) -> None:
    world.deal(world.ana, "open", date(2017, 1, 2), stage="Prospecting")
    world.deal(world.ana, "open", date(2017, 1, 2), stage="Qualification")
    world.deal(world.ana, "won", date(2017, 1, 1), date(2017, 1, 11), minor=10_000)
    world.deal(world.ana, "lost", date(2017, 1, 1), date(2017, 1, 31))
    world.deal(world.ana, "won", date(2016, 1, 1), date(2016, 1, 11), minor=990_000)
    answer = ask("sales_velocity", as_of="2017-12-31")
    assert answer.value == Decimal(5)
    assert answer.levers is not None
    assert (answer.levers.deals.value, answer.levers.cycle_days.value) == (
        Decimal(1),
        Decimal(10),
    )
    closed = ask("sales_velocity", basis="closed", period="2017")
    assert closed.value == Decimal(10)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"rep": "Nobody"}, "figure.key-unknown"),
        ({"rep": "Twin"}, "figure.key-ambiguous"),
        ({"team": "East"}, "figure.key-unknown"),
        ({"stage": "Proposal"}, "figure.key-ambiguous"),
        ({"by": "planet"}, "figure.argument-unknown"),
        ({"as_of": "yesterday"}, "figure.date-unreadable"),
        ({"start": "2017-01-01"}, "figure.half-a-period"),
        ({"period": "2017-Q5"}, "period.unknown"),
        ({"start": "2017-02-01", "end": "2017-02-01"}, "period.reversed"),
        ({"start": "2017-02-01", "end": "2017-01-01"}, "period.reversed"),
        (
            {"period": "2017", "start": "2017-01-01", "end": "2018-01-01"},
            "figure.arguments-exclude",
        ),
        ({"rep": "Ana Ro", "team": "North"}, "figure.arguments-exclude"),
    ],
)
def test_an_argument_that_means_nothing_is_refused(
    world: World, ask: Ask, session: Session, said: dict[str, str], code: str
) -> None:
    for name in ("Twin", "twin"):
        session.add(PersonRow(name=name, name_key="twin", created_at=NOW))
    builders.a_pipeline(session, "Renewals")
    with pytest.raises(Invalid) as caught:
        ask("won_deals", **said)
    assert caught.value.code == code


def test_a_person_is_found_by_address_outside_id_or_name(
    world: World, ask: Ask, session: Session
) -> None:
    session.add(
        ExternalRefRow(
            source="crm",
            kind="EmployeeKey",
            external_id="E-7",
            object_type="person",
            object_id=world.ana.id,
            mapped={},
        )
    )
    session.flush()
    for key in ("ANA.RO@example.com", "E-7", "ana ro", f"id:{world.ana.id}"):
        assert ask("won_deals", rep=key, period="2017").subject.id == world.ana.id


def test_a_team_is_found_by_the_name_of_its_head(world: World, ask: Ask) -> None:
    assert ask("won_deals", team="Cy Do", period="2017").subject.label == "North"


def test_a_stage_of_several_pipelines_is_named_with_its_pipeline(
    world: World, ask: Ask, session: Session
) -> None:
    builders.a_pipeline(session, "Renewals")
    answer = ask("deals_reaching_stage", stage="renewals: proposal", period="2017")
    assert answer.stage == "Renewals: Proposal"


def test_attainment_is_the_actual_of_the_whole_period_against_what_was_set(
    world: World, ask: Ask
) -> None:
    world.target(world.ana, date(2017, 8, 1), date(2017, 9, 1), "100")
    world.target(world.ana, date(2017, 9, 1), date(2017, 10, 1), "300")
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 7, 3), minor=50_000)
    target = ask("target", rep="Ana Ro", period="2017-Q3", by="month")
    assert (str(target.value), target.currency) == ("400.00", "USD")
    assert target.reading.gaps == ("2017-07",)
    assert parts(target) == {"2017-07": None, "2017-08": "100.00", "2017-09": "300.00"}
    attained = ask("attainment", rep="Ana Ro", period="2017-Q3")
    assert (attained.value, attained.numerator) == (Decimal("1.25"), Decimal(500))
    assert parts(ask("attainment", period="2017-Q3", by="rep")) == {"Ana Ro": "1.25"}


def test_pace_holds_the_actual_against_the_working_days_gone_by(world: World, ask: Ask) -> None:
    """May 2017 has 23 working days, 11 of them up to the 15th."""
    world.target(world.ana, date(2017, 5, 1), date(2017, 6, 1), "230")
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 5, 2), minor=5_500)
    answer = ask("pace", rep="Ana Ro", period="2017-05", as_of="2017-05-15")
    assert (answer.value, answer.denominator) == (Decimal("0.5"), Decimal(110))
    assert ask("pace", rep="Ana Ro", period="2017-05", as_of="2017-04-30").value is None


def test_a_team_is_held_against_its_own_target_with_all_below_it(world: World, ask: Ask) -> None:
    world.target(world.sales, date(2017, 1, 1), date(2018, 1, 1), "200")
    world.target(world.south, date(2017, 1, 1), date(2018, 1, 1), "50")
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 5, 2), minor=10_000)
    assert ask("attainment", team="Sales", period="2017").value == Decimal("0.5")
    assert parts(ask("attainment", period="2017", by="team")) == {
        "South": "2.00",
        "Sales": "0.50",
    }
    assert ask("attainment", period="2017").value == Decimal("0.5")


def test_a_target_of_somebody_who_moved_counts_by_his_days_in_the_team(
    world: World, ask: Ask
) -> None:
    """181 of 365 days in the north."""
    world.target(world.ana, date(2017, 1, 1), date(2018, 1, 1), "365")
    assert parts(ask("target", team="North", period="2017", by="rep")) == {"Ana Ro": "181.00"}


def test_a_rate_has_a_target_but_no_pace(world: World, ask: Ask) -> None:
    world.target(world.ana, date(2017, 1, 1), date(2018, 1, 1), "0.25", kpi="win_rate")
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 5, 2))
    world.deal(world.ana, "lost", date(2017, 1, 2), date(2017, 5, 2))
    said = {"rep": "Ana Ro", "period": "2017", "kpi": "win_rate"}
    assert ask("attainment", **said).value == 2
    pace = ask("pace", **said)
    assert pace.value is None
    assert pace.reason is not None
    assert pace.reason.code == "pace-not-additive"


def test_no_target_is_unknown_and_an_unknown_kpi_is_refused(world: World, ask: Ask) -> None:
    world.target(world.bo, date(2017, 1, 1), date(2018, 1, 1), "1")
    answer = ask("attainment", rep="Ana Ro", period="2017")
    assert answer.value is None
    assert answer.reason is not None
    assert answer.reason.code == "no-target"
    with pytest.raises(Invalid):
        ask("target", rep="Ana Ro", period="2017", kpi="calls")


def test_the_kpi_that_ships_is_known_before_anything_is_set(world: World, ask: Ask) -> None:
    answer = ask("attainment", rep="Ana Ro", period="2017")
    assert answer.value is None
    assert answer.question.kpi == "won_revenue"


def test_the_deals_behind_a_figure_are_those_it_counts_as_far_as_one_may_see(
    world: World, session: Session, organisation: Organisation
) -> None:
    mine = world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 8, 2), minor=700)
    world.deal(world.bo, "won", date(2017, 1, 2), date(2017, 8, 2))
    world.deal(world.ana, "won", date(2016, 1, 2), date(2016, 8, 2))
    question = question_of(
        session, organisation, NOW, Asked("won_deals", team="South", period="2017")
    )
    reach = Reach(people=frozenset({PersonId(world.ana.id)}))
    found = deals_behind(session, organisation, question, reach)
    assert [(deal.id, str(deal.amount and deal.amount.amount)) for deal in found.deals] == [
        (mine.id, "7.00")
    ]
    assert (found.number, found.hidden) == (1, 1)
    everything = deals_behind(session, organisation, question, Reach(is_everybody=True), limit=1)
    assert (len(everything.deals), everything.number, everything.hidden) == (1, 2, 0)


def test_a_manager_sees_his_team_and_no_longer_who_has_left_it(
    world: World, session: Session, organisation: Organisation
) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 6, 2), minor=700)
    actor = Actor(
        person_id=PersonId(world.cy.id),
        roles=frozenset({Role.MANAGER}),
        heads=frozenset({TeamId(world.north.id)}),
    )
    asked = Asked("won_revenue", team=f"id:{world.north.id}", period="2017", by="rep")
    found = explain(session, organisation, actor, NOW, asked)
    assert found.figure.value == Decimal(7)
    assert (found.figure.groups, found.behind.deals, found.behind.hidden) == ((), (), 1)
    led = replace(actor, leads=frozenset({PersonId(world.ana.id)}))
    found = explain(session, organisation, led, NOW, asked)
    assert (parts(found.figure), found.behind.hidden) == ({"Ana Ro": "7.00"}, 0)


@pytest.mark.parametrize("whose", ["team", "rep", "nobody", "everything"])
def test_a_rep_sees_no_figures_but_his_own(
    world: World, session: Session, organisation: Organisation, whose: str
) -> None:
    actor = Actor(person_id=PersonId(world.ana.id), roles=frozenset({Role.REP}))
    said = {
        "team": {"team": f"id:{world.north.id}"},
        "rep": {"rep": f"id:{world.bo.id}"},
        "nobody": {"rep": "id:999999"},
        "everything": {},
    }[whose]
    with pytest.raises(NotFound):
        explain(session, organisation, actor, NOW, Asked("won_deals", period="2017", **said))
    own = Asked("won_deals", period="2017", rep=f"id:{world.ana.id}")
    assert explain(session, organisation, actor, NOW, own).figure.value == 0


class Journey:
    """Deals that enter Qualification in the first quarter of 2017 and go different ways."""

    def __init__(self, world: World) -> None:
        jan = date(2017, 1, 2)
        advanced = world.deal(world.ana, "open", jan, stage="Proposal")
        skipped = world.deal(world.ana, "won", date(2017, 2, 1), date(2017, 3, 1))
        lost = world.deal(world.ana, "lost", jan, date(2017, 1, 22), stage="Qualification")
        still = world.deal(world.bo, "open", jan, stage="Qualification")
        late = world.deal(world.bo, "open", date(2017, 4, 1), stage="Qualification")
        undated = world.deal(world.bo, "open", None, stage="Qualification")
        for deal, entered in (
            (advanced, jan),
            (skipped, date(2017, 2, 1)),
            (lost, jan),
            (still, jan),
            (late, date(2017, 4, 1)),
            (undated, None),
        ):
            world.reach(deal, "Qualification", entered)
        world._state(advanced, world.stages["Qualification"], midnight(date(2016, 12, 1)),
                     midnight(jan), jan, None, None)  # fmt: skip
        world.reach(advanced, "Proposal", date(2017, 1, 12))
        for stage in ("Proposal", "Negotiation"):
            world.reach(skipped, stage, date(2017, 2, 1))
        world.reach(skipped, "Won", date(2017, 3, 1))


def test_a_stage_converts_those_that_went_on_out_of_those_that_left(world: World, ask: Ask) -> None:
    Journey(world)
    found = ask("stage_conversion", stage="Qualification", period="2017-Q1").reading
    assert [found.numerator, found.denominator] == [2, 3]
    assert (found.n, found.still_open, found.excluded) == (3, 1, 1)
    by_stage = ask("stage_conversion", by="stage", period="2017-Q1")
    assert {g.label: [g.reading.numerator, g.n, g.reading.still_open] for g in by_stage.groups} == {
        "Qualification": [2, 3, 1],
        "Proposal": [1, 1, 1],
        "Negotiation": [1, 1, 0],
    }


def test_a_conversion_does_not_know_what_came_after_its_as_of(world: World, ask: Ask) -> None:
    Journey(world)
    then = ask("stage_conversion", stage="Qualification", period="2017-Q1", as_of="2017-01-15")
    assert [then.reading.numerator, then.n, then.reading.still_open] == [1, 1, 2]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2017-01-15", {"Qualification": (1, 1, 3), "Proposal": (0, 0, 1)}),
        (None, {"Qualification": (3, 4, 1), "Proposal": (1, 1, 1), "Negotiation": (1, 1, 0)}),
    ],
)
def test_all_stages_at_once_and_one_by_one_convert_the_same(
    world: World, ask: Ask, as_of: str | None, expected: dict[str, tuple[int, int, int]]
) -> None:
    """A deal that went on on a day nobody knows has done so from the instant it was written down."""
    Journey(world)
    went_on = world.deal(world.ana, "open", date(2017, 1, 2), stage="Negotiation")
    world.reach(went_on, "Qualification", date(2017, 1, 2))
    world.reach(went_on, "Negotiation", None)
    when = {"period": "2017-Q1"} | ({"as_of": as_of} if as_of else {})
    at_once = ask("stage_conversion", by="stage", **when).groups
    assert {
        group.label: (int(group.reading.numerator or 0), group.n, group.reading.still_open)
        for group in at_once
    } == expected
    for stage, (went, left, still) in expected.items():
        alone = ask("stage_conversion", stage=stage, **when).reading
        assert (int(alone.numerator or 0), alone.n, alone.still_open) == (went, left, still)


def test_a_conversion_is_credited_to_the_owner_at_the_entry(world: World, ask: Ask) -> None:
    Journey(world)
    north = ask("stage_conversion", stage="Qualification", period="2017-Q1", team="North")
    south = ask("stage_conversion", stage="Qualification", period="2017-Q1", team="South")
    assert (north.n, north.reading.still_open) == (3, 0)
    assert (south.n, south.reading.still_open) == (0, 1)
    assert south.reading.reason is not None


def test_time_in_stage_leaves_out_who_skipped_it_and_names_who_is_still_there(
    world: World, ask: Ask
) -> None:
    """Ten days to the next stage, twenty to the loss; the third never stood in the stage."""
    Journey(world)
    found = ask("time_in_stage", stage="Qualification", period="2017-Q1").reading
    assert (found.value, found.median, found.n) == (Decimal(15), Decimal(15), 2)
    assert (found.still_open, found.excluded) == (1, 2)


def test_the_weighted_pipeline_takes_the_deals_expected_in_the_period(
    world: World, ask: Ask
) -> None:
    for stage, bp in (("Proposal", 9_900), ("Negotiation", 0)):
        world.stages[stage].probability_bp = bp
    hundred = world.deal(world.ana, "open", date(2017, 1, 2), minor=10_000)
    two = world.deal(world.ana, "open", date(2017, 1, 2), minor=20_000, stage="Negotiation")
    later = world.deal(world.ana, "open", date(2017, 1, 2), minor=50_000)
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 3, 1), minor=70_000)
    for deal, on in ((hundred, 5), (two, 6), (later, 9)):
        world.session.query(DealStateRow).filter_by(deal_id=deal.id).update(
            {"expected_close_on": date(2017, on, 1)}
        )
    world.session.flush()
    now = {"as_of": "2017-04-10"}
    assert str(ask("weighted_pipeline", period="2017-Q2", **now).value) == "99.00"
    assert str(ask("weighted_pipeline", **now).value) == "594.00"
    world.target(world.ana, date(2017, 4, 1), date(2017, 7, 1), "150")
    found = ask("coverage", rep="Ana Ro", period="2017-Q2", **now).reading
    assert [found.numerator, found.denominator, found.value] == [300, 150, 2]
    assert found.needed == 1
    by_rep = ask("coverage", period="2017-Q2", by="rep", **now)
    assert {g.label: g.value for g in by_rep.groups}["Ana Ro"] == 2


def test_a_target_that_is_met_needs_no_coverage(world: World, ask: Ask) -> None:
    world.deal(world.ana, "won", date(2017, 1, 2), date(2017, 4, 3), minor=20_000)
    world.target(world.ana, date(2017, 4, 1), date(2017, 7, 1), "150")
    found = ask("coverage", rep="Ana Ro", period="2017-Q2", as_of="2017-04-10").reading
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "target-met"


def test_behind_a_conversion_are_the_deals_of_its_cohort(
    world: World, session: Session, organisation: Organisation
) -> None:
    Journey(world)
    asked = Asked("stage_conversion", stage="Qualification", period="2017-Q1")
    question = question_of(session, organisation, NOW, asked)
    behind = deals_behind(session, organisation, question, Reach(is_everybody=True))
    assert behind.number == 4
