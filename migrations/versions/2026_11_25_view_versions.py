"""The version of a saved view, which can be renamed.

Revision: 20261125_view_versions.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_view_versions"
down_revision = "20261125_moves"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "saved_view", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("saved_view", "version")
