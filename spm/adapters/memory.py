"""How often memory is searched for rings of objects that nobody uses."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (200_000, 20, 100)


@contextmanager
def seldom_searched() -> Iterator[None]:
    """Search seldom while a great many records are made and let go.

    They form no rings, so there is nothing to find, and finding nothing takes more time than all
    other work of an import together.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
