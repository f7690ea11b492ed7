"""Deals of a person by the letters that their names begin with.

Revision: 20261125_names.
"""

from alembic import op

revision = "20261125_names"
down_revision = "20261125_gates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(
        op.f("ix_deal_owner_id_name_key"),
        "deal",
        ["owner_id", "name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(op.f("ix_deal_owner_id_name_key"), table_name="deal")
