"""The permission that each route declares; a route with none is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask

from spm.domain.access import Permission

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a route needs and what its unit of work may do.

    Attributes:
        permission: None for a public route.
        writes: Whether the unit may write; None: by the method (GET, HEAD and OPTIONS do not).
        is_file: Answers a file that is the same for everybody: without a unit of work, so that
            nobody is asked who they are and no database is.
    """

    permission: Permission | None
    writes: bool | None = None
    is_file: bool = False


def requires(permission: Permission, *, writes: bool | None = None) -> Callable[[View], View]:
    """Declare the permission that a route needs over something; the service judges over what."""
    return _declare(Declaration(permission, writes))


def public(*, writes: bool | None = None) -> Callable[[View], View]:
    """Declare a route that anybody may call. A test names each of the few."""
    return _declare(Declaration(None, writes))


def public_file() -> Callable[[View], View]:
    """Declare a route that answers files, the same to anybody, and asks no database."""
    return _declare(Declaration(None, writes=False, is_file=True))


def _declare(declaration: Declaration) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.__dict__["declaration"] = declaration
        return view

    return declare


def declaration_of(view: Callable[..., object]) -> Declaration | None:
    """Return what ``view`` declares, None where it declares nothing."""
    found = getattr(view, "declaration", None)
    return found if isinstance(found, Declaration) else None


def refuse_undeclared(app: Flask) -> None:
    """Stop the start of an application with a route that declares nothing.

    Raises:
        RuntimeError: Names the endpoints.
    """
    silent = sorted(
        endpoint for endpoint, view in app.view_functions.items() if declaration_of(view) is None
    )
    if silent:
        msg = f"routes without a declared permission: {', '.join(silent)}"
        raise RuntimeError(msg)
