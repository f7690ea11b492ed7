"""Proposals to move people.

Revision: 20261125_moves.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_moves"
down_revision = "20261125_deal_counts"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "move_proposal",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("manager_id", ID, nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposed_by", ID, nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("holds_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'declined', 'withdrawn')",
            name=op.f("ck_move_proposal_state_is_known"),
        ),
        sa.CheckConstraint(
            "team_id IS NOT NULL OR manager_id IS NOT NULL",
            name=op.f("ck_move_proposal_moves_something"),
        ),
        sa.CheckConstraint(
            "person_id <> manager_id", name=op.f("ck_move_proposal_nobody_below_himself")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_move_proposal_decided_or_open")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (holds_on IS NOT NULL)",
            name=op.f("ck_move_proposal_holds_if_approved"),
        ),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_move_proposal_state_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_move_proposal_person_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_move_proposal_team_id")),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["person.id"], name=op.f("fk_move_proposal_manager_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_move_proposal_proposed_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_move_proposal_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_proposal")),
    )
    op.create_index(
        "uq_move_proposal_open",
        "move_proposal",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_move_proposal_proposed_by"), "move_proposal", ["proposed_by"])


def downgrade() -> None:
    """Go back to the one before. Proposals go; what they moved stays moved."""
    op.drop_table("move_proposal")
