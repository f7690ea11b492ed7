"""Audit chain: a link for each entry, and neither can be changed.

Entries from before stay as they are; the release binds them when it has brought the database here.

Revision: 20261125_audit_chain.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_audit_chain"
down_revision = "20261122_1"
branch_labels = None
depends_on = None

TABLES = ("audit_entry", "audit_link")

WHEN_BOUND = " WHEN OLD.id <> NEW.id OR EXISTS (SELECT 1 FROM audit_link WHERE entry_id = OLD.id)"
"""An entry may be completed by the transaction that wrote it: an import knows its counts at its end."""

REFUSE = " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
SQLITE = {
    "update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}{when}" + REFUSE,
    "delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}" + REFUSE,
    # REPLACE deletes without asking the trigger above unless a connection says so
    "replace": (
        "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
        " WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})" + REFUSE
    ),
}
WHEN = {"audit_entry": WHEN_BOUND, "audit_link": ""}
SAME = {
    "audit_entry": "id = NEW.id",
    "audit_link": "id = NEW.id OR entry_id = NEW.entry_id",
}

POSTGRESQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'audit_entry' AND TG_OP = 'UPDATE' THEN
        IF NEW.id = OLD.id AND NOT EXISTS (SELECT 1 FROM audit_link WHERE entry_id = OLD.id) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """Go to this revision."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_link",
        sa.Column("id", big, nullable=False),
        sa.Column("entry_id", big, nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_audit_link_digest_length")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_link_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_link_entry_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for statement in SQLITE.values():
                op.execute(statement.format(table=table, same=SAME[table], when=WHEN[table]))
        return
    op.execute(POSTGRESQL)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Go back to the revision before."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for ending in SQLITE:
                op.execute(f"DROP TRIGGER {table}_no_{ending}")
    else:
        for table in TABLES:
            for ending in ("change", "truncate"):
                op.execute(f"DROP TRIGGER {table}_no_{ending} ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("audit_link")
