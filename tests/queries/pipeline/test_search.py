"""Search: every script, nothing out of sight, no pattern of the reader's own, no scan where an index will do."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.text import fold
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealRow, StageRow
from spm.queries.pipeline.search import MOST, Found, search
from spm.services.work import Work
from tests.builders import a_deal, a_person, a_pipeline, an_account
from tests.conftest import NOW

WorkAs = Callable[[int], Work]


@dataclass
class House:
    people: dict[str, PersonRow]
    stages: dict[str, StageRow]


@pytest.fixture
def house(session: Session) -> House:
    manager = a_person(session, "Mia Moor", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita Rep", manager=manager),
        "other": a_person(session, "Otto"),
        "operations": a_person(session, "Olga", Role.OPERATIONS),
        "administrator": a_person(session, "Ada", Role.ADMINISTRATOR),
    }
    _, stages = a_pipeline(session)
    for who, name in (
        ("rep", "Зоря Оптика · поставка"),
        ("rep", "北日本精機 更新"),
        ("rep", "ＡＢＣ renewal"),
        ("rep", "100% off_season"),
        ("other", "Secret plan"),
    ):
        deal = a_deal(session, people[who], stages["Proposal"], name=name)
        deal.name_key = fold(name)
    account = an_account(session, "Straße & Co")
    account.name_key = fold(account.name)
    a_deal(session, people["rep"], stages["Won"], name="Lamps").account_id = account.id
    session.flush()
    return House(people, stages)


def found(work: Work, text: str) -> Found:
    return search(work.session, work.actor, text, work.today)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("зоря", ["Зоря Оптика · поставка"]),
        ("ЗОРЯ", ["Зоря Оптика · поставка"]),
        ("Поставка Зоря", ["Зоря Оптика · поставка"]),
        ("北日本", ["北日本精機 更新"]),
        ("更新", ["北日本精機 更新"]),
        ("abc", ["ＡＢＣ renewal"]),
        ("RENEWAL", ["ＡＢＣ renewal"]),
        ("strasse", ["Lamps"]),
        ("100%", ["100% off_season"]),
        ("0% o", ["100% off_season"]),
        ("%", ["100% off_season"]),
        ("_", ["100% off_season"]),
        ("10_%", []),
        ("\\", []),
        ("/", []),
        ("secret", []),
        ("", []),
        ("   ", []),
    ],
)
def test_it_finds_deals_by_the_words_of_their_names(
    house: House, work_as: WorkAs, text: str, names: list[str]
) -> None:
    assert [hit.name for hit in found(work_as(house.people["rep"].id), text).deals] == names


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("rep", False),
        ("manager", False),
        ("other", True),
        ("operations", True),
        ("administrator", False),
    ],
)
def test_it_finds_nothing_out_of_sight(house: House, work_as: WorkAs, who: str, sees: bool) -> None:
    result = found(work_as(house.people[who].id), "secret")
    assert [hit.name for hit in result.deals] == (["Secret plan"] if sees else [])
    assert not result.has_more_deals


def test_people_are_everybody_s_and_accounts_not_the_administrator_s(
    house: House, work_as: WorkAs
) -> None:
    administrator = found(work_as(house.people["administrator"].id), "o")
    assert {hit.name for hit in administrator.people} == {"Mia Moor", "Otto", "Olga"}
    assert administrator.accounts == ()
    assert [hit.name for hit in found(work_as(house.people["rep"].id), "straße").accounts] == [
        "Straße & Co"
    ]


def test_it_shows_few_and_says_that_there_are_more(
    session: Session, house: House, work_as: WorkAs
) -> None:
    for number in range(MOST + 1):
        a_deal(session, house.people["rep"], house.stages["Proposal"], name=f"Many {number}")
    result = found(work_as(house.people["rep"].id), "many")
    assert (len(result.deals), result.has_more_deals) == (MOST, True)
    hidden = found(work_as(house.people["other"].id), "many")
    assert (hidden.deals, hidden.has_more_deals) == ((), False)


@pytest.mark.sqlite
def test_what_begins_with_the_words_comes_by_the_index(
    session: Session, house: House, work_as: WorkAs
) -> None:
    for number in range(MOST + 1):
        a_deal(session, house.people["rep"], house.stages["Proposal"], name=f"many {number}")
    work = work_as(house.people["operations"].id)
    asked: list[tuple[str, object]] = []

    def note(
        _conn: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        asked.append((statement, parameters))

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    found(work, "many")
    event.remove(bind, "before_cursor_execute", note)
    ways = [each for each in asked if "FROM deal" in each[0] and "JOIN" in each[0]]
    assert ways
    for statement, parameters in ways:
        plan = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}",
            parameters,  # type: ignore[arg-type]
        )
        told = " ".join(str(row[-1]) for row in plan)
        assert "SCAN deal" not in told, told


@pytest.mark.postgres
@pytest.mark.parametrize("who", ["operations", "rep"])
def test_postgresql_answers_by_the_letters_as_well(
    session: Session, house: House, who: str
) -> None:
    stage = house.stages["Proposal"]
    plain = {
        "stage_id": stage.id,
        "pipeline_id": stage.pipeline_id,
        "owner_id": house.people["rep"].id,
        "currency": "USD",
        "created_at": NOW,
    }
    names = [f"{number * 7919 % 5000:04} deal" for number in range(5000)]
    session.execute(insert(DealRow), [plain | {"name": name, "name_key": name} for name in names])
    session.execute(text("ANALYZE deal"))
    owner = "" if who == "operations" else f"owner_id = {house.people['rep'].id} AND "
    told = session.execute(
        text(f"EXPLAIN SELECT id FROM deal WHERE {owner}name_key LIKE '0042' || '%' ESCAPE '/'")
    ).scalars()
    plan = " ".join(told)
    assert "name_key on deal" in plan, plan
    assert "(name_key)::text ~>=~ '0042'" in plan, plan
