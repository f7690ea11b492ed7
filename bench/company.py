"""A company of any size, from a seed: reps in teams, and deals that move from stage to stage for two years.

The caches are written straight beside the log, as a replay would write them. Of more than ``DRAWN`` deals
only so many are drawn; the others are copies of them, deal by deal with all that belongs to it, which the
database makes by itself: so a million take minutes and not an hour.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    String,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, DropIndex

from spm.adapters import migrations
from spm.adapters.database import open_engine, unit
from spm.domain.identity import LONGEST
from spm.domain.pipeline.days import days_of, days_text
from spm.models.identity import CredentialRow, SignInRow
from spm.models.organisation import (
    MembershipRow,
    OrganisationRow,
    PersonRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamHeadRow,
    TeamRow,
)
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealReachRow,
    DealRollupAllRow,
    DealRollupRow,
    DealRow,
    DealStateRow,
    PipelineRow,
    ProductRow,
    StageRow,
)
from spm.models.targets import GoalRow, KpiRow, TargetRow
from spm.services.identity.sign_in import digest_of
from spm.services.pipeline import rollup

NOW = datetime(2025, 12, 15, 12, tzinfo=UTC)
"""The clock of every measurement."""
START = date(2023, 12, 15)
DAYS = 730
REPS, TEAMS = 200, 12
STAGES = ("Prospecting", "Qualification", "Needs", "Proposal", "Negotiation", "Contract")
WON, LOST = len(STAGES) + 1, len(STAGES) + 2
"""Ids of the last two stages; those of the open ones are 1 to 6."""
PATIENCE = 140
"""Days from the first event of a deal to its last."""
FOREVER = "9999-12-31 00:00:00.000000"
CHUNK = 20_000
DRAWN = 100_000

REP, MANAGER, EXECUTIVE = 1, 10_001, 10_000
"""Ids of who looks at the pages: a rep, the head of a team, whoever may see everybody."""

KPIS = (
    ("won_revenue", "Won revenue", "won_revenue", None, "money"),
    ("won_deals", "Won deals", "won_deals", None, "count"),
    ("win_rate", "Win rate", "win_rate", None, "ratio"),
    ("average_deal_size", "Average deal size", "average_deal_size", None, "money"),
    ("open_pipeline", "Open pipeline", "open_pipeline", None, "money"),
    ("proposals", "Proposals", "deals_reaching_stage", 4, "count"),
)
"""Key, name, metric, stage and unit of what is measured: every kind of figure that a card shows."""


def found(url: str, *, deals: int, reps: int = REPS, teams: int = TEAMS, seed: int = 1) -> Engine:
    """Create a company in the empty database at ``url``; return its engine.

    Raises:
        ValueError: So many deals are no multiple of ``DRAWN``, and more.
    """
    drawn = min(deals, DRAWN)
    if deals % drawn:
        msg = f"more than {DRAWN:,} deals come in multiples of them"
        raise ValueError(msg)
    engine = open_engine(url)
    migrations.upgrade(engine)
    with unit(engine, writes=True) as session:
        _ground(session, reps, teams)
        _targets(session, reps, teams)
    fill(engine, deals=drawn, reps=reps, seed=seed)
    if deals > drawn:
        copy(engine, deals // drawn)
    _look_at_tables(engine)
    return engine


def token_of(person_id: int) -> str:
    """Return the session token that lets a person of this company in."""
    return f"bench-session-of-{person_id}"


def fill(engine: Engine, *, deals: int, reps: int, seed: int = 1) -> None:
    """Write the deals of a company with their log and caches."""
    chance = random.Random(seed)
    with _without_indexes(engine) as connection:
        for start in range(1, deals + 1, CHUNK):
            batch = _Batch()
            for number in range(start, min(start + CHUNK, deals + 1)):
                _deal(batch, chance, number, reps)
            for table, names, rows in batch.parts():
                load(connection, table, names, rows)
    with unit(engine, writes=True) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
        rollup.rebuild(session)


def copy(engine: Engine, times: int) -> None:
    """Make each deal ``times`` ones that differ in nothing but their ids and names."""
    with _without_indexes(engine) as connection:
        last = connection.scalar(select(func.max(DealRow.id))) or 0
        for shift in range(last, last * times, last):
            for table in _OF_DEALS:
                connection.execute(_copied(table, shift, last))
        for table in (DealRollupRow.__table__, DealRollupAllRow.__table__):
            _multiply(connection, table, times)


def _copied(table: Any, shift: int, last: int) -> Any:
    """Return the statement that copies what belongs to the first ``last`` deals."""
    own = table.c.id if table is DealRow.__table__ else table.c.deal_id
    names = [name for name in table.c.keys() if name != "id" or own.name == "id"]  # noqa: SIM118
    told: dict[str, Any] = {own.name: own + shift}
    if own.name == "id":
        number = cast(own + shift, String)
        told |= {"name": literal("Deal ") + number, "name_key": literal("deal ") + number}
    columns = [told.get(name, table.c[name]) for name in names]
    return insert(table).from_select(names, select(*columns).where(own <= last))


def _multiply(connection: Connection, table: Any, times: int) -> None:
    """Let the rollup count each deal so many times."""
    counted = {name: table.c[name] * times for name in ("deals", "priced", "amount_minor")}
    connection.execute(update(table).values(counted))
    key = [column.name for column in table.primary_key]
    told = connection.execute(select(table).where(table.c.days_taken != "")).mappings().all()
    longer = [
        {f"its_{name}": row[name] for name in key}
        | {"longer": days_text({day: n * times for day, n in days_of(row["days_taken"]).items()})}
        for row in told
    ]
    same = (table.c[name] == bindparam(f"its_{name}") for name in key)
    if longer:
        connection.execute(
            update(table).where(*same).values(days_taken=bindparam("longer")), longer
        )


def _look_at_tables(engine: Engine) -> None:
    """Let the database know how much there is of everything, as it does by itself after a while."""
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval('deal_id_seq', max(id)) FROM deal")
            connection.exec_driver_sql(
                "SELECT setval('deal_event_id_seq', max(id)) FROM deal_event"
            )
            connection.exec_driver_sql(
                "SELECT setval('deal_state_id_seq', max(id)) FROM deal_state"
            )
        connection.commit()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


def load(
    connection: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows the fastest way that the database knows: the bare bulk insert."""
    columns = ", ".join(names)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        cursor: Any = connection.connection.cursor()
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        cursor.close()
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()


