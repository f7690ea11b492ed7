"""The house's pytest plug-in: both databases, skips that count, the folder of a run."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Databases, chosen_backends, close_folder, open_folder

REQUIRE_ALL = "SPM_REQUIRE_ALL"
"""Environment variable: where it is set, a skipped test has failed (continuous integration)."""

MARKERS = {"sqlite": "sqlite", "postgres": "postgresql"}
"""Marker → the one backend that a test is for."""

FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of this run, or take the one that the main process has made."""
    handed = getattr(config, "workerinput", {}).get("spm_folder")
    config.stash[FOLDER] = Path(handed) if handed else open_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist the folder of the run."""
    node.workerinput["spm_folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started and remove the folder, once, in the main process."""
    if not hasattr(config, "workerinput"):
        close_folder(config.stash[FOLDER])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a database on each of the chosen ones; markers narrow it."""
    if "backend" not in metafunc.fixturenames:
        return
    wanted = chosen_backends()
    only = [
        backend
        for marker, backend in MARKERS.items()
        if metafunc.definition.get_closest_marker(marker)
    ]
    if "browser" in metafunc.fixturenames and "sqlite" in wanted:
        only = ["sqlite"]  # what a browser shows does not depend on it
    if only and not set(only) & set(wanted):
        skipped = pytest.mark.skip(reason=f"SPM_TEST_DATABASES leaves out {', '.join(only)}")
        metafunc.parametrize("backend", [pytest.param(name, marks=skipped) for name in only])
        return
    metafunc.parametrize("backend", [name for name in wanted if not only or name in only])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything has to run."""
    report = yield
    if os.environ.get(REQUIRE_ALL) and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: nothing may be skipped here, but: {reason}"
    return report


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """Templates and copies of databases."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    found = Databases(pytestconfig.stash[FOLDER], worker)
    yield found
    found.close()
