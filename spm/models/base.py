"""The declarative base and the rules that every table follows."""

from sqlalchemy import CheckConstraint, MetaData, String, Table, event
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@event.listens_for(Table, "after_parent_attach")
def _hold_lengths(table: Table, _parent: object) -> None:
    """SQLite takes VARCHAR(20) as a remark; a CHECK holds it on both databases."""
    if table.metadata is not Base.metadata:
        return
    for column in table.columns:
        if type(column.type) is String and column.type.length:
            table.append_constraint(
                CheckConstraint(
                    f"length({column.name}) <= {column.type.length}", name=f"{column.name}_length"
                )
            )
