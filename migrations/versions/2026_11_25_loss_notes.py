"""What is to be learnt from a deal that was lost.

Revision: 20261125_loss_notes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_loss_notes"
down_revision = "20261125_packs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "deal", sa.Column("loss_notes", sa.Text(), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("deal", "loss_notes")
