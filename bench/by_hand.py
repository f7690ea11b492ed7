"""The best SQL that we know how to write for the figures of a page, over the same database.

It is what a page could cost at least if it were nothing but its figures: the tables that the product
keeps are used as they are. Nobody changes team in the company of ``bench.company``, so a team is its
people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, text

from bench.clock import best_of
from bench.company import NOW, REP, TEAMS
from spm.domain.period import EVER, NEVER

REP_OWNS = "owner_id = :rep"
TEAM_OWNS = "owner_id IN (SELECT person_id FROM membership WHERE team_id = :team)"
MY_TEAM = 1 + REP % TEAMS
TODAY = NOW.date()


@dataclass(frozen=True, slots=True)
class Asked:
    """A card: its quarter, the quarters before it that a trend shows, and the year of its rates.

    Attributes:
        first: The first of the month as of whose beginning it is asked; None where that is now.
    """

    start: date
    end: date
    trend: date
    year_start: date
    year_end: date
    first: date | None = None


THIS_QUARTER = Asked(
    date(2025, 10, 1),
    date(2026, 1, 1),
    date(2024, 1, 1),
    date(2024, 12, 16),
    TODAY + timedelta(days=1),
)
QUARTER_OVER = Asked(
    date(2025, 7, 1),
    date(2025, 10, 1),
    date(2023, 10, 1),
    date(2024, 10, 1),
    date(2025, 10, 1),
    date(2025, 10, 1),
)


def rep_card(asked: Asked) -> list[str]:
    """A rep's figures and trends, and both rates and days of the ladder with the team's beside."""
    return [
        _cells(REP_OWNS, ("state", "reach", "due"), "trend"),
        *_ladder(REP_OWNS, asked),
        *_ladder(TEAM_OWNS, asked),
        _cells(TEAM_OWNS, ("state",), "year"),
        *_decided(REP_OWNS, asked),
        *_decided(TEAM_OWNS, asked),
        _waiting(REP_OWNS),
        "SELECT * FROM target WHERE person_id = :rep AND period_end > :trend",
    ]


def team_card(asked: Asked) -> list[str]:
    """The figures of a team and of each of its people, its ladder and everybody's beside."""
    return [
        _cells(TEAM_OWNS, ("state", "reach", "due"), "card", "owner_id, "),
        *_ladder(TEAM_OWNS, asked),
        *_ladder(None, asked),
        _cells(TEAM_OWNS, ("state",), "year", "" if asked.first else "owner_id, "),
        _cells(None, ("state",), "year"),
        *_decided(TEAM_OWNS, asked, "credited_owner_id, "),
        _waiting(TEAM_OWNS),
        (
            "SELECT * FROM target WHERE period_start >= :start AND period_end <= :end"
            f" AND (team_id = :team OR person_id IN ({_members()}))"
        ),
    ]


def organisation_card(asked: Asked) -> list[str]:
    """The figures of everybody and of each team, and everybody's ladder."""
    by_team = (
        "SELECT m.team_id, r.fact, r.stage_id, r.stage_kind, r.month_on, r.currency,"
        f" {_SUMS} FROM deal_rollup r JOIN membership m ON m.person_id = r.owner_id"
        f" WHERE r.fact IN ('state', 'reach', 'due') AND {_SINCE}"
        " AND (r.month_on = :ever OR r.month_on >= :start AND r.month_on < :end)"
        " GROUP BY 1, 2, 3, 4, 5, 6"
    )
    decided_by_team = (
        f"SELECT m.team_id, r.stage_kind, {_SUMS} FROM deal_rollup r"
        f" JOIN membership m ON m.person_id = r.owner_id WHERE r.fact = 'state' AND {_SINCE}"
        " AND r.month_on >= :year_month AND r.month_on < :year_last GROUP BY 1, 2"
    )
    trends = (
        f"SELECT m.team_id, r.month_on, r.currency, {_SUMS} FROM deal_rollup r"
        f" JOIN membership m ON m.person_id = r.owner_id WHERE r.fact = 'state' AND {_SINCE}"
        " AND r.stage_kind = 'won' AND r.month_on >= :trend AND r.month_on < :end GROUP BY 1, 2, 3"
    )
    return [
        by_team,
        *(() if asked.first else (decided_by_team,)),
        trends,
        *_decided("true", asked, "team_id, ", " JOIN membership ON person_id = credited_owner_id"),
        *(
            f"SELECT count(*) FROM deal d WHERE {_OPEN} AND {one}"
            for one in ("expected_close_on < :today", "next_step = ''", "amount_minor IS NULL")
        ),
        _cells(None, ("state", "reach", "due"), "card"),
        *_ladder(None, asked),
        _cells(None, ("state",), "year"),
        "SELECT * FROM target WHERE period_start >= :start AND period_end <= :end",
    ]


