"""Settings: the secret is made once, whole, whoever starts at the same moment."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from config import Settings


def test_many_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    for round_ in range(20):
        instance = tmp_path / str(round_)
        gate = Barrier(8)

        def secret(instance: Path = instance, gate: Barrier = gate) -> str:
            gate.wait()
            return Settings.from_env({"SPM_INSTANCE": str(instance)}).secret_key

        with ThreadPoolExecutor(8) as pool:
            found = {task.result() for task in [pool.submit(secret) for _ in range(8)]}
        (only,) = found
        assert len(only) == 64
        assert {path.name for path in instance.iterdir()} == {"secret-key", "audit-keys"}


def test_the_secret_is_its_owner_s_and_is_kept(tmp_path: Path) -> None:
    first = Settings.from_env({"SPM_INSTANCE": str(tmp_path)})
    assert Settings.from_env({"SPM_INSTANCE": str(tmp_path)}) == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_an_empty_secret_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch(mode=0o600)
    with pytest.raises(SystemExit, match="secret-key is empty"):
        Settings.from_env({"SPM_INSTANCE": str(tmp_path)})
