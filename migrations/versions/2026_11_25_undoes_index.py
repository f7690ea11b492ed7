"""Events that undo another are found by it: deleting an event asks for them.

Revision: 20261125_undoes_index.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_undoes_index"
down_revision = "20261125_undo"
branch_labels = None
depends_on = None

WHICH = sa.text("undoes_id IS NOT NULL")


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(
        op.f("ix_deal_event_undoes_id"),
        "deal_event",
        ["undoes_id"],
        sqlite_where=WHICH,
        postgresql_where=WHICH,
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index(op.f("ix_deal_event_undoes_id"), "deal_event")
