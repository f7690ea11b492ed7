"""What imports write, kept so that they can be undone; and who undid one.

Revision: 20261125_undo.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_undo"
down_revision = "20261125_view_versions"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("import") as batch_op:
        batch_op.add_column(sa.Column("undone_by", ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_import_undone_by_person"), "person", ["undone_by"], ["id"]
        )
    op.create_table(
        "import_write",
        sa.Column("id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_key", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "what IN ('new', 'changed', 'gone')", name=op.f("ck_import_write_what_is_known")
        ),
        sa.CheckConstraint("length(row_key) <= 80", name=op.f("ck_import_write_row_key_length")),
        sa.CheckConstraint(
            "length(table_name) <= 40", name=op.f("ck_import_write_table_name_length")
        ),
        sa.CheckConstraint("length(what) <= 8", name=op.f("ck_import_write_what_length")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_import_write_import_id_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_write")),
    )
    op.create_index(op.f("ix_import_write_import_id"), "import_write", ["import_id"])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index(op.f("ix_import_write_import_id"), table_name="import_write")
    op.drop_table("import_write")
    with op.batch_alter_table("import") as batch_op:
        batch_op.drop_constraint(op.f("fk_import_undone_by_person"), type_="foreignkey")
        batch_op.drop_column("undone_by")
