"""Rows that people edit: a version finds the edit that comes too late."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, declared_attr

from spm.models.columns import PLAIN, column


class Versioned:
    """Mixin: ``version`` grows with each flushed change, and a lost race raises StaleDataError.

    The version that a form was filled from is compared by ``Work.expect_version``; the mapper's check
    alone would see only a race between two transactions, not two tabs.
    """

    version: Mapped[int] = column(PLAIN, Integer, server_default="1")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """Let the mapper raise and check the version."""
        return {"version_id_col": cls.version}
