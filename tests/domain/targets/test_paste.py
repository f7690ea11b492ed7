"""Cells of a spreadsheet find their place, or are said to have none."""

from hypothesis import given
from hypothesis import strategies as st

from spm.domain.targets.paste import Axis, lay

PEOPLE = Axis(("ana", "bo"), (("Ana Rep", "ana@example.com"), ("Bo Rep",)))
QUARTERS = Axis(("q1", "q2"), (("2027-Q1", "Q1 2027"), ("2027-Q2", "Q2 2027")))


def test_names_and_heads_say_where_each_cell_belongs() -> None:
    laid = lay("\tQ2 2027\t2027-q1\nbo rep\t1,200\t900\nANA REP\t1 500\t", PEOPLE, QUARTERS)
    assert laid.cells == {
        ("bo", "q2"): "1,200",
        ("bo", "q1"): "900",
        ("ana", "q2"): "1 500",
    }
    assert laid.unknown == ()


def test_bare_numbers_go_by_the_order_of_the_grid() -> None:
    laid = lay("1\t2\r\n3\t4\r\n", PEOPLE, QUARTERS)
    assert laid.cells == {
        ("ana", "q1"): "1",
        ("ana", "q2"): "2",
        ("bo", "q1"): "3",
        ("bo", "q2"): "4",
    }


def test_names_without_a_head_go_by_the_order_of_the_columns() -> None:
    assert lay("Bo Rep\t7\t8", PEOPLE, QUARTERS).cells == {("bo", "q1"): "7", ("bo", "q2"): "8"}


def test_what_has_no_place_is_said() -> None:
    laid = lay("Name\t2027-Q1\t2028-Q1\nZed\t5\t6\nAna Rep\t1\t2\t3", PEOPLE, QUARTERS)
    assert laid.cells == {("ana", "q1"): "1"}
    assert laid.unknown == ("2028-Q1", "Zed\t5\t6", "3")
    assert lay("1\t2\t3", PEOPLE, QUARTERS).unknown == ("3",)


def test_a_name_that_two_have_is_none_s() -> None:
    twins = Axis(("a", "b"), (("Kim Lee",), ("Kim Lee",)))
    laid = lay("\t2027-Q1\nKim Lee\t5", twins, QUARTERS)
    assert (laid.cells, laid.unknown) == ({}, ("Kim Lee\t5",))


def test_a_quoted_cell_keeps_its_tab_and_break() -> None:
    assert lay('"1\n2"\t3', PEOPLE, QUARTERS).cells[("ana", "q1")] == "1\n2"


@given(st.lists(st.lists(st.integers(1, 10**9), min_size=2, max_size=2), min_size=2, max_size=2))
def test_a_whole_grid_comes_back_cell_by_cell(values: list[list[int]]) -> None:
    text = "\n".join("\t".join(map(str, line)) for line in values)
    laid = lay(text, PEOPLE, QUARTERS)
    assert [[laid.cells[p, q] for q in QUARTERS.keys] for p in PEOPLE.keys] == [
        [str(value) for value in line] for line in values
    ]
    assert laid.unknown == ()


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    laid = lay(text, PEOPLE, QUARTERS)
    assert set(laid.cells) <= {(p, q) for p in PEOPLE.keys for q in QUARTERS.keys}
