"""The papers name what there is: commands, settings, files and decisions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from spm.__main__ import COMMANDS
from tests.house.tree import HOUSE, Source, sources

ADRS = sources("docs/adr/", ".md")
PAPERS = (*sources("docs/", ".md"), Source("README.md"), Source("CHANGELOG.md"))
NUMBERS = {Path(source.name).name[:4] for source in ADRS}
NOT_FOR_OPERATORS = {"SPM_PASSWORD_COST"}
"""Settings that only tests change."""


def missing(pattern: str, known: set[str], papers: tuple[Source, ...] = PAPERS) -> Iterator[str]:
    """What a pattern finds in the papers and is none of ``known``."""
    for source in papers:
        for found in re.finditer(pattern, source.text):
            if found[1] not in known:
                yield f"{source.name}: {found[0]}"


@pytest.mark.parametrize("source", ADRS, ids=lambda source: Path(source.name).name[:4])
def test_a_decision_has_its_number_its_day_and_its_state(source: Source) -> None:
    number = Path(source.name).name[:4]
    assert re.match(
        rf"# {number} \S.*\n\nDate: 20\d\d-\d\d-\d\d\. State: (?:accepted|replaced by \d{{4}})\.",
        source.text,
    )


def test_a_decision_that_is_named_is_there() -> None:
    assert not list(missing(r"(?:ADR |docs/adr/)(\d{4})\b", NUMBERS))
    assert not list(missing(r"\b(00\d\d)\b", NUMBERS, ADRS))


def test_a_link_leads_to_a_file() -> None:
    broken = [
        f"{source.name}: {target}"
        for source in PAPERS
        for target in re.findall(r"\]\(([^)#]+)", source.text)
        if not target.startswith("https://")
        and not ((HOUSE / source.name).parent / target).exists()
    ]
    assert broken == []


def test_a_command_that_is_named_is_there() -> None:
    rules = set(re.findall(r"^([a-z-]+):", Source("Makefile").text, re.MULTILINE))
    assert not list(missing(r"(?:`|^    |&& )make ([a-z-]+)", rules))
    assert not list(missing(r"(?:`|^    |/|\$ )spm ([a-z]+)\b", set(COMMANDS)))


def test_each_setting_is_explained_to_operators() -> None:
    read = set(re.findall(r"\"(SPM_[A-Z_]+)\"", Source("config.py").text))
    explained = set(
        re.findall(r"^\| `(SPM_[A-Z_]+)`", Source("docs/operating.md").text, re.MULTILINE)
    )
    assert read - NOT_FOR_OPERATORS == explained


def test_the_terms_of_the_glossary_stand_in_order() -> None:
    table = Source("docs/glossary.md").text.split("## Terms")[1].split("\n## ")[0]
    terms = re.findall(r"^\| ([^|]+) \| [A-Z]", table, re.MULTILINE)
    assert len(terms) > 50
    assert terms == sorted(terms, key=str.casefold)
