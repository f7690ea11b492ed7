"""Lines of a deal: what was typed, what they come to, what is refused."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.ids import ProductId
from spm.domain.money import Money
from spm.domain.pipeline.deals import MAX_AMOUNT_MINOR
from spm.domain.pipeline.lines import (
    MOST_LINES,
    Line,
    LineDraft,
    LineIncomplete,
    LineOutOfRange,
    read_lines,
    total_of,
)

ONE, TWO = ProductId(1), ProductId(2)


def read(drafts: Sequence[LineDraft], known: Sequence[Line] = ()) -> tuple[Line, ...]:
    """Lines as typed, with a list price of 4.00 for one of the two products."""
    return read_lines(drafts, known, {TWO: usd(400)})


def usd(minor: int) -> Money:
    return Money("USD", minor)


def test_an_amount_left_empty_is_quantity_times_price() -> None:
    """2.5 × 10.01 = 25.025, half-even: 25.02."""
    (line,) = read([LineDraft(ONE, Decimal("2.5"), usd(1001))])
    assert line.amount == usd(2502)


def test_an_amount_that_was_agreed_stands_and_is_a_discount() -> None:
    """15.00 for 2 × 10.00 is a quarter off; 25.00 is a quarter more."""
    (line,) = read([LineDraft(ONE, Decimal(2), usd(1000), usd(1500))])
    assert (line.amount, line.discount) == (usd(1500), Decimal("0.25"))
    assert Line(ONE, Decimal(2), usd(1000), usd(2500)).discount == Decimal("-0.25")
    assert Line(ONE, Decimal(2), usd(1000), usd(2000)).discount == 0
    assert Line(ONE, Decimal(2), None, usd(2000)).discount is None
    assert Line(ONE, Decimal(2), usd(0), usd(2000)).discount is None


def test_a_price_left_empty_is_the_list_price_unless_the_amount_says_it_all() -> None:
    (line,) = read([LineDraft(TWO, Decimal(3))])
    assert (line.unit_price, line.amount) == (usd(400), usd(1200))
    (line,) = read([LineDraft(TWO, Decimal(3), None, usd(900))])
    assert (line.unit_price, line.amount) == (None, usd(900))


def test_an_empty_row_is_no_line() -> None:
    assert read([LineDraft(), LineDraft(id=7)]) == ()
    assert total_of(()) is None


@pytest.mark.parametrize(
    "draft",
    [
        LineDraft(None, Decimal(1), usd(1)),
        LineDraft(ONE, None, usd(1)),
        LineDraft(ONE, Decimal(1)),
        LineDraft(ONE),
    ],
)
def test_half_a_line_is_refused_with_its_place(draft: LineDraft) -> None:
    with pytest.raises(LineIncomplete) as caught:
        read([LineDraft(), draft])
    assert caught.value.facts["place"] == 2


@pytest.mark.parametrize(
    "draft",
    [
        LineDraft(ONE, Decimal(0), usd(1)),
        LineDraft(ONE, Decimal(-1), usd(1)),
        LineDraft(ONE, Decimal(1), usd(-1)),
        LineDraft(ONE, Decimal(1), None, usd(MAX_AMOUNT_MINOR + 1)),
        LineDraft(ONE, Decimal(10**9 + 1), usd(0)),
        LineDraft(ONE, Decimal("0.0000001"), usd(1)),
        LineDraft(ONE, Decimal(1), usd(-1), usd(1)),
    ],
)
def test_what_no_deal_has_is_refused(draft: LineDraft) -> None:
    with pytest.raises(LineOutOfRange):
        read([draft])


def test_a_return_that_an_import_brought_may_stay_and_not_be_typed() -> None:
    known = Line(ONE, Decimal(-1), usd(1000), usd(-1000), id=4)
    draft = LineDraft(ONE, Decimal(-1), usd(1000), None, id=4)
    assert read([draft], [known]) == (known,)
    with pytest.raises(LineOutOfRange):
        read([draft])


def test_a_row_of_another_deal_is_a_new_line() -> None:
    (line,) = read([LineDraft(ONE, Decimal(1), usd(5), None, id=99)])
    assert line.id is None


def test_there_are_not_more_lines_than_anybody_reads() -> None:
    with pytest.raises(LineOutOfRange):
        read([LineDraft(ONE, Decimal(1), usd(1))] * (MOST_LINES + 1))


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9))
def test_the_total_is_the_sum_of_the_lines_to_the_cent(typed: list[tuple[int, int]]) -> None:
    drafts = [LineDraft(ONE, Decimal(quantity), usd(price)) for quantity, price in typed]
    assert total_of(read(drafts)) == usd(sum(q * p for q, p in typed))
