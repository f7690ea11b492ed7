"""``spm serve``: the product on this machine, with the worker of long jobs beside it."""

import argparse
import resource

from spm.adapters.clock import clock_of
from spm.adapters.listening import can_listen
from spm.cli.context import Context
from spm.cli.numbers import between
from spm.domain.errors import Invalid
from spm.domain.identity import Purpose
from spm.jobs.table import worker
from spm.services.identity.credentials import make_token
from spm.services.identity.set_up import needs_set_up

MOST_CONNECTIONS = 2000
"""A connection costs a few kilobytes; with 100 of them, who never finishes a request keeps everybody out."""
OTHERWISE_OPEN = 256
"""Open files beside the connections: the database, templates, what is handed in."""
IDLE = 60
"""Seconds after which a connection is closed on which nothing is said."""


class CannotListen(Invalid):
    """The address is none of this machine's, or somebody listens there already."""

    code = "serve.cannot-listen"


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=between(0, 65_535), default=8000)
    parser.add_argument("--threads", type=between(1, 1_000), default=8)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Serve until somebody stops it; return 0.

    Raises:
        CannotListen: Nothing can listen on that address.
    """
    import waitress

    if not can_listen(arguments.host, arguments.port):
        raise CannotListen(address=f"{arguments.host}:{arguments.port}")
    address = f"http://{arguments.host}:{arguments.port}"
    _invite_first_visitor(context, address)
    app = context.make_app()
    if context.settings.runs_jobs:
        worker(
            context.engine,
            clock_of(context.engine, context.clock),
            context.settings.instance,
            raw_file_days=context.settings.raw_file_days,
        ).start()
    print(f"spm: serving on {address} (stop with Ctrl-C)", flush=True)
    waitress.serve(
        app,
        host=arguments.host,
        port=arguments.port,
        threads=arguments.threads,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=512 * 1024 * 1024,
        connection_limit=_let_open(MOST_CONNECTIONS),
        channel_timeout=IDLE,
        cleanup_interval=IDLE // 3,
        asyncore_use_poll=True,  # select() knows no more than 1,024 open files
    )
    return 0


def _let_open(connections: int) -> int:
    """Let this process have as many files open as that takes; return how many connections it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHERWISE_OPEN
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, soft), hard))
    return max(allowed - OTHERWISE_OPEN, 100)


def _invite_first_visitor(context: Context, address: str) -> None:
    """Print the one link that sets an empty installation up; an earlier one is void then."""
    with context.unit(writes=True) as work:
        if not needs_set_up(work.session):
            return
        token = make_token(work, Purpose.SET_UP)
    print(f"spm: nobody can sign in yet; set up at {address}/set-up/{token}", flush=True)
