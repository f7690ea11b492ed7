"""The shared data sets, loaded whole and twice."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.models.organisation import OfficeRow, PersonRow, TeamRow
from spm.models.pipeline import AccountRow, DealLineRow, DealRow, ProductRow, StageRow
from spm.models.targets import TargetRow
from tests.imports import business, import_set

pytestmark = [pytest.mark.shared, pytest.mark.slow]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_maven_loads_whole_and_a_second_time_changes_nothing(
    session: Session, shared: Path
) -> None:
    folder = shared / "data" / "maven_crm"
    outcome = import_set(session, folder)
    assert outcome.refused == 0
    models = (PersonRow, TeamRow, OfficeRow, AccountRow, ProductRow, DealRow)
    assert [count(session, model) for model in models] == [41, 6, 3, 85, 7, 8800]
    stages = session.execute(
        select(StageRow.name, func.count()).join(DealRow).group_by(StageRow.name)
    )
    assert dict(stages.tuples().all()) == Counter(
        Won=4238, Lost=2473, Engaging=1589, Prospecting=500
    )
    assert {left.file for left in outcome.left_out} >= {"data_dictionary.csv"}
    before = business(session)
    import_set(session, folder)
    assert business(session) == before


def test_adventureworks_loads_whole_and_a_second_time_changes_nothing(
    session: Session, shared: Path
) -> None:
    folder = shared / "data" / "adventureworks_targets"
    outcome = import_set(session, folder)
    assert (outcome.refused, outcome.warnings) == (0, ())
    models = (PersonRow, TeamRow, AccountRow, ProductRow, DealRow, DealLineRow, TargetRow)
    assert [count(session, model) for model in models] == [18, 0, 701, 397, 3616, 57851, 809]
    assert session.scalar(select(func.sum(DealRow.amount_minor))) == 7_754_857_020
    before = business(session)
    import_set(session, folder)
    assert business(session) == before
