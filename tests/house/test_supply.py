"""What the product is made of comes locked, hashed and not older than its known holes."""

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from tests.house.tree import HOUSE, sources

FLOORS = {
    "flask": ("3.1.3", "answers that vary by cookie said so too late (CVE-2026-27205)"),
    "werkzeug": ("3.1.4", "Windows device names and form memory (CVE-2024-49767, CVE-2025-66221)"),
    "jinja2": ("3.1.6", "escape from the sandbox (CVE-2025-27516)"),
    "reportlab": (
        "5.1.0",
        "fetched what a text named, evaluated colours (CVE-2020-28463, CVE-2023-33733)",
    ),
    "sqlalchemy": ("2.0.58", "the release that the locks of the two databases are tested with"),
    "pillow": ("11.3.0", "overflow on writing DDS (CVE-2025-48379)"),
    "waitress": ("3.0.1", "request smuggling (CVE-2024-49768)"),
    "mako": ("1.3.11", "denial of service by regular expression (CVE-2022-40023)"),
    "idna": ("3.7", "quadratic time (CVE-2024-3651)"),
}
"""Package → the oldest release that may be installed, and why."""


def pinned(lock: str) -> dict[str, str]:
    """Package → version of a lock file."""
    text = (HOUSE / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", FLOORS)
def test_an_installed_package_is_above_its_floor(name: str) -> None:
    floor, why = FLOORS[name]
    assert Version(metadata.version(name)) >= Version(floor), why


@pytest.mark.parametrize("source", sources("requirements/", ".txt"), ids=lambda source: source.name)
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(source: object) -> None:
    text = source.text  # type: ignore[attr-defined]
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "//" not in text


@pytest.mark.parametrize("lock", ["server.txt", "assets.txt", "dev.txt"])
def test_locks_agree_on_their_versions(lock: str) -> None:
    runtime, other = pinned("runtime.txt"), pinned(lock)
    assert {name: other[name] for name in runtime if name in other} == {
        name: version for name, version in runtime.items() if name in other
    }
    if lock != "assets.txt":
        assert set(runtime) <= set(other)


def test_the_locks_hold_every_dependency_that_is_declared() -> None:
    with (HOUSE / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["dependencies"]
    names = {re.split(r"[\[<>=!~ ]", line, maxsplit=1)[0] for line in declared}
    assert names <= set(pinned("runtime.txt"))


def test_front_end_packages_carry_their_integrity_and_no_address() -> None:
    lock = json.loads((HOUSE / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_front_end_packages_are_wanted_in_exact_versions() -> None:
    wanted = json.loads((HOUSE / "package.json").read_text(encoding="utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


def test_the_bill_of_materials_names_everything_that_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    subprocess.run([sys.executable, HOUSE / "setup" / "sbom.py", path], check=True)
    bill = json.loads(path.read_text(encoding="utf-8"))
    named = {each["purl"]: each for each in bill["components"]}
    locked = {
        f"pkg:pypi/{name}@{version}"
        for lock in ("runtime.txt", "server.txt", "dev.txt")
        for name, version in pinned(lock).items()
    }
    front = json.loads((HOUSE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked <= set(named)
    assert len(named) == len(locked) + len(front) - 1
    for each in named.values():
        assert each.get("hashes") or each.get("properties"), each["purl"]
        assert len(each["bom-ref"].rpartition("@")[2]) > 0
    assert all(
        named[f"pkg:pypi/{n}@{v}"]["scope"] == "required" for n, v in pinned("runtime.txt").items()
    )
