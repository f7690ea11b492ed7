"""Alembic's environment: a connection handed in, or the application's (Flask-Migrate)."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, MetaData
from sqlalchemy.types import TypeDecorator


def render_plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as what the database knows: a migration never imports the product."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: Connection, metadata: MetaData | None) -> None:
    """Run the migrations that the context asks for, each in its own transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_plain,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed, context.config.attributes.get("metadata"))
else:
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as own:
        run(own, database.metadata)
