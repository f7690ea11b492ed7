"""The pages of scorecards, targets, KPIs and goals, as each role meets them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from spm.adapters.database import unit
from spm.domain.access import Actor, Role
from spm.domain.ids import KpiId, PersonId, StageId, TeamId
from spm.domain.metrics.registry import MetricId
from spm.domain.period import PeriodKind, parse
from spm.domain.targets.kpi import Measure
from spm.domain.targets.target import Owner
from spm.models.targets import GoalRow, KpiRow, TargetAnswerRow, TargetRow
from spm.queries.organisation.settings import get_organisation
from spm.services.targets.kpis import Wishes, define_kpi, ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests import builders
from tests.conftest import NOW

Browse = Callable[[int], FlaskClient]
AWKWARD = "Олександра O'Néil <b>"


@dataclass
class House:
    """Ids of a small company with deals, a stage-aligned KPI and targets."""

    director: int
    manager: int
    rep: int
    stranger: int
    operations: int
    executive: int
    auditor: int
    administrator: int
    coach: int
    top: int
    team: int
    other: int
    kpi: int
    proposals: int
    target: int
    theirs: int


@pytest.fixture
def house(engine: Engine) -> House:
    with unit(engine, writes=True) as session:
        return _house(session)


def _house(session: Session) -> House:
    builders.an_organisation(session)
    director = builders.a_person(session, "Director", Role.MANAGER)
    manager = builders.a_person(session, "Manager", Role.MANAGER, manager=director)
    rep = builders.a_person(session, AWKWARD, manager=manager)
    stranger = builders.a_person(session, "Stranger")
    top = builders.a_team(session, "Sales", director, head=director)
    team = builders.a_team(session, "North", manager, rep, head=manager, parent=top)
    other = builders.a_team(session, "South", stranger, parent=top)
    _, stages = builders.a_pipeline(session, "House")
    every = tuple(stages[name] for name in list(stages)[:5])
    builders.a_dated_deal(
        session,
        rep,
        stages["Won"],
        opened_on=date(2026, 10, 5),
        closed_on=date(2026, 10, 6),
        amount_minor=3_000_000,
        reached=every,
    )
    builders.a_dated_deal(
        session,
        rep,
        stages["Proposal"],
        opened_on=date(2026, 10, 12),
        expected_close_on=date(2026, 11, 1),
        reached=every[:3],
    )
    kpi = ensure_won_revenue_kpi(session, NOW)
    work = Work(session, Actor.console(), NOW, get_organisation(session))
    measure = Measure(
        MetricId.DEALS_REACHING_STAGE,
        StageId(stages["Proposal"].id),
        period_kind=PeriodKind.QUARTER,
    )
    proposals = define_kpi(work, Wishes(name="Proposals", measure=measure))
    session.get_one(KpiRow, proposals).state = "active"

    def give(owner: Owner, value: int, kpi_id: KpiId = kpi) -> int:
        return set_target(
            work,
            kpi_id,
            owner,
            parse("2026-Q4"),
            value=Decimal(value),
            rationale="Last year plus a tenth",
        )

    target = give(Owner(person_id=PersonId(rep.id)), 50_000)
    give(Owner(person_id=PersonId(rep.id)), 6, proposals)
    theirs = give(Owner(person_id=PersonId(stranger.id)), 40_000)
    give(Owner(team_id=TeamId(team.id)), 60_000)
    roles = (
        Role.OPERATIONS,
        Role.EXECUTIVE,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
        Role.ENABLEMENT,
    )
    others = [builders.a_person(session, role.value.title(), role).id for role in roles]
    ids = [one.id for one in (director, manager, rep, stranger)] + others
    ids += [top.id, team.id, other.id, kpi, proposals, target, theirs]
    return House(*ids)


def text(answer: TestResponse) -> str:
    plain = re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True))
    return re.sub(r"\s+", " ", plain)


def rows(engine: Engine, what: type[TargetRow]) -> list[TargetRow]:
    with unit(engine, writes=False) as session:
        return list(session.scalars(select(what)))


def test_a_rep_reads_the_own_scorecard(house: House, client_of: Browse) -> None:
    answer = client_of(house.rep).get("/scorecards/mine")
    assert answer.status_code == 200
    said = text(answer)
    assert "60% of target in Won revenue, 7 points ahead of pace." in said
    assert "Proposal is the limiting stage." in said
    assert "Answer 2 targets" in said
    assert "1 open deal is past its close date" in said
    assert "$30,000 of $50,000" in said


def test_the_address_says_period_and_as_of(house: House, client_of: Browse) -> None:
    browser = client_of(house.rep)
    early = text(browser.get("/scorecards/mine?period=2026-Q4&as_of=2026-10-05"))
    assert "as of 5 Oct 2026" in early
    assert "0% of target in Won revenue" in early
    past = text(browser.get("/scorecards/mine?period=2026-Q2"))
    assert "as of 30 Jun 2026" in past
    assert browser.get("/scorecards/mine?period=2026-Q9").status_code == 422
    assert browser.get("/scorecards/mine?as_of=yesterday").status_code == 422


def test_a_manager_reads_the_team_as_a_table(house: House, client_of: Browse) -> None:
    browser = client_of(house.manager)
    assert browser.get("/scorecards/team").location == f"/scorecards/teams/{house.team}"
    said = text(browser.get(f"/scorecards/teams/{house.team}"))
    assert "1 of 1 is on pace in Won revenue. 1 has no target." in said
    assert "over-assignment" in said
    assert "Олександра O&#39;Néil &lt;b&gt;" in said


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("rep", "/scorecards/mine"),
        ("manager", "/scorecards/team"),
        ("executive", "/scorecards/organisation"),
        ("coach", "/people"),
    ],
)
def test_home_leads_each_role_to_its_page(
    house: House, client_of: Browse, who: str, home: str
) -> None:
    answer = client_of(getattr(house, who)).get("/")
    assert (answer.status_code, answer.location) == (303, home)


@pytest.mark.parametrize("page", ["/scorecards/mine", "/scorecards/people/{rep}"])
def test_each_figure_opens_what_explains_it(house: House, client_of: Browse, page: str) -> None:
    browser = client_of(house.rep)
    shown = browser.get(page.format(**vars(house))).get_data(as_text=True)
    links = set(re.findall(r'class="figure[^"]*" href="(/figures/explain[^"]*)"', shown))
    asked = {re.search(r"metric=(\w+)", link)[1] for link in links}  # type: ignore[index]
    ladder = {"deals_reaching_stage", "stage_conversion", "open_pipeline"}
    assert asked == {"won_revenue", "target", "attainment", "pace", "coverage"} | ladder
    for link in links:
        answer = browser.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
    assert "$30,000" in text(browser.get(min(links, key=len).replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("metric", "asked", "actual", "target"),
    [
        (MetricId.SALES_CYCLE_DAYS, Decimal(2), "Actual 1 day", "Target 2 days"),
        (MetricId.WIN_RATE, Decimal("0.8"), "Actual 100.0%", "Target 80.0%"),
    ],
)
def test_a_card_writes_the_figure_of_a_kpi_in_its_unit(
    house: House,
    client_of: Browse,
    engine: Engine,
    metric: MetricId,
    asked: Decimal,
    actual: str,
    target: str,
) -> None:
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        kpi = define_kpi(
            work, Wishes(name="Own", measure=Measure(metric, period_kind=PeriodKind.QUARTER))
        )
        session.get_one(KpiRow, kpi).state = "active"
        set_target(
            work,
            kpi,
            Owner(person_id=PersonId(house.rep)),
            parse("2026-Q4"),
            value=asked,
            rationale="As last year",
        )
    at = f"/figures/explain?metric=attainment&kpi=own&period=2026-Q4&rep={house.rep}"
    said = text(client_of(house.rep).get(at))
    assert actual in said
    assert target in said


def test_no_page_shows_less_than_nothing_attained(
    house: House, client_of: Browse, engine: Engine
) -> None:
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        measure = Measure(
            MetricId.AVERAGE_DEAL_SIZE,
            period_kind=PeriodKind.QUARTER,
            bounds=(Decimal(100), Decimal(200)),
        )
        kpi = define_kpi(work, Wishes(name="Deal size", measure=measure))
        session.get_one(KpiRow, kpi).state = "active"
    for page in ("/scorecards/mine", f"/scorecards/teams/{house.team}"):
        browser = client_of(house.rep if page.endswith("mine") else house.manager)
        said = text(browser.get(f"{page}?period=2026-Q4"))
        assert "Deal size" in said
        assert "−14,8" not in said, page
    at = f"/figures/explain?metric=attainment&kpi=deal_size&period=2026-Q4&rep={house.rep}"
    assert "−14,800.0%" in text(client_of(house.rep).get(at))


def test_a_target_of_a_retired_kpi_asks_nothing_of_anybody(
    house: House, client_of: Browse, engine: Engine
) -> None:
    pages = ((house.rep, "/scorecards/mine"), (house.manager, f"/scorecards/teams/{house.team}"))

    def waiting() -> list[bool]:
        said = [text(client_of(who).get(page)) for who, page in pages]
        return ["Answer 2 targets" in said[0], "2 targets wait for" in said[1]]

    assert waiting() == [True, True]
    assert client_of(house.operations).post(f"/kpis/{house.proposals}/retire").status_code == 303
    assert waiting() == [False, False]
    assert "Answer 1 target" in text(client_of(house.rep).get("/scorecards/mine"))


def test_an_executive_reads_the_organisation(house: House, client_of: Browse) -> None:
    said = text(client_of(house.executive).get("/scorecards/organisation"))
    assert "Sales" in said
    assert "North" in said
    assert "South" in said


EVERYBODY = "director manager rep stranger operations executive auditor coach"
READS = {
    "/scorecards": "manager rep stranger operations executive auditor coach",
    "/scorecards/people/{rep}": "manager director rep operations executive auditor",
    "/scorecards/teams/{team}": "manager director operations executive auditor",
    "/scorecards/teams/{top}": "director operations executive auditor",
    "/scorecards/organisation": "manager director operations executive auditor",
    "/targets": "manager rep stranger operations executive auditor coach",
    "/targets/{target}": "manager director rep operations executive auditor",
    "/targets/{theirs}": "stranger operations executive auditor",
    "/targets/{target}/revise": "manager director operations",
    "/targets/new?kpi={kpi}": "manager director operations executive",
    "/targets/plan?kpi={kpi}&team={team}": "manager director operations executive",
    "/targets/grid?kpi={kpi}&team={team}": "manager director operations executive",
    "/kpis": "manager director rep stranger operations executive auditor coach",
    "/kpis/{proposals}": "manager director rep stranger operations executive auditor coach",
    "/kpis/new": "manager director operations",
    "/kpis/{proposals}/edit": "operations",
    "/goals": "manager director rep stranger operations executive auditor coach",
    "/goals/new": "operations executive",
}


@pytest.mark.parametrize("address", READS)
def test_each_page_is_there_for_whom_it_is_and_for_nobody_else(
    house: House, client_of: Browse, address: str
) -> None:
    everybody = EVERYBODY.split()
    allowed = READS[address].split()
    found = {
        who: client_of(getattr(house, who))
        .get(address.format(**vars(house)), follow_redirects=True)
        .status_code
        for who in everybody
    }
    expected = {who: 200 if who in allowed else 404 for who in everybody}
    if address in {"/scorecards", "/targets"}:
        expected["director"] = 200
    found = {who: 404 if status == 403 else status for who, status in found.items()}
    assert found == expected


def test_a_rep_accepts_a_target_once(house: House, client_of: Browse, engine: Engine) -> None:
    browser = client_of(house.rep)
    answer = browser.post(f"/targets/{house.target}/accept", data={"version": 1})
    assert answer.status_code == 303
    assert [row.state for row in rows(engine, TargetRow) if row.id == house.target] == ["accepted"]
    again = browser.post(f"/targets/{house.target}/accept", data={"version": 1})
    assert again.status_code == 409
    assert "This target was accepted before." in text(again)
    assert client_of(house.stranger).post(
        f"/targets/{house.target}/accept", data={"version": 1}
    ).status_code == 404  # fmt: skip
    assert client_of(house.manager).post(
        f"/targets/{house.target}/accept", data={"version": 1}
    ).status_code == 403  # fmt: skip


def test_an_objection_without_words_is_asked_for_them(house: House, client_of: Browse) -> None:
    browser = client_of(house.rep)
    answer = browser.post(f"/targets/{house.target}/object", data={"version": 1, "words": ""})
    assert answer.status_code == 422
    assert "Say why, in a few words." in text(answer)
    answer = browser.post(
        f"/targets/{house.target}/object", data={"version": 1, "words": "Two accounts <left>"}
    )
    assert answer.status_code == 303
    said = text(client_of(house.manager).get(f"/targets/{house.target}"))
    assert "Two accounts &lt;left&gt;" in said
    assert "1 objection waits for an answer." in text(client_of(house.manager).get("/targets"))


def test_a_manager_revises_and_the_rep_is_asked_again(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser = client_of(house.manager)
    form = {"version": 1, "value": "45,000", "rationale": "Less two accounts", "reason": "Left"}
    bad = browser.post(f"/targets/{house.target}/revise", data=form | {"value": "many"})
    assert bad.status_code == 422
    assert "Less two accounts" in text(bad)
    good = browser.post(f"/targets/{house.target}/revise", data=form)
    assert good.status_code == 303
    (row,) = (row for row in rows(engine, TargetRow) if row.id == house.target)
    assert (row.value, row.revision, row.state) == (Decimal(45_000), 2, "set")
    late = browser.post(f"/targets/{house.target}/revise", data=form | {"value": "44,000"})
    assert late.status_code == 409


def test_a_target_is_set_for_a_named_period_or_for_dates(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser = client_of(house.manager)
    form = {"owner": f"person-{house.rep}", "rationale": "Plan", "value": "1200.50"}
    url = f"/targets/new?kpi={house.kpi}"
    assert browser.post(url, data=form | {"period": "2027-01"}).status_code == 303
    custom = {"start_on": "2027-02-01", "last_on": "2027-02-14"}
    assert browser.post(url, data=form | custom).status_code == 303
    assert browser.post(url, data=form).status_code == 422
    assert browser.post(url, data=form | custom | {"period": "2027-01"}).status_code == 422
    exists = browser.post(url, data=form | {"period": "2027-01"})
    assert exists.status_code == 409
    assert "already has a target" in text(exists)
    spans = {(row.period_start, row.period_end, row.period_kind) for row in rows(engine, TargetRow)}
    assert (date(2027, 2, 1), date(2027, 2, 15), "custom") in spans
    assert (date(2027, 1, 1), date(2027, 2, 1), "month") in spans
    other = form | {"owner": f"person-{house.stranger}", "period": "2027-01"}
    assert browser.post(url, data=other).status_code == 422


def test_a_plan_shares_a_total_out_and_sets_all_at_once(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser = client_of(house.director)
    url = f"/targets/plan?kpi={house.kpi}&team={house.team}&period=2027-Q1"
    page = browser.get(url)
    assert page.status_code == 200
    keys = [f"value_person_{number}" for number in (house.manager, house.rep)]
    shared = browser.post(
        url, data={"total": "100,001", "spread_by": "evenly", "spread": "Share out"}
    )
    assert shared.status_code == 200
    assert re.findall(r'name="value_person_\d+"[^>]*value="([^"]*)"', shared.text) == [
        "50000.50",
        "50000.50",
    ]
    before = len(rows(engine, TargetRow))
    bad = browser.post(url, data={keys[0]: "10", keys[1]: "x", "save": "Set targets"})
    assert bad.status_code == 422
    nothing_said = browser.post(url, data={keys[0]: "10", "save": "Set targets"})
    assert nothing_said.status_code == 422
    assert len(rows(engine, TargetRow)) == before
    done = browser.post(
        url,
        data={keys[0]: "10", keys[1]: "20", "rationale": "The plan", "save": "Set targets"},
    )
    assert done.status_code == 303
    assert len(rows(engine, TargetRow)) == before + 2


def grid_of(house: House) -> str:
    return f"/targets/grid?kpi={house.kpi}&team={house.team}&period=2026-Q4&columns=2"


def values_of(answer: TestResponse) -> dict[str, str]:
    fields = re.findall(r"<input[^>]*>", answer.text)
    pairs = [(re.search(r'name="(\w+)"', f), re.search(r'value="([^"]*)"', f)) for f in fields]
    return {n[1]: v[1] if v else "" for n, v in pairs if n and n[1].startswith("cell_")}


def test_a_grid_takes_what_was_pasted_and_says_what_has_no_place(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser, url = client_of(house.director), grid_of(house)
    before = len(rows(engine, TargetRow))
    table = f"\tQ1 2027\t2030-Q1\n{AWKWARD}\tplenty\t7\nManager\t1,200\t8\nZed\t1\t2"
    answer = browser.post(url, data={"pasted": table, "paste": "Fill in"})
    assert answer.status_code == 200
    cells = values_of(answer)
    assert cells[f"cell_person_{house.rep}_1"] == "plenty"
    assert cells[f"cell_person_{house.manager}_1"] == "1,200"
    said = text(answer)
    assert "2 cells were filled in. Nothing is saved yet." in said
    assert "2030-Q1" in said
    assert "Zed" in said
    assert "Not a number" in said
    assert len(rows(engine, TargetRow)) == before


def test_a_grid_with_a_cell_that_does_not_hold_saves_nothing_and_loses_nothing(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser, url = client_of(house.director), grid_of(house)
    before = len(rows(engine, TargetRow))
    sent = {
        f"cell_person_{house.rep}_1": "0",
        f"cell_person_{house.manager}_0": "1.234",
        f"cell_person_{house.manager}_1": "500",
        "rationale": "The plan",
        "save": "Set targets",
    }
    answer = browser.post(url, data=sent)
    assert answer.status_code == 422
    cells = values_of(answer)
    assert [cells[name] for name in list(sent)[:3]] == ["0", "1.234", "500"]
    assert "Nothing was saved: 2 cells do not hold." in text(answer)
    assert answer.text.count('aria-invalid="true"') == 2
    assert "The plan" in answer.text
    assert len(rows(engine, TargetRow)) == before


def test_a_grid_is_copied_from_the_period_before_times_a_factor(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser = client_of(house.director)
    url = f"/targets/grid?kpi={house.kpi}&team={house.team}&period=2027-Q1&columns=2"
    answer = browser.post(url, data={"factor": "1.1", "copy": "Copy"})
    rep = f"cell_person_{house.rep}"
    cells = values_of(answer)
    assert (cells[f"{rep}_0"], cells[f"{rep}_1"]) == ("55000.00", "60500.00")
    assert cells[f"cell_person_{house.manager}_0"] == ""
    kept = browser.post(url, data={"factor": "1.1", "copy": "Copy", f"{rep}_0": "10000"})
    cells = values_of(kept)
    assert (cells[f"{rep}_0"], cells[f"{rep}_1"]) == ("10000", "11000.00")
    done = browser.post(
        url,
        data={f"{rep}_0": "55,000", f"{rep}_1": "60,500", "rationale": "Plus a tenth", "save": "1"},
    )
    assert done.status_code == 303
    values = {
        row.period_start: row.value
        for row in rows(engine, TargetRow)
        if row.period_start > date(2026, 12, 1)
    }
    assert values == {date(2027, 1, 1): Decimal(55_000), date(2027, 4, 1): Decimal(60_500)}


def test_a_grid_says_by_how_much_the_parts_are_over_the_whole(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser, url = client_of(house.director), grid_of(house)
    sent = {
        f"cell_team_{house.team}_1": "100000",
        f"cell_person_{house.rep}_1": "60000",
        f"cell_person_{house.manager}_1": "45000",
    }
    said = text(browser.post(url, data=sent | {"copy": "Copy"}))
    assert "+5.0%" in said
    seen = browser.post(url, data=sent | {"rationale": "Plan", "save": "1"})
    assert seen.status_code == 303
    late = browser.post(
        url,
        data={f"cell_person_{house.rep}_1": "61000", f"seen_person_{house.rep}_1": "7",
              "rationale": "Plan", "save": "1"},
    )  # fmt: skip
    assert late.status_code == 409


def test_a_target_in_another_currency_is_shown_in_it_on_every_page(
    house: House, client_of: Browse, engine: Engine
) -> None:
    with unit(engine, writes=True) as session:
        session.get_one(TargetRow, house.target).currency = "EUR"
    browser, team = client_of(house.director), f"team={house.team}&period=2026-Q4"
    pages = {
        name: browser.get(address).get_data(as_text=True)
        for name, address in {
            "rep": f"/scorecards/people/{house.rep}?period=2026-Q4",
            "team": f"/scorecards/teams/{house.team}?period=2026-Q4",
            "plan": f"/targets/plan?kpi={house.kpi}&{team}",
            "grid": f"/targets/grid?kpi={house.kpi}&{team}",
            "list": "/targets",
            "one": f"/targets/{house.target}",
            "card": f"/figures/explain?metric=attainment&rep={house.rep}&period=2026-Q4",
        }.items()
    }
    assert {name for name, said in pages.items() if "€50,000" not in said} == set()
    assert {name for name, said in pages.items() if "$50,000" in said} == set()
    assert "The target is in EUR, the result in USD." in pages["card"]
    field = f"person_{house.rep}"
    assert f'name="value_{field}"' not in pages["plan"]
    assert f'name="cell_{field}_0"' not in pages["grid"]


def test_nobody_finds_the_own_cell_in_a_grid(house: House, client_of: Browse) -> None:
    cells = values_of(client_of(house.manager).get(grid_of(house)))
    assert f"cell_person_{house.rep}_0" in cells
    assert f"cell_person_{house.manager}_0" not in cells
    assert f"cell_team_{house.team}_0" not in cells


def test_a_kpi_is_defined_checked_and_activated(
    house: House, client_of: Browse, engine: Engine
) -> None:
    browser = client_of(house.operations)
    answer = browser.post("/kpis/new", data={"name": "Win rate", "metric": "win_rate"})
    assert answer.status_code == 303
    address = answer.location
    said = text(browser.get(address))
    assert "4 of the five letters do not hold yet." in said
    refused = browser.post(f"{address}/activate")
    assert refused.status_code == 409
    with unit(engine, writes=False) as session:
        goal = session.scalars(select(GoalRow.id)).first()
    whole = {
        "version": 1,
        "name": "Win rate",
        "metric": "win_rate",
        "specific": "Deals decided by our reps",
        "note": "As last year",
        "is_confirmed": "y",
        "goal_id": goal,
        "period_kind": "quarter",
        "weight": "37.5",
    }
    first = browser.post(f"{address}/edit", data=whole)
    assert first.status_code == 303
    with unit(engine, writes=False) as session:
        weights = session.scalars(select(KpiRow.weight_bp).where(KpiRow.name == "Win rate"))
        assert weights.all() == [3750]
    assert browser.post(f"{address}/edit", data=whole).status_code == 409
    assert browser.post(f"{address}/activate").status_code == 303
    assert "All five letters hold." in text(browser.get(address))
    emptied = browser.post(f"{address}/edit", data=whole | {"version": 3, "specific": ""})
    assert emptied.status_code == 422
    assert "This would not hold any more: Specific." in text(emptied)
    assert "All five letters hold." in text(browser.get(address))
    assert browser.post(f"{address}/retire").status_code == 303


def test_a_manager_defines_for_the_own_team_only(house: House, client_of: Browse) -> None:
    browser = client_of(house.manager)
    mine = {"name": "Ours", "team_id": house.team}
    assert browser.post("/kpis/new", data=mine).status_code == 303
    assert browser.post("/kpis/new", data={"name": "For all"}).status_code == 422
    theirs = {"name": "Theirs", "team_id": house.other}
    assert browser.post("/kpis/new", data=theirs).status_code == 422


def test_half_a_range_and_a_name_that_is_missing_are_refused(
    house: House, client_of: Browse
) -> None:
    browser = client_of(house.operations)
    half = {"name": "Cycle", "metric": "sales_cycle_days", "range_low": "20"}
    answer = browser.post("/kpis/new", data=half)
    assert answer.status_code == 422
    assert "A range has both ends." in text(answer)
    assert browser.post("/kpis/new", data={"name": ""}).status_code == 422


def test_a_goal_is_added_and_edited_once(house: House, client_of: Browse) -> None:
    browser = client_of(house.executive)
    assert browser.post("/goals/new", data={"name": "Fewer churned"}).status_code == 303
    assert browser.post("/goals/new", data={"name": "fewer CHURNED"}).status_code == 422
    said = text(browser.get("/goals"))
    assert "Fewer churned" in said


def test_an_answer_is_kept_with_its_words(house: House, client_of: Browse, engine: Engine) -> None:
    client_of(house.manager).post(f"/targets/{house.target}/comment", data={"words": "Questions?"})
    with unit(engine, writes=False) as session:
        kept = session.execute(select(TargetAnswerRow.kind, TargetAnswerRow.words)).all()
    assert [tuple(one) for one in kept] == [("comment", "Questions?")]


def test_the_tree_of_teams_opens_and_closes_by_its_address(house: House, client_of: Browse) -> None:
    browser = client_of(house.executive)

    def shown(query: str) -> tuple[list[str], list[str]]:
        page = browser.get(f"/scorecards/organisation?period=2026-Q4{query}").text
        panel = page.split('id="teams"')[1].split("</section>")[0]
        names = re.findall(r'href="/scorecards/teams/(\d+)[^"]*"><bdi>', panel)
        return names, re.findall(r'aria-expanded="(\w+)"[^>]*href="([^"]*)"', panel)[0]

    whole, (state, closing) = shown("")
    assert whole == [str(house.top), str(house.team), str(house.other)]
    assert state == "true"
    closed, (state, opening) = shown("&open=0")
    assert (closed, state) == ([str(house.top)], "false")
    assert "open=0" in closing
    assert f"open={house.top}" in opening
    assert shown(f"&open={house.top}-x-999999")[0] == whole
    assert shown("&open=all")[0] == whole


def test_only_who_sees_a_team_has_its_branch(house: House, client_of: Browse) -> None:
    manager = client_of(house.manager)
    assert manager.get("/scorecards/organisation").status_code == 303
    assert 'id="teams"' not in manager.get(f"/scorecards/teams/{house.team}?open=all").text
    assert manager.get(f"/scorecards/teams/{house.top}?open=all").status_code == 404
    above = client_of(house.director).get(f"/scorecards/teams/{house.top}").text
    assert 'id="teams"' in above
