"""Open deals counted by when they are expected to close, and indexes for lists of deals.

The rollup is a cache: it is left empty, and filled by the release that brings the database here.

Revision: 20261125_deal_counts.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_deal_counts"
down_revision = "20261125_mappings"
branch_labels = None
depends_on = None

OLD = "ix_deal_owner_id_stage_id"
COUNTS = "ix_deal_owner_id_and_what_counts"
EXPECTED = "ix_deal_stage_id_expected_close_on"
WITHOUT = {
    "ix_deal_stage_id_without_step": "next_step = ''",
    "ix_deal_stage_id_without_amount": "amount_minor IS NULL",
}
OLD_FACTS = "fact IN ('state', 'reach', 'stay', 'cycle')"
FACTS = "fact IN ('state', 'reach', 'stay', 'cycle', 'due')"


def upgrade() -> None:
    """Go to this revision."""
    _take(FACTS)
    op.drop_index(op.f(OLD), "deal")
    op.create_index(
        op.f(COUNTS),
        "deal",
        ["owner_id", "stage_id", "expected_close_on", "amount_minor", "currency", "next_step"],
    )
    op.create_index(op.f(EXPECTED), "deal", ["stage_id", "expected_close_on"])
    for name, condition in WITHOUT.items():
        op.create_index(
            op.f(name),
            "deal",
            ["stage_id"],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    """Go back to the revision before."""
    _take(OLD_FACTS)
    for name in WITHOUT:
        op.drop_index(op.f(name), "deal")
    op.drop_index(op.f(EXPECTED), "deal")
    op.drop_index(op.f(COUNTS), "deal")
    op.create_index(op.f(OLD), "deal", ["owner_id", "stage_id"])


def _take(facts: str) -> None:
    """Forget what is counted, and take these facts from now on."""
    op.execute("DELETE FROM deal_rollup_zone")
    for table in ("deal_rollup", "deal_rollup_all"):
        op.execute(sa.text(f"DELETE FROM {table}"))
        name = op.f(f"ck_{table}_fact_is_known")
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, facts)
