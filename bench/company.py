"""A company of any size, from a seed: reps in teams, and deals that open and close for two years."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from spm.adapters import migrations
from spm.adapters.database import open_engine, unit
from spm.models.organisation import MembershipRow, OrganisationRow, PersonRow, TeamRow
from spm.models.pipeline import DealRow, DealStateRow, PipelineRow, StageRow

START = date(2024, 1, 1)
DAYS = 730
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
RECORDED = datetime(2026, 1, 1, tzinfo=UTC)


def found(url: str, *, deals: int, reps: int = 40, teams: int = 4, seed: int = 1) -> Engine:
    """Create a company in the empty database at ``url``; return its engine."""
    engine = open_engine(url)
    migrations.upgrade(engine)
    with unit(engine, writes=True) as session:
        stages = _ground(session, reps, teams)
        chance = random.Random(seed)
        rows = [_deal(chance, number, reps, stages) for number in range(1, deals + 1)]
        session.execute(insert(DealRow), [deal for deal, _ in rows])
        session.execute(insert(DealStateRow), [state for _, states in rows for state in states])
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    return engine


def _ground(session: Session, reps: int, teams: int) -> dict[str, int]:
    session.add(
        OrganisationRow(
            id=1,
            name="Bench",
            time_zone="UTC",
            currency="USD",
            fiscal_start_month=1,
            locale="en",
            is_fiscal_start_chosen=True,
            is_set_up=True,
        )
    )
    for number in range(1, teams + 1):
        session.add(TeamRow(id=number, name=f"Team {number}", name_key=f"team {number}"))
    session.flush()
    for number in range(1, reps + 1):
        name = f"Rep {number}"
        session.add(PersonRow(id=number, name=name, name_key=name.casefold(), created_at=RECORDED))
        session.flush()
        team = 1 + number % teams
        session.add(MembershipRow(person_id=number, team_id=team, recorded_at=RECORDED))
    session.add(PipelineRow(id=1, name="Sales", name_key="sales"))
    session.flush()
    stages = {}
    for position, (name, kind) in enumerate(
        (("prospecting", "open"), ("proposal", "open"), ("won", "won"), ("lost", "lost")), start=1
    ):
        session.add(
            StageRow(
                id=position,
                pipeline_id=1,
                position=position,
                name=name,
                name_key=name,
                kind=kind,
                probability_bp=0,
            )
        )
        stages[name] = position
    session.flush()
    return stages


def _deal(
    chance: random.Random, number: int, reps: int, stages: dict[str, int]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    opened = START + timedelta(days=chance.randrange(DAYS))
    closed = opened + timedelta(days=chance.randrange(1, 140))
    kind = chance.choice(("won", "won", "lost", "open"))
    owner, minor = chance.randrange(1, reps + 1), chance.randrange(10_000, 5_000_000)
    stage = stages["proposal" if kind == "open" else kind]
    common = {"pipeline_id": 1, "owner_id": owner, "amount_minor": minor, "currency": "USD"}
    last_day = None if kind == "open" else closed
    deal = {
        **common,
        "id": number,
        "name": f"Deal {number}",
        "name_key": f"deal {number}",
        "stage_id": stage,
        "opened_on": opened,
        "closed_on": last_day,
        "created_at": RECORDED,
        "version": 1,
    }
    state = {
        **common,
        "deal_id": number,
        "credited_owner_id": owner,
        "is_dated": True,
        "opened_on": opened,
        "stage_id": stages["proposal"],
        "stage_kind": "open",
        "closed_on": None,
        "from_at": _midnight(opened),
        "to_at": FOREVER,
    }
    if last_day is None:
        return deal, [state]
    end = {"stage_id": stage, "stage_kind": kind, "closed_on": closed, "from_at": _midnight(closed)}
    return deal, [{**state, "to_at": _midnight(closed)}, {**state, **end}]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
