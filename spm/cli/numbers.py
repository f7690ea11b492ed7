"""Whole numbers among the arguments of a command."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from ``least`` to ``most``, both included, in plain digits."""

    def read(said: str) -> int:
        digits = said.isascii() and said.isdecimal() and len(said) <= len(str(most))
        if not digits or not least <= int(said) <= most:
            msg = f"a whole number from {least} to {most} is wanted"
            raise ArgumentTypeError(msg)
        return int(said)

    return read
