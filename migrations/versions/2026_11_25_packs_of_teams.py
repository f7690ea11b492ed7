"""Packs of teams, and runs that make many packs.

Revision: 20261125_packs.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_packs"
down_revision = "20261125_rollup"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("review_pack") as batch_op:
        batch_op.alter_column("person_id", existing_type=ID, nullable=True)
        batch_op.add_column(sa.Column("team_id", ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_review_pack_team_id"), "team", ["team_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_review_pack_is_about_one"), "(person_id IS NULL) <> (team_id IS NULL)"
        )
        batch_op.create_unique_constraint(
            op.f("uq_review_pack_team_id_period_start_period_end_issue"),
            ["team_id", "period_start", "period_end", "issue"],
        )
    op.create_table(
        "pack_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("asked_by", ID, nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("file", sa.String(length=48), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("paper IN ('a4', 'letter')", name=op.f("ck_pack_run_paper_is_known")),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_pack_run_digest_length")),
        sa.CheckConstraint("length(file) <= 48", name=op.f("ck_pack_run_file_length")),
        sa.CheckConstraint("length(locale) <= 8", name=op.f("ck_pack_run_locale_length")),
        sa.CheckConstraint("length(paper) <= 8", name=op.f("ck_pack_run_paper_length")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_pack_run_asked_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pack_run_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_run")),
    )
    op.create_index(op.f("ix_pack_run_asked_by"), "pack_run", ["asked_by"])
    op.create_table(
        "pack_run_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("pack_id", ID, nullable=True),
        sa.Column("refused", sa.String(length=60), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (team_id IS NULL)", name=op.f("ck_pack_run_item_is_about_one")
        ),
        sa.CheckConstraint(
            "(done_at IS NULL) = (pack_id IS NULL AND refused = '')",
            name=op.f("ck_pack_run_item_is_done_or_not"),
        ),
        sa.CheckConstraint("length(refused) <= 60", name=op.f("ck_pack_run_item_refused_length")),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["review_pack.id"], name=op.f("fk_pack_run_item_pack_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pack_run_item_person_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["pack_run.id"], name=op.f("fk_pack_run_item_run_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pack_run_item_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_run_item")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_pack_run_item_run_id_position")),
    )


def downgrade() -> None:
    """Go back to the revision before. Packs of teams go, with what was said of them."""
    op.drop_table("pack_run_item")
    op.drop_index(op.f("ix_pack_run_asked_by"), table_name="pack_run")
    op.drop_table("pack_run")
    op.execute(
        "DELETE FROM pack_sign_off WHERE pack_id IN"
        " (SELECT id FROM review_pack WHERE team_id IS NOT NULL)"
    )
    op.execute("UPDATE review_pack SET supersedes_id = NULL WHERE team_id IS NOT NULL")
    op.execute("DELETE FROM review_pack WHERE team_id IS NOT NULL")
    with op.batch_alter_table("review_pack") as batch_op:
        batch_op.drop_constraint(
            op.f("uq_review_pack_team_id_period_start_period_end_issue"), type_="unique"
        )
        batch_op.drop_constraint(op.f("ck_review_pack_is_about_one"), type_="check")
        batch_op.drop_constraint(op.f("fk_review_pack_team_id"), type_="foreignkey")
        batch_op.drop_column("team_id")
        batch_op.alter_column("person_id", existing_type=ID, nullable=False)
