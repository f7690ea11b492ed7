"""What waits for a person and for a team, against the list that it leads to."""

from datetime import timedelta

import pytest

from spm.domain.access import Actor
from spm.domain.ids import PersonId, TeamId
from spm.domain.period import AsOf, parse
from spm.domain.pipeline.deals import Concern
from spm.queries.analytics.next_acts import NextAct, of_person, of_team
from spm.queries.analytics.scorecard import team_scorecard
from spm.queries.pipeline.deal_list import Filters, deals_page
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

CONSOLE = Actor.console()
ACTS = {
    "next.past-close": Concern.OVERDUE,
    "next.no-step": Concern.NO_NEXT_STEP,
    "next.no-amount": Concern.NO_AMOUNT,
}


@pytest.fixture
def teams(work: Work) -> dict[str, int | None]:
    """A group over two teams with a rep each, who own late deals; one more belongs to nobody."""
    session = work.session
    builders.an_organisation(session)
    ensure_won_revenue_kpi(session, NOW)
    _, stages = builders.a_pipeline(session, "House")
    reps = [builders.a_person(session, name) for name in ("Ana", "Bo", "Cy")]
    group = builders.a_team(session, "Group")
    north = builders.a_team(session, "North", reps[0], parent=group)
    south = builders.a_team(session, "South", reps[1], parent=group)
    late = NOW.date() - timedelta(days=1)
    for rep, number in zip(reps, (1, 2, 4), strict=True):
        for _ in range(number):
            builders.a_deal(session, rep, stages["Proposal"], expected_close_on=late)
    builders.a_deal(session, reps[0], stages["Won"], expected_close_on=late)
    builders.a_deal(session, reps[1], stages["Proposal"], expected_close_on=NOW.date())
    session.flush()
    return {"north": north.id, "south": south.id, "group": group.id, "all": None}


@pytest.mark.parametrize(("name", "late"), [("north", 1), ("south", 2), ("group", 3), ("all", 7)])
def test_a_team_is_told_of_its_deals_and_of_those_below_as_the_list_shows_them(
    work: Work, teams: dict[str, int | None], name: str, late: int
) -> None:
    number = teams[name]
    team_id = None if number is None else TeamId(number)
    session, today = work.session, NOW.date()
    card = team_scorecard(
        session, CONSOLE, work.organisation, team_id, parse("2026-Q4"), AsOf.at(NOW)
    )
    found = {act.code: act.n for act in of_team(session, card, today)}
    assert found["next.past-close"] == late
    for code, concern in ACTS.items():
        filters = Filters(team_id=team_id, concern=concern)
        assert found.get(code, 0) == deals_page(session, CONSOLE, filters, today).total


def test_a_person_is_told_of_their_own(work: Work, teams: dict[str, int | None]) -> None:
    found = deals_page(work.session, CONSOLE, Filters(), NOW.date())
    bo = next(line.owner_id for line in found.lines if line.owner_name == "Bo")
    acts = of_person(work.session, PersonId(bo), NOW.date())
    assert acts == (NextAct("next.past-close", 2), NextAct("next.no-step", 3))
