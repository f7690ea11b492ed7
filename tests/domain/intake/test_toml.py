"""A layout as text, read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.dates import DateOrder
from spm.domain.intake.layouts import (
    ColumnLayout,
    Layout,
    PipelineLayout,
    StageLayout,
    parse,
    shipped,
)
from spm.domain.intake.numbers import DecimalMark
from spm.domain.intake.toml import text_of

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"),
    min_size=1,
    max_size=40,
).filter(lambda text: text == text.strip() and text)


@pytest.mark.parametrize("layout", shipped(), ids=lambda layout: layout.id)
def test_it_says_every_layout_that_comes_with_the_product(layout: Layout) -> None:
    assert parse(text_of(layout), "again.toml") == layout


@given(
    title=WORDS,
    stages=st.lists(WORDS, min_size=1, max_size=4, unique=True),
    spelling=WORDS,
    means=st.dictionaries(WORDS, WORDS, max_size=4),
    new=st.lists(WORDS, max_size=3),
    mark=st.sampled_from([None, *DecimalMark]),
    order=st.sampled_from([None, *DateOrder]),
    joins=st.booleans(),
)
def test_it_says_whatever_can_be_said(
    title: str,
    stages: list[str],
    spelling: str,
    means: dict[str, str],
    new: list[str],
    mark: DecimalMark | None,
    order: DateOrder | None,
    joins: bool,
) -> None:
    base = next(layout for layout in shipped() if layout.id == "any-table")
    table = replace(base.tables[-1], title=title, decimal_mark=mark, date_order=order)
    owner = ColumnLayout(
        "owner", (title,), is_required=True, space="name", means=means, new=tuple(new)
    )
    columns = tuple(owner if one.field == "owner" else one for one in table.columns)
    pipeline = PipelineLayout(
        title,
        tuple(StageLayout(name, "won", 10_000, None, (spelling,), (spelling,)) for name in stages),
        stages[0],
        joins=joins,
    )
    layout = Layout("own", title, pipeline, None, (replace(table, columns=columns),))
    assert parse(text_of(layout), "again.toml") == layout
