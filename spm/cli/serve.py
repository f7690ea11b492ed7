"""``spm serve``: the product on this machine, with the worker of long jobs beside it."""

import argparse

from spm.cli.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Serve until somebody stops it; return 0."""
    import waitress

    _ = context.engine  # bring the database to this release before the first request
    app = context.make_app()
    address = f"http://{arguments.host}:{arguments.port}"
    print(f"spm: serving on {address} (stop with Ctrl-C)", flush=True)
    waitress.serve(
        app,
        host=arguments.host,
        port=arguments.port,
        threads=arguments.threads,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=512 * 1024 * 1024,
    )
    return 0
