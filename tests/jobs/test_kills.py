"""Workers that are killed, or stall longer than their lease, lose nothing and do nothing twice."""

from pathlib import Path

import pytest

from spm.domain.jobs import MOST_TRIES
from tests.jobs.torture import torture


@pytest.mark.slow
def test_killed_and_stalled_workers_lose_nothing_and_do_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    found = torture(database_url, tmp_path, jobs=300, kills=8, workers=3, seed=7)
    assert found.kills >= 4
    assert (found.lost, found.twice) == (0, 0)
    assert found.poison == ("parked", MOST_TRIES)
