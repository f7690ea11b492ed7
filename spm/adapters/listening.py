"""Whether one can listen at an address, before anything is begun there."""

import socket
from typing import Any


def can_listen(host: str, port: int) -> bool:
    """Return whether at least one of a host's addresses is this machine's and free."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return False
    return any(_is_free(*place) for place in places)


def _is_free(family: int, kind: int, number: int, _name: str, address: Any) -> bool:
    try:
        with socket.socket(family, kind, number) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError:
        return False
    return True
