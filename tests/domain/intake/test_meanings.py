"""What values mean, said one by one."""

import pytest

from spm.domain.intake.cells import Row
from spm.domain.intake.formats import Formats
from spm.domain.intake.layouts import Layout, PipelineLayout, StageLayout, parse
from spm.domain.intake.mapping import RowMapper, recognise
from spm.domain.intake.meanings import (
    Meant,
    NothingWon,
    StageUnknown,
    meant_by,
    with_outcomes,
    with_people,
    with_stages,
)
from spm.domain.intake.records import HERE, NAME, Reference
from spm.domain.intake.schema import Kind
from spm.domain.intake.stages import StageBook
from spm.domain.intake.toml import text_of

LAYOUT = parse(
    """
id = "own"
title = "Own"
[pipeline]
name = "Sales"
other_stages = true
[[pipeline.stages]]
name = "Won"
kind = "won"
[[tables]]
id = "deals"
title = "Deals"
kind = "deal"
[tables.columns]
key = "Id"
owner = { from = "Owner", create = true }
stage = { from = "Stage", required = false }
status = "Status"
""",
    "own.toml",
)
HERE_ALREADY = PipelineLayout(
    "New business",
    (
        StageLayout("Prospect", "open", 1000, 10),
        StageLayout("Won", "won", 10_000, None),
        StageLayout("Lost", "lost", 0, None),
    ),
    None,
)


def read(layout: Layout, *cells: str) -> dict[str, object]:
    header = ("Id", "Owner", "Stage", "Status")
    binding = recognise("f.csv", header, [parse(text_of(layout), "again.toml")])
    assert binding is not None
    values, issues = RowMapper(binding, Formats()).values(Row(2, cells), binding.columns)
    assert not issues
    return values


def test_a_value_can_be_a_stage_of_a_pipeline_that_is_here() -> None:
    meant = {
        "Angebot": Meant(stage="Prospect"),
        "Fertig": Meant(stage="Won"),
        "Tot": Meant(kind="lost"),
    }
    layout = with_stages(LAYOUT, HERE_ALREADY, meant)
    assert layout.pipeline is not None
    assert layout.pipeline.joins
    book = StageBook.of(layout.pipeline)
    pipeline = book.pipeline(None)
    assert pipeline is not None
    assert pipeline.name == "New business"
    for said, name, kind in (
        ("angebot", "Prospect", "open"),
        ("Fertig", "Won", "won"),
        ("Tot", "Tot", "lost"),
    ):
        stage = book.stage(pipeline, said)
        assert stage is not None
        assert (stage.name, stage.kind) == (name, kind)
    assert meant_by(layout, "Angebot") == Meant(stage="Prospect")


def test_a_value_that_is_said_anew_means_the_new_thing_alone() -> None:
    once = with_stages(LAYOUT, HERE_ALREADY, {"Angebot": Meant(stage="Prospect")})
    twice = with_stages(once, None, {"Angebot": Meant(stage="Won")})
    assert twice.pipeline is not None
    stage = StageBook.of(twice.pipeline).stage(twice.pipeline, "Angebot")
    assert stage is not None
    assert stage.name == "Won"


def test_a_stage_that_is_not_there_and_a_pipeline_without_a_win_are_refused() -> None:
    with pytest.raises(StageUnknown):
        with_stages(LAYOUT, HERE_ALREADY, {"Angebot": Meant(stage="Nowhere")})
    with pytest.raises(NothingWon):
        with_stages(LAYOUT, None, {"Won": Meant(kind="open")})


def test_a_status_means_what_is_said() -> None:
    layout = with_outcomes(LAYOUT, {"läuft": "open"})
    assert read(layout, "1", "Ann", "", "Läuft")["status"] == "open"
    assert read(layout, "1", "Ann", "", "gewonnen")["status"] == "won"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("ames, ANN", Reference(Kind.PERSON, NAME, "ann@example.com", "Owner", may_create=True)),
        ("Bo", Reference(Kind.PERSON, HERE, "17", "Owner")),
        ("Cy", Reference(Kind.PERSON, NAME, "Cy", "Owner", may_create=True, is_new=True)),
        ("Di", Reference(Kind.PERSON, NAME, "Di", "Owner", may_create=True)),
        ("#18", Reference(Kind.PERSON, NAME, "#18", "Owner", may_create=True)),
    ],
)
def test_a_text_means_the_person_who_is_said(text: str, reference: Reference) -> None:
    layout = with_people(LAYOUT, {"Ames, Ann": "ann@example.com", "Bo": "#17"}, ["cy"])
    assert read(layout, "1", text, "Demo", "open")["owner"] == reference
