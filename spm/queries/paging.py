"""One page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Line = TypeVar("Line")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Line]):
    """The lines of one page of a list.

    Attributes:
        lines: In the list's order.
        total: How many lines the whole list has.
        number: Which page this is, from 1.
        size: How many lines a full page has.
    """

    lines: Sequence[Line]
    total: int
    number: int = 1
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))


def offset(number: int, size: int = PAGE_SIZE) -> int:
    """Return how many lines stand before page ``number``."""
    return (number - 1) * size
