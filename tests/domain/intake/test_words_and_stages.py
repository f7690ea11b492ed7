"""Words in place of values, names of periods, ids in two forms, stages as files name them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.cells import BadCell, Cell
from spm.domain.intake.dates import DateOrder, Moment, parse_moment
from spm.domain.intake.layouts import PipelineLayout, StageLayout
from spm.domain.intake.periods import read_name
from spm.domain.intake.stages import SeenStage, StageBook, first_of
from spm.domain.intake.words import is_total, parse_flag, parse_outcome, whole_id
from spm.domain.period import Period, PeriodUnknown


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1", True),
        ("0", False),
        ("TRUE", True),
        ("Ja", True),
        ("ні", False),
        ("はい", True),
        (Decimal(1), True),
        (Decimal(0), False),
        (True, True),
        ("아니요", False),
        ("VRAI", True),
    ],
)
def test_a_flag_says_yes_or_no_in_any_language(cell: Cell, said: bool) -> None:
    assert parse_flag(cell) is said


@pytest.mark.parametrize("cell", ["maybe", "2", Decimal(2), ""])
def test_anything_else_is_no_flag(cell: Cell) -> None:
    with pytest.raises(BadCell):
        parse_flag(cell)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Won", "won"),
        ("closed LOST", "lost"),
        ("offen", "open"),
        ("виграно", "won"),
        ("失注", "lost"),
        ("진행 중", "open"),
        ("Canceled", "lost"),
        ("Gagné", "won"),
    ],
)
def test_a_status_says_how_a_deal_stands(text: str, outcome: str) -> None:
    assert parse_outcome(text) == outcome


def test_a_status_that_says_nothing_known_is_refused() -> None:
    with pytest.raises(BadCell):
        parse_outcome("perhaps")


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [
        ("Total", True),
        ("Grand Totals (31 records)", True),
        ("TOTAL:", True),
        ("合計", True),
        ("Copyright © 2000", True),
        ("Gesamtsumme", True),
        ("Итого", True),
        ("Totally Ltd", False),
        ("Summit", False),
        ("", False),
        ("Subway", False),
        (Decimal(5), False),
    ],
)
def test_totals_are_known_by_their_first_word(cell: Cell, is_one: bool) -> None:
    assert is_total(cell) is is_one


@pytest.mark.parametrize(
    # Ids of 18 characters that Salesforce itself wrote (salesforce_export_sample).
    "whole",
    ["0064600000J5S5TAAV", "00546000001l1cJAAQ", "006bm00000LKJNNAA5", "0014600001TvgfZAAR"],
)
def test_an_id_of_15_characters_is_written_out_to_its_18(whole: str) -> None:
    assert whole_id(whole[:15]) == whole
    assert whole_id(whole) == whole


@given(st.text(max_size=20))
def test_whatever_is_no_such_id_stays(text: str) -> None:
    assert whole_id(text).startswith(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("Q1 2026", date(2026, 1, 1), date(2026, 4, 1)),
        ("q4/2026", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026Q2", date(2026, 4, 1), date(2026, 7, 1)),
        ("H2 2026", date(2026, 7, 1), date(2027, 1, 1)),
        ("FY26", date(2025, 7, 1), date(2026, 7, 1)),
        ("FY2026-Q1", date(2025, 7, 1), date(2025, 10, 1)),
        ("1. Quartal 2026", date(2026, 1, 1), date(2026, 4, 1)),
        ("3 квартал 2026", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-03", date(2026, 3, 1), date(2026, 4, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_is_read_by_its_name(text: str, start: date, end: date) -> None:
    assert read_name(text, 7).period == Period(start, end)


@pytest.mark.parametrize("text", ["", "Q5 2026", "soon", "26", "2026-Q0", "x" * 999])
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnknown):
        read_name(text, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15. März 2021", date(2021, 3, 15)),
        ("3 février 2021", date(2021, 2, 3)),
        ("12 жовтня 2021 р.", date(2021, 10, 12)),
        ("1 января 2020", date(2020, 1, 1)),
        ("2 de enero de 2020", date(2020, 1, 2)),
        ("5-Dez-2020", date(2020, 12, 5)),
    ],
)
def test_months_are_read_in_their_languages(text: str, day: date) -> None:
    assert parse_moment(text, DateOrder.YMD) == Moment(day)


@given(st.datetimes(timezones=st.none() | st.just(None)), st.booleans())
def test_a_moment_is_what_its_text_was_made_of(at: object, is_day: bool) -> None:
    assert hasattr(at, "date")
    moment = Moment(at.date()) if is_day else Moment(at.date(), at.time())  # type: ignore[attr-defined]
    assert Moment.of_text(moment.text()) == moment


BASE = PipelineLayout(
    "Sales",
    (
        StageLayout("Call", "open", 1000, None),
        StageLayout("Won", "won", 10_000, None),
        StageLayout("Lost", "lost", 0, None),
    ),
    begins_in=None,
    takes_other_stages=True,
)


def met(name: str, *outcomes: str, pipeline: str = "", order: int | None = None) -> SeenStage:
    orders = [] if order is None else [Decimal(order)]
    return SeenStage(pipeline, name, ("f", 2, "Stage"), set(outcomes), orders)


def test_a_layout_that_takes_no_others_stays_as_it_is() -> None:
    strict = PipelineLayout("Sales", BASE.stages, None)
    book = StageBook.of(strict, [met("Demo")])
    pipeline = book.pipeline(None)
    assert pipeline is not None
    assert [stage.name for stage in pipeline.stages] == ["Call", "Won", "Lost"]
    assert book.stage(pipeline, "Demo") is None
    assert book.added == ()


def test_listed_stages_of_a_pipeline_that_uses_none_of_them_are_left_out() -> None:
    book = StageBook.of(BASE, [met("Demo"), met("Signed", "won")])
    pipeline = book.pipeline("sales")
    assert pipeline is not None
    assert [(s.name, s.kind) for s in pipeline.stages] == [
        ("Demo", "open"),
        ("Won", "won"),
        ("Lost", "lost"),
        ("Signed", "won"),
    ]


def test_places_that_files_give_put_stages_in_order() -> None:
    book = StageBook.of(BASE, [met("Talks", order=5), met("Demo", order=3)])
    pipeline = book.pipeline(None)
    assert pipeline is not None
    assert [s.name for s in pipeline.stages if s.kind == "open"] == ["Demo", "Talks"]
    assert first_of(pipeline, "open").name == "Demo"


def test_a_stage_in_which_deals_are_decided_is_open() -> None:
    book = StageBook.of(BASE, [met("Demo", "open", "won"), met("Offer", "won", "lost")])
    assert {seen.name: stage.kind for seen, stage in book.added} == {
        "Demo": "open",
        "Offer": "open",
    }


@given(
    st.lists(
        st.builds(
            met,
            st.text("abcd ", min_size=1, max_size=4).filter(str.strip),
            st.sampled_from(["open", "won", "lost"]),
            pipeline=st.sampled_from(["", "North", "north", "Sales"]),
        ),
        max_size=8,
    )
)
def test_every_stage_that_is_met_is_found_and_no_name_is_there_twice(
    seen: list[SeenStage],
) -> None:
    book = StageBook.of(BASE, seen)
    for one in seen:
        pipeline = book.pipeline(one.pipeline)
        assert pipeline is not None
        assert book.stage(pipeline, one.name) in pipeline.stages
    for pipeline in book.pipelines.values():
        names = [stage.name.casefold() for stage in pipeline.stages]
        assert len(set(names)) == len(names)
        assert {stage.kind for stage in pipeline.stages} == {"open", "won", "lost"}