_LINE = (
    "SELECT d.*, s.name, s.kind, p.name, a.name, g.name FROM deal d"
    " JOIN stage s ON s.id = d.stage_id JOIN person p ON p.id = d.owner_id"
    " LEFT JOIN account a ON a.id = d.account_id LEFT JOIN product g ON g.id = d.product_id"
)
_OPEN = "d.stage_id <= 6"
"""The open stages of ``bench.company``."""

BOARD = [
    (
        "SELECT stage_id, currency, count(*), count(amount_minor), sum(amount_minor) FROM deal d"
        f" WHERE owner_id = :rep AND {_OPEN} GROUP BY 1, 2"
    ),
    (
        "SELECT stage_id, currency, count(*), count(amount_minor), sum(amount_minor) FROM deal"
        " WHERE owner_id = :rep AND stage_id > 6 AND closed_on >= :lately GROUP BY 1, 2"
    ),
    *(
        f"{_LINE} WHERE d.owner_id = :rep AND d.stage_id = {stage}"
        " ORDER BY d.expected_close_on, d.id LIMIT 12"
        for stage in range(1, 7)
    ),
    *(
        f"{_LINE} WHERE d.owner_id = :rep AND d.stage_id = {stage} AND d.closed_on >= :lately"
        " ORDER BY d.closed_on DESC LIMIT 12"
        for stage in (7, 8)
    ),
]
LIST_OF_REP = [
    (
        "SELECT currency, count(*), count(amount_minor), sum(amount_minor) FROM deal d"
        f" WHERE owner_id = :rep AND {_OPEN} GROUP BY 1"
    ),
    f"{_LINE} WHERE d.owner_id = :rep AND {_OPEN} ORDER BY d.expected_close_on, d.id LIMIT 50",
]
_DAYS_LEFT_OUT = "(to_on > from_on OR from_on = :ever)"


def list_of_everybody(*, is_open: bool) -> list[str]:
    """The deals of everybody by when they are expected to close, with what they come to."""
    stages = range(1, 7 if is_open else 9)
    which = ", ".join(map(str, stages))
    first = " UNION ALL ".join(
        "SELECT * FROM (SELECT id, expected_close_on FROM deal"
        f" WHERE stage_id = {stage} ORDER BY 2, 1 LIMIT 50) AS of_{stage}"
        for stage in stages
    )
    return [
        (
            "SELECT currency, sum(deals), sum(priced), sum(amount_minor) FROM deal_rollup_all"
            f" WHERE fact = 'state' AND since_on = :never AND stage_id IN ({which})"
            f" AND {_DAYS_LEFT_OUT} GROUP BY 1"
        ),
        (
            f"{_LINE} WHERE d.id IN (SELECT id FROM ({first}) AS firsts"
            " ORDER BY expected_close_on, id LIMIT 50)"
        ),
    ]


DEAL = [
    f"{_LINE} WHERE d.id = 1",
    "SELECT * FROM deal_event WHERE deal_id = 1 ORDER BY id",
    "SELECT * FROM deal_line WHERE deal_id = 1",
    "SELECT * FROM stage WHERE pipeline_id = 1 ORDER BY position",
]

_SINCE = "(since_on = :never OR since_on >= :first)"
_SIGN = "CASE WHEN since_on = :never THEN 1 ELSE -1 END"
_SUMS = ", ".join(f"sum({_SIGN} * {name})" for name in ("deals", "priced", "amount_minor"))


def _members() -> str:
    return "SELECT person_id FROM membership WHERE team_id = :team"


_REACHES_BACK = {
    "trend": ":trend AND {month} < :end",
    "year": ":year_month AND {month} < :year_last",
    "card": ":start AND {month} < :end",
}


def _cells(owns: str | None, facts: Sequence[str], back: str, by: str = "") -> str:
    month = "from_on" if owns is None else "month_on"
    table = "deal_rollup_all" if owns is None else "deal_rollup"
    among = ", ".join(f"'{fact}'" for fact in facts)
    whose = f" AND {_DAYS_LEFT_OUT}" if owns is None else f" AND {owns}"
    within = f"{month} >= " + _REACHES_BACK[back].format(month=month)
    return (
        f"SELECT {by}fact, stage_id, stage_kind, {month}, currency, {_SUMS} FROM {table}"
        f" WHERE fact IN ({among}) AND {_SINCE}{whose} AND ({month} = :ever OR {within})"
        f" GROUP BY {by}fact, stage_id, stage_kind, {month}, currency"
    )


