"""D7 in full: ten thousand pieces of work, four workers, a thousand kills, stalls and clocks that jump."""

from pathlib import Path

import pytest

from spm.domain.jobs import MOST_TRIES
from tests.jobs.torture import torture
from tests.prove.figures import IS_LONG, report, sized


@pytest.mark.slow
def test_a_thousand_kills_lose_nothing_and_do_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    """The short form is tests/jobs/test_kills.py; this one is shorter still but where it counts."""
    jobs, kills = sized(100, 10_000), sized(3, 1_000)
    found = torture(database_url, tmp_path, jobs=jobs, kills=kills)
    assert not IS_LONG or found.kills >= kills
    assert (found.lost, found.twice) == (0, 0)
    assert found.poison == ("parked", MOST_TRIES)
    report(
        f"D7 jobs {database_url.partition(':')[0].partition('+')[0]}",
        jobs=jobs,
        kills=found.kills,
        stalls=found.stalls,
        clock_jumps=found.jumps,
        tried_again=found.again,
        lost=found.lost,
        twice=found.twice,
    )
