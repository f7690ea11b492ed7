"""From how many cases on a rate is shown as more than a hint."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_minimum_n"
down_revision = "20261125_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the setting; what is there keeps the default."""
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("minimum_n", sa.Integer(), nullable=False, server_default="10"))
        table.create_check_constraint(
            op.f("ck_organisation_minimum_n_is_some"), "minimum_n BETWEEN 1 AND 1000"
        )
    with op.batch_alter_table("organisation") as table:
        table.alter_column("minimum_n", server_default=None)


def downgrade() -> None:
    """Take the setting away."""
    with op.batch_alter_table("organisation") as table:
        table.drop_constraint(op.f("ck_organisation_minimum_n_is_some"), type_="check")
        table.drop_column("minimum_n")
