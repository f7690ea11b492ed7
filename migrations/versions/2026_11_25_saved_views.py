"""Saved views of the list of deals; deals by the letters that their names begin with.

Revision: 20261125_views.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_views"
down_revision = "20261125_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=160), nullable=False),
        sa.Column("question", sa.String(length=2000), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("length(name) <= 80", name=op.f("ck_saved_view_name_length")),
        sa.CheckConstraint("length(name_key) <= 160", name=op.f("ck_saved_view_name_key_length")),
        sa.CheckConstraint("length(question) <= 2000", name=op.f("ck_saved_view_question_length")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_saved_view_owner_id_person")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_saved_view_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "name_key", name=op.f("uq_saved_view_owner_id_name_key")),
    )
    with op.batch_alter_table("saved_view") as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_team_id"), ["team_id"], unique=False)
    op.create_index(
        op.f("ix_deal_name_key"),
        "deal",
        ["name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(op.f("ix_deal_name_key"), table_name="deal")
    op.drop_table("saved_view")
