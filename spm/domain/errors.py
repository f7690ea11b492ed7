"""Errors that are raised on purpose; the edges translate them into words and a status."""


class SpmError(Exception):
    """Base of every anticipated error.

    ``code`` is a stable, translatable message id; ``facts`` fill its blanks.
    """

    code = "error"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class Invalid(SpmError):
    """What was given cannot be accepted as it is; 422 on the web, status 2 on the command line.

    ``field`` names the offending field where there is one.
    """

    code = "invalid"

    def __init__(self, *, field: str | None = None, **facts: object) -> None:
        super().__init__(**facts)
        self.field = field


class NotFound(SpmError):
    """No such thing, or none that this actor may know of."""

    code = "not-found"


class Forbidden(SpmError):
    """The actor may see the thing but not do this to it."""

    code = "forbidden"


class Conflict(SpmError):
    """The thing is not in a state that allows this."""

    code = "conflict"
