"""Migrations bring a database to exactly the tables that the models describe, and back."""

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect

import spm.models.all  # noqa: F401
from spm.adapters import migrations
from spm.adapters.database import open_engine
from spm.models.base import Base
from tests.databases import Databases
from tests.house.tree import imports, sources


@pytest.fixture
def own_engine(databases: Databases, backend: str) -> Iterator[Engine]:
    """A database whose tables may be taken away."""
    with databases.clean(backend, "migrations", lambda _address: None) as at:
        engine = open_engine(at)
        yield engine
        engine.dispose()


def test_migrations_and_models_describe_the_same_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_hold_every_check_of_the_models(engine: Engine) -> None:
    """Alembic compares no CHECK constraints, and the promises of the tables are made of them."""
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        declared = {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, CheckConstraint)
        }
        found = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        expected = {
            name if name.startswith("ck_") else f"ck_{table.name}_{name}" for name in declared
        }
        assert {name[:63] for name in found} == {name[:63] for name in expected}, table.name


def test_migrations_lead_back_to_an_empty_database_and_forth_again(own_engine: Engine) -> None:
    migrations.run(own_engine, "downgrade", "base")
    assert set(inspect(own_engine).get_table_names()) == {"alembic_version"}
    assert migrations.upgrade(own_engine)
    assert not migrations.upgrade(own_engine)


def test_a_migration_imports_nothing_of_the_product() -> None:
    """What was written stays what it was, whatever becomes of the models."""
    for source in sources("migrations/versions/"):
        assert not [name for _, name in imports(source) if name.split(".")[0] == "spm"], source.name


def test_a_migration_is_named_by_its_day() -> None:
    for source in sources("migrations/versions/"):
        assert re.fullmatch(r"\d{4}_\d{2}_\d{2}_[a-z0-9_]+\.py", source.name.split("/")[-1])
