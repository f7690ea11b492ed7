"""Counts of deals by owner, stage and month; filled by ``spm rebuild`` and by every later change.

Revision: 20261125_rollup.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_rollup"
down_revision = "20261125_minimum_n"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "deal_rollup",
        sa.Column("fact", sa.String(length=5), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("stage_id", ID, nullable=False),
        sa.Column("stage_kind", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("month_last_on", sa.Date(), nullable=False),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        sa.Column("priced", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("fact IN ('state', 'reach')", name=op.f("ck_deal_rollup_fact_is_known")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_deal_rollup_currency_length")),
        sa.CheckConstraint("length(fact) <= 5", name=op.f("ck_deal_rollup_fact_length")),
        sa.CheckConstraint(
            "length(stage_kind) <= 8", name=op.f("ck_deal_rollup_stage_kind_length")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_deal_rollup_owner_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_deal_rollup_stage_id")),
        sa.PrimaryKeyConstraint(
            "fact",
            "since_on",
            "month_on",
            "owner_id",
            "stage_id",
            "stage_kind",
            "currency",
            name=op.f("pk_deal_rollup"),
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("deal_rollup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_rollup_owner_id_fact"), ["owner_id", "fact"])
        batch_op.create_index(
            batch_op.f("ix_deal_rollup_fact_month_on_since_on"), ["fact", "month_on", "since_on"]
        )
    op.create_table(
        "deal_rollup_zone",
        sa.Column("id", ID, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_deal_rollup_zone_only_one")),
        sa.CheckConstraint(
            "length(time_zone) <= 64", name=op.f("ck_deal_rollup_zone_time_zone_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_rollup_zone")),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("deal_rollup_zone")
    op.drop_table("deal_rollup")
