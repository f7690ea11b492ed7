"""What became of deals in the stages that they reached, counted with how long it took.

The rollup is a cache, so it is made anew and left empty: the release that brings the database here
fills it, and so does ``spm rebuild``.

Revision: 20261125_stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_stays"
down_revision = "20261125_loss_notes"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD_FACTS = "fact IN ('state', 'reach')"
FACTS = "fact IN ('state', 'reach', 'stay', 'cycle')"
OLD_INDEX = "ix_deal_reach_owner_id_stage_id_reached_on"
INDEX = "ix_deal_reach_owner_id_reached_on_stage_id_outcome_stay_days"


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("deal_reach") as batch_op:
        batch_op.add_column(sa.Column("outcome", sa.String(length=4), nullable=True))
        batch_op.add_column(sa.Column("stay_days", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_deal_reach_outcome_length"), "length(outcome) <= 4"
        )
        batch_op.drop_index(op.f(OLD_INDEX))
        batch_op.create_index(
            op.f(INDEX), ["owner_id", "reached_on", "stage_id", "outcome", "stay_days"]
        )
    _forget()
    _owners(FACTS, with_days=True)
    op.create_index(
        op.f("ix_deal_rollup_owner_id_fact_month_on_since_on"),
        "deal_rollup",
        ["owner_id", "fact", "month_on", "since_on"],
    )
    op.create_table(
        "deal_rollup_all",
        sa.Column("fact", sa.String(length=5), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("stage_id", ID, nullable=False),
        sa.Column("stage_kind", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        sa.Column("priced", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_taken", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(FACTS, name=op.f("ck_deal_rollup_all_fact_is_known")),
        sa.CheckConstraint(
            "length(currency) <= 3", name=op.f("ck_deal_rollup_all_currency_length")
        ),
        sa.CheckConstraint("length(fact) <= 5", name=op.f("ck_deal_rollup_all_fact_length")),
        sa.CheckConstraint(
            "length(stage_kind) <= 8", name=op.f("ck_deal_rollup_all_stage_kind_length")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage.id"], name=op.f("fk_deal_rollup_all_stage_id")
        ),
        sa.PrimaryKeyConstraint(
            "fact",
            "since_on",
            "from_on",
            "to_on",
            "stage_id",
            "stage_kind",
            "currency",
            name=op.f("pk_deal_rollup_all"),
        ),
    )
    op.create_index(
        op.f("ix_deal_rollup_all_fact_from_on_since_on"),
        "deal_rollup_all",
        ["fact", "from_on", "since_on"],
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("deal_rollup_all")
    _forget()
    _owners(OLD_FACTS, with_days=False)
    op.create_index(op.f("ix_deal_rollup_owner_id_fact"), "deal_rollup", ["owner_id", "fact"])
    with op.batch_alter_table("deal_reach") as batch_op:
        batch_op.drop_index(op.f(INDEX))
        batch_op.create_index(op.f(OLD_INDEX), ["owner_id", "stage_id", "reached_on"])
        batch_op.drop_constraint(op.f("ck_deal_reach_outcome_length"), type_="check")
        batch_op.drop_column("stay_days")
        batch_op.drop_column("outcome")


def _forget() -> None:
    op.drop_table("deal_rollup")
    op.execute("DELETE FROM deal_rollup_zone")


def _owners(facts: str, *, with_days: bool) -> None:
    days = [sa.Column("days_taken", sa.Text(), nullable=False)]
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
        *(days if with_days else []),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(facts, name=op.f("ck_deal_rollup_fact_is_known")),
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
    )
    op.create_index(
        op.f("ix_deal_rollup_fact_month_on_since_on"),
        "deal_rollup",
        ["fact", "month_on", "since_on"],
    )
