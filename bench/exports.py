"""Files as a CRM exports them: a company's people, accounts, deals and the history of their stages."""

import csv
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Proposal/Price Quote",
    "Negotiation/Review",
)
WON, LOST = "Closed Won", "Closed Lost"
REPS, TEAMS, ACCOUNTS = 200, 12, 500
LAST = datetime(2025, 12, 14)  # noqa: DTZ001 - the files say UTC by their layout
DAYS = 730
PATIENCE = 140
"""Days from the first move of a deal to its last."""

Row = tuple[Any, ...]

_PEOPLE = ("Id", "Username", "Name", "Email", "Title", "ManagerId")
_ACCOUNTS = ("Id", "Name", "Industry", "BillingCity", "BillingCountry")
_DEALS = (
    "Id", "IsDeleted", "AccountId", "Name", "StageName", "StageSortOrder", "Amount", "Probability",
    "CloseDate", "LeadSource", "NextStep", "IsClosed", "IsWon", "OwnerId", "CreatedDate",
    "LastStageChangeDate", "CurrencyIsoCode",
)  # fmt: skip
_MOVES = (
    "Id", "OpportunityId", "CreatedById", "CreatedDate", "StageName", "Amount", "CloseDate",
    "IsDeleted",
)  # fmt: skip
_SOURCES = ("Referral", "Web", "Fair", "")


def write_export(folder: Path, *, deals: int, seed: int = 1) -> int:
    """Write what Salesforce's Data Export would hold of a company; return how many rows that is.

    A deal moves 4.6 times on average: 45 in 100 are won, 40 are lost on the way, 15 still stand
    somewhere. Rows of the history come in the order of their instants, not of their deals.
    """
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    _write(folder / "User.csv", _PEOPLE, _people())
    _write(folder / "Account.csv", _ACCOUNTS, _accounts())
    rows: list[Row] = []
    moves: list[Row] = []
    for number in range(1, deals + 1):
        _deal(chance, number, rows, moves)
    moves.sort(key=lambda move: (move[3], move[0]))
    _write(folder / "Opportunity.csv", _DEALS, rows)
    _write(folder / "OpportunityHistory.csv", _MOVES, moves)
    return REPS + TEAMS + ACCOUNTS + len(rows) + len(moves)


def _write(path: Path, header: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:015d}"


def _people() -> list[Row]:
    heads = [
        (_id("005", REPS + n), f"head{n}", f"Head {n}", f"head{n}@example.com", "Manager", "")
        for n in range(1, TEAMS + 1)
    ]
    reps = [
        (
            _id("005", n),
            f"rep{n}",
            f"Rep {n}",
            f"rep{n}@example.com",
            "Sales",
            _id("005", REPS + 1 + n % TEAMS),
        )
        for n in range(1, REPS + 1)
    ]
    return heads + reps


def _accounts() -> list[Row]:
    return [
        (_id("001", n), f"Account {n}", "Machines", "Lyon", "France")
        for n in range(1, ACCOUNTS + 1)
    ]


def _path(chance: random.Random) -> list[str]:
    fate = chance.random()
    if fate < 0.45:
        return [*STAGES, WON]
    if fate < 0.85:
        return [*STAGES[: chance.randrange(2, len(STAGES) + 1)], LOST]
    return [*STAGES[: chance.randrange(1, len(STAGES) + 1)]]


def _deal(chance: random.Random, number: int, rows: list[Row], moves: list[Row]) -> None:
    path = _path(chance)
    is_open = path[-1] in STAGES
    first = DAYS - chance.randrange(8, PATIENCE) if is_open else chance.randrange(DAYS - PATIENCE)
    room = DAYS - first if is_open else PATIENCE
    steps = [0, *sorted(chance.sample(range(1, room), len(path) - 1))]
    begin = LAST - timedelta(days=DAYS - first, minutes=chance.randrange(1, 600))
    at = [begin + timedelta(days=step) for step in steps]
    expected = begin.date() + timedelta(days=PATIENCE)
    owner, key = _id("005", 1 + chance.randrange(REPS)), _id("006", number)
    amount = f"{chance.randrange(10_000, 5_000_000) / 100:.2f}"
    closed: date = expected if is_open else at[-1].date()
    texts = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in at]
    rows.append((
        key, 0, _id("001", 1 + number % ACCOUNTS), f"Deal {number}", path[-1], "", amount, "",
        closed.isoformat(), _SOURCES[number % 4], "" if number % 3 else "Call",
        int(not is_open), int(path[-1] == WON), owner, texts[0], texts[-1], "USD",
    ))  # fmt: skip
    for place, (stage, moment) in enumerate(zip(path, texts, strict=True)):
        day = (closed if place == len(path) - 1 else expected).isoformat()
        moves.append((
            _id("008", number * 10 + place), key, owner, moment, stage, amount, day, 0,
        ))  # fmt: skip
