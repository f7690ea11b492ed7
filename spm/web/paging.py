"""Which page of a list the address asks for."""

import re

from flask import request

_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


def page_number() -> int:
    """Return the page that the address asks for; the first where it asks for none."""
    raw = request.args.get("page", "1")
    return int(raw) if _NUMBER.fullmatch(raw) else 1
