"""Mappings of columns: the tables of an import's files, mappings that are kept, who confirmed.

Revision: 20261125_mappings.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_mappings"
down_revision = "20261125_lines"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "state IN ('uploaded', 'checked', 'running', 'done', 'failed', 'cancelled')"
AFTER = (
    "state IN ('uploaded', 'mapping', 'checked', 'running', 'done', 'failed', 'stopped',"
    " 'cancelled', 'undone')"
)
STATE = "ck_import_state_is_known"


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("import") as batch_op:
        batch_op.add_column(sa.Column("confirmed_by", ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_import_confirmed_by_person"), "person", ["confirmed_by"], ["id"]
        )
        batch_op.drop_constraint(op.f(STATE), type_="check")
        batch_op.create_check_constraint(op.f(STATE), AFTER)
    op.create_table(
        "import_table",
        sa.Column("id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("layout", sa.String(length=60), nullable=False),
        sa.Column("table_id", sa.String(length=60), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("values_met", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(layout) <= 60", name=op.f("ck_import_table_layout_length")),
        sa.CheckConstraint("length(name) <= 250", name=op.f("ck_import_table_name_length")),
        sa.CheckConstraint("length(table_id) <= 60", name=op.f("ck_import_table_table_id_length")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["import_file.id"], name=op.f("fk_import_table_file_id_import_file")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_import_table_import_id_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_table")),
    )
    op.create_index(op.f("ix_import_table_import_id"), "import_table", ["import_id"])
    op.create_table(
        "import_mapping",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("prints", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_import_mapping_name_length")),
        sa.CheckConstraint(
            "length(name_key) <= 240", name=op.f("ck_import_mapping_name_key_length")
        ),
        sa.CheckConstraint("length(source) <= 60", name=op.f("ck_import_mapping_source_length")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name=op.f("fk_import_mapping_changed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("name_key", name=op.f("uq_import_mapping_name_key")),
    )


def downgrade() -> None:
    """Go back to the one before; what the older states do not know counts as thrown away."""
    op.drop_table("import_mapping")
    op.drop_index(op.f("ix_import_table_import_id"), table_name="import_table")
    op.drop_table("import_table")
    op.execute(
        "UPDATE import SET state = 'cancelled' WHERE state IN ('mapping', 'stopped', 'undone')"
    )
    with op.batch_alter_table("import") as batch_op:
        batch_op.drop_constraint(op.f(STATE), type_="check")
        batch_op.create_check_constraint(op.f(STATE), BEFORE)
        batch_op.drop_constraint(op.f("fk_import_confirmed_by_person"), type_="foreignkey")
        batch_op.drop_column("confirmed_by")
