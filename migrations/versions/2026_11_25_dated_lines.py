"""From when and until when a line of a deal counts.

Revision: 20261125_lines.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_lines"
down_revision = "20261125_undone"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision. Lines that are there have been there from the beginning."""
    op.add_column("deal_line", sa.Column("from_at", sa.DateTime(), nullable=True))
    op.add_column("deal_line", sa.Column("to_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Go back to the one before. Only the lines that hold stay."""
    op.execute("DELETE FROM deal_line WHERE to_at IS NOT NULL")
    op.drop_column("deal_line", "to_at")
    op.drop_column("deal_line", "from_at")