_OF_DEALS: Sequence[Any] = tuple(
    model.__table__ for model in (DealRow, DealEventRow, DealStateRow, DealReachRow)
)


class _without_indexes:  # noqa: N801 - reads as what it is
    """A connection on which some tables have no indexes; they are made again at the end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.indexes = [index for table in _OF_DEALS for index in table.indexes]

    def __enter__(self) -> Connection:
        self.connection = self.engine.connect().execution_options(spm_writes=True)
        if self.engine.dialect.name == "sqlite":
            raw: Any = self.connection.connection.dbapi_connection
            raw.execute("PRAGMA synchronous=OFF")
            raw.execute("PRAGMA foreign_keys=OFF")
        else:
            self.connection.exec_driver_sql("SET session_replication_role = replica")
            self.connection.exec_driver_sql("SET statement_timeout = 0")
        for index in self.indexes:
            self.connection.execute(DropIndex(index, if_exists=True))
        return self.connection

    def __exit__(self, *_error: object) -> None:
        for index in self.indexes:
            self.connection.execute(CreateIndex(index))
        self.connection.commit()
        self.connection.invalidate()
        self.connection.close()


@dataclass
class _Batch:
    deals: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    states: list[tuple[Any, ...]] = field(default_factory=list)
    reaches: list[tuple[Any, ...]] = field(default_factory=list)

    def parts(self) -> Iterable[tuple[str, Sequence[str], Sequence[tuple[Any, ...]]]]:
        yield "deal", _DEAL, self.deals
        yield "deal_event", _EVENT, self.events
        yield "deal_state", _STATE, self.states
        yield "deal_reach", _REACH, self.reaches


_DEAL = (
    "id", "name", "name_key", "pipeline_id", "stage_id", "owner_id", "account_id", "product_id",
    "amount_minor", "currency", "lead_source", "next_step", "loss_reason", "expected_close_on",
    "opened_on", "closed_on", "stage_since_at", "created_at", "version",
)  # fmt: skip
_EVENT = (
    "deal_id", "kind", "occurred_at", "occurred_on", "recorded_at", "stage_id", "amount_minor",
    "currency", "owner_id", "account_id", "expected_close_on", "reason",
)  # fmt: skip
_STATE = (
    "deal_id", "from_at", "to_at", "is_dated", "pipeline_id", "stage_id", "stage_kind", "owner_id",
    "credited_owner_id", "account_id", "amount_minor", "currency", "expected_close_on",
    "opened_on", "closed_on",
)  # fmt: skip
_REACH = (
    "deal_id", "stage_id", "reached_at", "reached_on", "owner_id", "amount_minor", "currency",
    "outcome", "stay_days",
)  # fmt: skip

_DAYS = [(START + timedelta(days=day)).isoformat() for day in range(DAYS + 2 * PATIENCE)]
_TIMES = [f"{day} 00:00:00.000000" for day in _DAYS]
_KINDS = ["open"] * (len(STAGES) + 1) + ["won", "lost"]
_SOURCES = ("Referral", "Web", "Fair", "")


def _deal(batch: _Batch, chance: random.Random, number: int, reps: int) -> None:
    """4.6 moves on average: 45 in 100 are won, 40 are lost on the way, 15 still stand somewhere."""
    fate = chance.random()
    if fate < 0.45:
        path = [*range(1, WON + 1)]
    elif fate < 0.85:
        path = [*range(1, chance.randrange(3, WON + 1)), LOST]
    else:
        path = [*range(1, chance.randrange(2, WON))]
    is_open = path[-1] <= len(STAGES)
    first = DAYS - chance.randrange(8, PATIENCE) if is_open else chance.randrange(DAYS - PATIENCE)
    room = DAYS - first if is_open else PATIENCE
    days = [first, *(first + step for step in sorted(chance.sample(range(1, room), len(path) - 1)))]
    owner, minor = chance.randrange(1, reps + 1), chance.randrange(10_000, 5_000_000)
    account, product = 1 + number % 500, 1 + number % 20
    opened, last = _DAYS[days[0]], path[-1]
    closed = None if is_open else _DAYS[days[-1]]
    expected = _DAYS[days[0] + PATIENCE]
    name = f"Deal {number}"
    batch.deals.append((
        number, name, name.lower(), 1, last, owner, account, product, minor, "USD",
        _SOURCES[number % 4], "" if number % 3 else "Call", "Price" if last == LOST else "",
        expected, opened, closed, _TIMES[days[-1]], _TIMES[days[0]], 1,
    ))  # fmt: skip
    ends = [*(_TIMES[day] for day in days[1:]), FOREVER]
    nexts = [*days[1:], None]
    for at, stage, day, end in zip(range(len(path)), path, days, ends, strict=True):
        became: tuple[str | None, int | None] = (None, None)
        if stage <= len(STAGES):
            following = nexts[at]
            stayed = None if following is None else following - day
            is_lost = following is not None and path[at + 1] == LOST
            became = ("lost" if is_lost else "open" if following is None else "won", stayed)
        on, time = _DAYS[day], _TIMES[day]
        batch.events.append(
            (number, "created", time, on, time, stage, minor, "USD", owner, account, expected, "")
            if at == 0
            else (number, "stage", time, on, time, stage, None, None, None, None, None, "")
        )
        shut = None if stage <= len(STAGES) else on
        batch.states.append((
            number, time, end, True, 1, stage, _KINDS[stage], owner, owner, account, minor, "USD",
            expected, opened, shut,
        ))  # fmt: skip
        batch.reaches.append((number, stage, time, on, owner, minor, "USD", *became))


def _ground(session: Session, reps: int, teams: int) -> None:
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
    heads = {MANAGER - 1 + team: team for team in range(1, teams + 1)}
    people = [*range(1, reps + 1), EXECUTIVE, *heads]
    for number in people:
        name = f"{'Rep' if number <= reps else 'Head'} {number}"
        email = f"p{number}@example.com"
        session.add(
            PersonRow(
                id=number,
                name=name,
                name_key=name.casefold(),
                email=email,
                email_key=email,
                created_at=NOW,
            )
        )
    session.flush()
    for number in people:
        role = "rep" if number <= reps else "manager" if number in heads else "executive"
        session.add(RoleGrantRow(person_id=number, role=role, granted_at=NOW))
    for number in range(1, reps + 1):
        team = 1 + number % teams
        session.add(MembershipRow(person_id=number, team_id=team, recorded_at=NOW))
        session.add(
            ReportingLineRow(person_id=number, manager_id=MANAGER - 1 + team, recorded_at=NOW)
        )
    for number, team in heads.items():
        session.add(TeamHeadRow(person_id=number, team_id=team, recorded_at=NOW))
    for number in (REP, MANAGER + REP % teams, EXECUTIVE):
        session.add(CredentialRow(person_id=number, password_hash="-", changed_at=NOW))  # noqa: S106
        session.add(
            SignInRow(
                token_digest=digest_of(token_of(number)),
                person_id=number,
                started_at=NOW,
                seen_at=NOW,
                expires_at=NOW + LONGEST,
            )
        )
    _pipeline(session)


def _pipeline(session: Session) -> None:
    session.add(PipelineRow(id=1, name="Sales", name_key="sales"))
    for number in range(1, 501):
        name = f"Account {number}"
        session.add(AccountRow(id=number, name=name, name_key=name.casefold()))
    for number in range(1, 21):
        name = f"Product {number}"
        session.add(ProductRow(id=number, name=name, name_key=name.casefold()))
    session.flush()
    for position, name in enumerate((*STAGES, "Won", "Lost"), start=1):
        session.add(
            StageRow(
                id=position,
                pipeline_id=1,
                position=position,
                name=name,
                name_key=name.casefold(),
                kind=_KINDS[position],
                probability_bp=0 if position > len(STAGES) else position * 1500,
            )
        )
    session.flush()


def _targets(session: Session, reps: int, teams: int) -> None:
    goal = GoalRow(name="Grow", name_key="grow")
    session.add(goal)
    session.flush()
    for number, (key, name, metric, stage_id, counted_in) in enumerate(KPIS, start=1):
        session.add(
            KpiRow(
                id=number,
                key=key,
                name=name,
                state="active",
                metric=metric,
                stage_id=stage_id,
                unit=counted_in,
                currency="USD" if counted_in == "money" else None,
                direction="up",
                attainable_confirmed_at=NOW,
                goal_id=goal.id,
                period_kind="quarter",
                activated_at=NOW,
            )
        )
    session.flush()
    quarters = [(date(2024 + n // 4, 1 + 3 * (n % 4), 1)) for n in range(9)]
    owners: list[tuple[int | None, int | None]] = [(person, None) for person in range(1, reps + 1)]
    owners += [(None, team) for team in range(1, teams + 1)]
    rows = [
        {
            "kpi_id": kpi,
            "person_id": person,
            "team_id": team,
            "period_kind": "quarter",
            "period_start": start,
            "period_end": end,
            "value": Decimal(10_000_000 if kpi == 1 else 50),
            "currency": "USD" if kpi == 1 else None,
            "set_at": NOW,
            "state": "set",
            "revision": 1,
            "version": 1,
            "rationale": "",
        }
        for kpi in (1, 2, 6)
        for person, team in owners
        for start, end in pairwise(quarters)
    ]
    session.execute(insert(TargetRow), rows)
