"""The two ends of a waterfall out of the database: whose deals, as they stood."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Role
from spm.domain.analytics.waterfall import Cause, waterfalls
from spm.domain.ids import DealId, PersonId
from spm.domain.metrics.figure import EVERYTHING, Scope, ScopeKind
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, Period
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealStateRow, StageRow
from spm.queries.analytics.waterfall import compared, named, pushes
from tests.builders import a_deal, a_person, a_pipeline, a_team
from tests.conftest import NOW

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
BEGIN = AsOf(datetime(2026, 11, 1, tzinfo=UTC))
END = AsOf(datetime(2026, 11, 15, tzinfo=UTC))


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


@dataclass
class Story:
    """Writes how deals stood, one state after the other."""

    session: Session

    def deal(
        self, owner: PersonRow, *states: tuple[datetime, StageRow, int | None, PersonRow | None]
    ) -> DealId:
        deal = a_deal(self.session, owner, states[-1][1], amount_minor=states[-1][2])
        ends = [state[0] for state in states[1:]] + [FOREVER]
        for (begin, stage, minor, other), end in zip(states, ends, strict=True):
            holder = other or owner
            self.session.add(
                DealStateRow(
                    deal_id=deal.id,
                    from_at=begin,
                    to_at=end,
                    is_dated=True,
                    pipeline_id=stage.pipeline_id,
                    stage_id=stage.id,
                    stage_kind=stage.kind,
                    owner_id=holder.id,
                    credited_owner_id=holder.id,
                    amount_minor=minor,
                    currency="USD",
                    opened_on=states[0][0].date(),
                    closed_on=begin.date() if stage.kind != "open" else None,
                )
            )
        self.session.flush()
        return DealId(deal.id)


@dataclass
class World:
    rita: PersonRow
    carl: PersonRow
    team: int
    deals: dict[str, DealId]


@pytest.fixture
def world(session: Session) -> World:
    """Rita of a team, Carl of none; a deal for each thing that can happen to it."""
    rita, carl = a_person(session, "Rita"), a_person(session, "Carl")
    team = a_team(session, "West", rita)
    _, stages = a_pipeline(session)
    opened, won, lost = stages["Prospecting"], stages["Won"], stages["Lost"]
    story = Story(session)
    deals = {
        "stays": story.deal(rita, (at(10, 1), opened, 1_000, None)),
        "grows": story.deal(rita, (at(10, 1), opened, 200, None), (at(11, 5), opened, 350, None)),
        "won": story.deal(rita, (at(10, 1), opened, 500, None), (at(11, 9), won, 600, None)),
        "old win": story.deal(rita, (at(9, 1), opened, 70, None), (at(9, 9), won, 70, None)),
        "new": story.deal(rita, (at(11, 3), opened, 80, None)),
        "came and lost": story.deal(
            rita, (at(11, 2), opened, 40, None), (at(11, 10), lost, 40, None)
        ),
        "handed out": story.deal(rita, (at(10, 1), opened, 9, None), (at(11, 4), opened, 9, carl)),
        "later": story.deal(rita, (at(11, 20), opened, 5_000, None)),
    }
    return World(rita, carl, team.id, deals)


def bars(
    session: Session, organisation: Organisation, scope: Scope
) -> tuple[int, dict[Cause, int], int]:
    (fall,) = waterfalls(compared(session, organisation, scope, BEGIN, END))
    assert fall.is_reconciled
    return fall.start.minor, {bar.cause: bar.minor for bar in fall.bars}, fall.end.minor


def test_a_person_and_his_team_and_everybody(
    session: Session, organisation: Organisation, world: World
) -> None:
    """1,709 = 1,000 + 200 + 500 + 9; + 120 new + 150 − 500 won − 40 lost − 9 handed out = 1,430."""
    expected = (
        1_709,
        {
            Cause.NEW: 120,
            Cause.INCREASED: 150,
            Cause.HANDED_OUT: -9,
            Cause.WON: -500,
            Cause.LOST: -40,
        },
        1_430,
    )
    of_rita = Scope(ScopeKind.REP, world.rita.id)
    assert bars(session, organisation, of_rita) == expected
    assert bars(session, organisation, Scope(ScopeKind.TEAM, world.team)) == expected
    assert bars(session, organisation, Scope(ScopeKind.REP, world.carl.id)) == (
        0,
        {Cause.HANDED_IN: 9},
        9,
    )
    start, moves, end = bars(session, organisation, EVERYTHING)
    assert (start, end, Cause.HANDED_OUT in moves) == (1_709, 1_439, False)


def test_a_deal_is_named_to_whom_it_may_be_shown(session: Session, world: World) -> None:
    everything = list(world.deals.values())
    assert set(named(session, Actor.console(), everything)) == set(everything)
    carl = Actor(PersonId(world.carl.id), frozenset({Role.REP}))
    assert set(named(session, carl, everything)) == set()
    led = Actor(
        PersonId(world.carl.id),
        frozenset({Role.MANAGER}),
        leads=frozenset({PersonId(world.rita.id)}),
    )
    assert len(named(session, led, everything)) == len(everything)


def test_pushes_are_read_from_the_log_and_what_was_taken_back_counts_for_nothing(
    session: Session, organisation: Organisation, world: World
) -> None:
    deal = world.deals["stays"]
    said = [
        ("created", at(10, 1), date(2026, 11, 10)),
        ("close_date", at(11, 3), date(2026, 11, 20)),
        ("close_date", at(11, 5), date(2027, 1, 20)),
        ("close_date", at(11, 20), date(2027, 9, 20)),  # after the end
    ]
    for kind, when, expected in said:
        session.add(
            DealEventRow(
                deal_id=deal,
                kind=kind,
                occurred_at=when,
                occurred_on=when.date(),
                recorded_at=NOW,
                expected_close_on=expected,
            )
        )
    session.flush()
    november = Period(date(2026, 11, 1), date(2026, 11, 15))
    found = pushes(session, organisation, list(world.deals.values()), november, END)
    assert {key: (one.pushes, one.crossings) for key, one in found.items()} == {deal: (2, 1)}
    nothing = Period(date(2026, 11, 6), date(2026, 11, 6) + timedelta(days=3))
    assert not pushes(session, organisation, [deal], nothing, END)
