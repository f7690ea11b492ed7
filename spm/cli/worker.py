"""``spm worker``: the long work in processes of its own, as many as are wanted."""

import argparse
import signal
from multiprocessing import get_context
from threading import Event

from spm.adapters.bell import hang
from spm.adapters.clock import clock_of
from spm.adapters.database import open_engine
from spm.cli.context import Context, Settings
from spm.cli.numbers import between
from spm.jobs.table import worker
from spm.jobs.worker import Worker

CALM = 1.0
"""Seconds before a process that ended by itself is started again."""

_STOPS = (signal.SIGTERM, signal.SIGINT)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument(
        "--processes",
        type=between(1, 64),
        default=1,
        metavar="N",
        help="how many workers to run (1)",
    )
    parser.add_argument(
        "--once", action="store_true", help="do what is queued now, and end when nothing is left"
    )


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Work until somebody stops it (Ctrl-C or SIGTERM: after the work in hand); return 0."""
    settings = context.settings
    here = worker(
        context.engine,
        clock_of(context.engine, context.clock),
        settings.instance,
        raw_file_days=settings.raw_file_days,
    )
    if arguments.once:
        while here.run_once():
            pass
        return 0
    print("spm: waiting for work (stop with Ctrl-C)", flush=True)
    if arguments.processes > 1:
        _several(arguments.processes, context.settings)
    else:
        _until_stopped(here)
    return 0


def _until_stopped(here: Worker) -> None:
    for number in _STOPS:
        signal.signal(number, lambda *_: here.stop())
    here.run()


def _several(count: int, settings: Settings) -> None:
    """Run workers as processes; one that ends by itself is started again."""
    over = Event()
    for number in _STOPS:
        signal.signal(number, lambda *_: over.set())
    spawning = get_context("spawn")  # a copy of this process would share its connections
    running = [spawning.Process(target=_one, args=(settings,)) for _number in range(count)]
    for one in running:
        one.start()
    while not over.wait(CALM):
        for place, one in enumerate(running):
            if not one.is_alive():
                running[place] = spawning.Process(target=_one, args=(settings,))
                running[place].start()
    for one in running:
        one.terminate()
    for one in running:
        one.join()


def _one(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    hang(settings.database_url, settings.queue)
    _until_stopped(
        worker(engine, clock_of(engine), settings.instance, raw_file_days=settings.raw_file_days)
    )
    engine.dispose()
