"""Many rows in one statement."""

from datetime import UTC, date, datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, Table, make_url, select
from sqlalchemy.orm import Session

from spm.models.pipeline import DealEventRow, StageRow
from spm.services.bulk import converter, pour
from tests.builders import a_pipeline

NAMES = (
    "position", "pipeline_id", "name", "name_key", "kind", "probability_bp", "entry_criteria",
    "exit_criteria", "is_active",
)  # fmt: skip


def test_a_column_that_is_left_out_gets_what_the_database_gives_it(session: Session) -> None:
    """``is_gated`` has a default in Python and in the database; what is poured has only the latter."""
    pipeline, _ = a_pipeline(session)
    count = 150  # more than one statement of SQLite holds, and a rest
    rows = [
        (100 + n, pipeline.id, f"Stage {n}", f"stage {n}", "open", 0, "", "", True)
        for n in range(count)
    ]
    pour(session, StageRow, NAMES, rows)

    found = session.execute(
        select(StageRow.position, StageRow.name, StageRow.is_gated, StageRow.expected_days)
        .where(StageRow.position >= 100)
        .order_by(StageRow.position)
    )
    wanted = [(100 + n, f"Stage {n}", False, None) for n in range(count)]
    assert [tuple(row) for row in found] == wanted


DIALECTS = tuple(make_url(url).get_dialect()() for url in ("sqlite://", "postgresql+psycopg://"))
INSTANTS = st.none() | st.datetimes(
    timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")])
)


@given(instants=st.lists(INSTANTS), days=st.lists(st.none() | st.dates()))
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_days_and_instants_are_poured_as_their_types_write_them(
    dialect: Dialect, instants: list[datetime | None], days: list[date | None]
) -> None:
    """What SQLAlchemy hands to the driver for the same column; the driver writes a day down itself."""
    event = cast("Table", DealEventRow.__table__)
    for name, values in (("occurred_at", instants), ("occurred_on", days)):
        convert = converter(event, name, dialect)
        one = event.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        wanted = [value if one is None else one(value) for value in values]
        assert list(values if convert is None else convert(values)) == wanted


def test_an_instant_without_a_zone_is_not_poured() -> None:
    event = cast("Table", DealEventRow.__table__)
    for dialect in DIALECTS:
        convert = converter(event, "occurred_at", dialect)
        assert convert is not None
        with pytest.raises(ValueError, match="naive"):
            list(convert([datetime(2026, 11, 18)]))  # noqa: DTZ001