def _ladder(owns: str | None, asked: Asked) -> list[str]:
    """What went on, was lost or is open per stage in a year, and the days to the win."""
    month = "from_on" if owns is None else "month_on"
    table = "deal_rollup_all" if owns is None else "deal_rollup"
    whose = f"{_DAYS_LEFT_OUT} AND" if owns is None else f"{owns} AND"
    within = f"{month} >= :year_month AND {month} < :year_last"
    found = [
        (
            f"SELECT stage_id, stage_kind, sum({_SIGN} * deals) FROM {table}"
            f" WHERE {whose} fact = 'stay' AND {_SINCE} AND {within} GROUP BY 1, 2"
        ),
        (
            f"SELECT stage_id, days_taken FROM {table}"
            f" WHERE {whose} fact = 'cycle' AND {_SINCE} AND {within}"
        ),
    ]
    if asked.first is not None:
        return found
    edge = "{on} >= :year_month AND {on} < :year_start"
    if owns is None:
        days = edge.format(on="from_on")
        return [
            *found,
            (
                "SELECT fact, stage_id, stage_kind, deals, days_taken FROM deal_rollup_all"
                f" WHERE fact IN ('stay', 'cycle') AND since_on = :never AND from_on = to_on AND {days}"
            ),
        ]
    won = (
        "SELECT r.stage_id, s.closed_on, r.reached_on, count(*) FROM deal_state s"
        " JOIN deal_reach r ON r.deal_id = s.deal_id"
        f" WHERE s.credited_{owns} AND s.stage_kind = 'won'"
        f" AND {edge.format(on='s.closed_on')} GROUP BY 1, 2, 3"
    )
    return [
        *found,
        (
            "SELECT stage_id, outcome, count(*) FROM deal_reach"
            f" WHERE {owns} AND outcome IS NOT NULL AND {edge.format(on='reached_on')} GROUP BY 1, 2"
        ),
        won,
    ]


def _decided(owns: str, asked: Asked, by: str = "", joined: str = "") -> list[str]:
    """Return what was won and lost in the days by which the year of a rate as of now is cut."""
    if asked.first is not None:
        return []
    whose = "true" if owns == "true" else f"credited_{owns}"
    found = (
        f"SELECT {by}stage_kind, currency, count(*), sum(amount_minor) FROM deal_state{joined}"
        f" WHERE {whose} AND stage_kind IN ('won', 'lost') AND closed_on >= :year_month"
        f" AND closed_on < :year_start GROUP BY {by}stage_kind, currency"
    )
    return [found]


def _waiting(owns: str) -> str:
    """Return the counts of open deals that wait for somebody, which stand beside a card."""
    return (
        "SELECT count(CASE WHEN expected_close_on < :today THEN 1 END),"
        " count(CASE WHEN next_step = '' THEN 1 END),"
        f" count(CASE WHEN amount_minor IS NULL THEN 1 END) FROM deal d WHERE {owns} AND {_OPEN}"
    )


def seconds(engine: Engine, statements: Sequence[str], asked: Asked = THIS_QUARTER) -> float:
    """Return how long the statements take one after the other, every row fetched: best of several."""
    values = _values(engine, asked)
    compiled = [text(statement) for statement in statements]
    wanted = [
        {name: value for name, value in values.items() if f":{name}" in statement}
        for statement in statements
    ]

    def ask() -> None:
        with engine.connect() as connection:
            for statement, parameters in zip(compiled, wanted, strict=True):
                connection.execute(statement, parameters).all()

    ask()
    return best_of(ask, times=5)


def _values(engine: Engine, asked: Asked) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "rep": REP,
        "team": MY_TEAM,
        "ever": EVER,
        "never": NEVER,
        "first": asked.first or NEVER,
        "start": asked.start,
        "end": asked.end,
        "trend": asked.trend,
        "year_start": asked.year_start,
        "year_month": asked.year_start.replace(day=1),
        "year_last": asked.year_end,
        "lately": TODAY - timedelta(days=29),
        "today": TODAY,
    }
    if engine.dialect.name == "sqlite":
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
        }
    return values
