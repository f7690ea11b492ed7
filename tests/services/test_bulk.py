"""Many rows in one statement."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.models.pipeline import StageRow
from spm.services.bulk import pour
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
