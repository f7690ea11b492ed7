"""Stages whose criteria are ticked when a deal moves.

Revision: 20261125_gates.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_gates"
down_revision = "20261125_views"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "stage", sa.Column("is_gated", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("stage", "is_gated")
