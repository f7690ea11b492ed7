"""Which move of a deal an event takes back.

Revision: 20261125_undone.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_undone"
down_revision = "20261125_stays"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. Moves that were taken back before it stay moves, as figures counted them."""
    with op.batch_alter_table("deal_event") as batch_op:
        batch_op.add_column(
            sa.Column(
                "undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch_op.create_foreign_key(
            op.f("fk_deal_event_undoes_id"), "deal_event", ["undoes_id"], ["id"]
        )


def downgrade() -> None:
    """Go back to the one before."""
    with op.batch_alter_table("deal_event") as batch_op:
        batch_op.drop_constraint(op.f("fk_deal_event_undoes_id"), type_="foreignkey")
        batch_op.drop_column("undoes_id")
