"""How long a figure takes: from the command line, for a rep, for a team, for everybody."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.clock import best_of, line
from bench.company import NOW, found
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.figures import figure
from spm.queries.organisation.settings import get_organisation

SMALL, LARGE = 10_000, 40_000

QUESTIONS = {
    "won revenue of a rep, a quarter": Asked("won_revenue", rep="Rep 7", period="2025-Q2"),
    "win rate of a team, a year": Asked("win_rate", team="Team 2", period="2025"),
    "won revenue by rep, a quarter": Asked("won_revenue", period="2025-Q2", by="rep"),
    "won revenue by team, a year": Asked("won_revenue", period="2025", by="team"),
    "sales cycle by month, a year": Asked("sales_cycle_days", period="2025", by="month"),
    "open pipeline by rep, a past day": Asked("open_pipeline", as_of="2025-06-30", by="rep"),
    "sales velocity of a team": Asked("sales_velocity", team="Team 2", as_of="2025-12-31"),
}


def run() -> None:
    """Print the latency of the command and the time of each question at two sizes."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {size: f"sqlite:///{Path(folder) / f'{size}.db'}" for size in (SMALL, LARGE)}
        engines = {size: found(url, deals=size) for size, url in urls.items()}
        _command(urls[SMALL], folder)
        for name, asked in QUESTIONS.items():
            small, large = (best_of(_asking(engines[size], asked)) for size in (SMALL, LARGE))
            line(f"{name}, {LARGE:,} deals", large, small, f"{SMALL:,} deals")
        for engine in engines.values():
            engine.dispose()


def _command(url: str, folder: str) -> None:
    environment = {**os.environ, "SPM_DATABASE_URL": url, "SPM_INSTANCE": folder}

    def call(*arguments: str) -> Callable[[], object]:
        command = (sys.executable, *arguments)
        return lambda: subprocess.run(command, check=True, capture_output=True, env=environment)

    nothing = best_of(call("-c", "pass"))
    spm = best_of(call("-m", "spm", "metric", "won_revenue", "--period", "2025", "--by", "rep"))
    line("spm metric won_revenue --by rep", spm, nothing, "an empty Python")


def _asking(engine: Engine, asked: Asked) -> Callable[[], object]:
    def ask() -> None:
        with Session(engine) as session:
            organisation = get_organisation(session)
            question = question_of(session, organisation, NOW, asked)
            figure(session, organisation, question)

    return ask
