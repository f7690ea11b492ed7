"""JSON that means one thing: no NaN, no duplicate keys, no bottomless nesting."""

import json
from collections.abc import Iterable
from typing import Any

from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest

DEEPEST = 32


class StrictJson(DefaultJSONProvider):
    """Refuses what two readers could read differently."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return the value of ``s``.

        Raises:
            BadRequest: It is no JSON, names a key twice, holds NaN or a lone surrogate, or is too deep.
        """
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        if _depth(text) > DEEPEST:
            raise BadRequest
        try:
            value = json.loads(
                text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice
            )
            text.encode("utf-8")
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise BadRequest from error
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _refuse_twice(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ValueError(name)
        result[name] = value
    return result


def _depth(text: str) -> int:
    """Return the deepest nesting of brackets; those inside strings count too, which only refuses more."""
    deepest = depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
