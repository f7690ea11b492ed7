import io
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from pypdf import PdfReader

from spm.domain.packs.content import (
    Deals,
    Decision,
    Figure,
    Hygiene,
    PackContent,
    ReviewPack,
    Side,
    SignOff,
)
from spm.reports.review_pack.draw import draw
from tests.reports import samples
from tests.reports.test_document import HOSTILE


def _drawn(
    content: PackContent,
    pack: ReviewPack | None = None,
    language: str = "en",
    paper: str = "a4",
    base_url: str = "https://spm.example.com",
) -> bytes:
    return draw(content, pack=pack, language=language, paper=paper, base_url=base_url)


def _bare() -> PackContent:
    return replace(
        samples.content(),
        kpis=(),
        figures=(),
        ladders=(),
        open=Deals(),
        won=Deals(),
        lost=Deals(),
        hygiene=Hygiene(),
        next_targets=(),
        decisions=(),
        changes=(),
        team="",
        manager="",
        title="",
        recorded_until=None,
    )


def _flat(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_every_figure_stands_in_full_in_the_text(text_of: Callable[[bytes], str]) -> None:
    pack = samples.pack()
    text = _flat(text_of(_drawn(pack.content, pack)))

    for figure in (
        "¥41,000,000",
        "¥50,000,000",
        "82%",
        "pace ¥43,200,000",
        "−4 pts",
        "¥44,600,000",
        "¥33,500,000",
        "31.0%",
        "n = 29",
        "0.310345",
        "2411764.705882",
        "¥96,450,000",
        "¥12,400,000",
        "17–49%",
        "¥54,000,000",
        "¥39,500,000",
        "P-000012-2",
        "P-000012-1",
        pack.digest[:12],
    ):
        assert figure in text, figure


def test_every_name_and_word_that_somebody_typed_stands_in_the_text(
    text_of: Callable[[bytes], str],
) -> None:
    pack = samples.pack()
    text = _flat(text_of(_drawn(pack.content, pack)))

    for words in (
        "髙橋 美咲",
        "Марія Ґалаґан",
        "삼성물산",
        "大阪ガス株式会社",
        "Łódzkie Zakłady",
        "Київстар",
        "Acme & Sons <Ltd>",
        "𠮷野家 POS",
        "数字は確認しました。",
        "Osaka should count for Q1.",
        "提案書のテンプレートを見直す",
        "창고 자동화",
        "Acknowledged by 髙橋 美咲",
    ):
        assert words in text, words


def test_the_sections_follow_each_other_in_the_outline() -> None:
    reader = PdfReader(io.BytesIO(_drawn(samples.content())))

    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles == [
        "Where it stands",
        "Attainment",
        "Pipeline and funnel",
        "Wins and losses",
        "Slippage and hygiene",
        "Next: Q1 2027",
        "Sign-off",
        "Definitions",
    ]


def test_the_same_pack_makes_the_same_bytes() -> None:
    pack = samples.pack()

    assert _drawn(pack.content, pack) == _drawn(pack.content, pack)
    stored = PackContent.from_json(pack.content.to_json())
    assert _drawn(stored, replace(pack, content=stored)) == _drawn(pack.content, pack)


@pytest.mark.parametrize("language", ["en", "ja", "ko", "uk"])
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_pack_is_drawn_in_each_language_on_each_paper_with_embedded_fonts(
    language: str, paper: str, fonts_of: Callable[[bytes], set[tuple[str, bool]]]
) -> None:
    pdf = _drawn(samples.content(), language=language, paper=paper)

    assert all(name.startswith("NotoSans") and embedded for name, embedded in fonts_of(pdf))
    assert str(PdfReader(io.BytesIO(pdf)).root_object["/Lang"]) == language


def test_an_empty_pack_says_so(text_of: Callable[[bytes], str]) -> None:
    text = _flat(text_of(_drawn(_bare(), base_url="")))

    assert "No KPI is active for this person." in text
    assert "No target is set for this period yet." in text
    assert "Draft" in text


def test_an_unknown_figure_says_why_and_is_never_zero(text_of: Callable[[bytes], str]) -> None:
    content = replace(samples.content(), kpis=(samples.unknown(),))

    text = _flat(text_of(_drawn(content)))

    assert "No deal was closed in the period." in text


def test_a_reason_from_a_later_release_is_shown_by_its_code(
    text_of: Callable[[bytes], str],
) -> None:
    sheet = samples.unknown()
    figure = Figure(None, reason="new-reason")
    content = replace(
        samples.content(), kpis=(replace(sheet, now=replace(sheet.now, figure=figure)),)
    )

    assert "new-reason" in text_of(_drawn(content))


def test_links_lead_to_the_live_pages_and_only_there() -> None:
    reader = PdfReader(io.BytesIO(_drawn(samples.content())))

    found = {
        str(entry.get_object()["/A"]["/URI"])
        for page in reader.pages
        for entry in page.get("/Annots", ())
        if "/URI" in entry.get_object().get("/A", {})
    }
    assert found
    assert all(address.startswith("https://spm.example.com/deals/") for address in found)


def test_without_an_address_nothing_is_a_link() -> None:
    reader = PdfReader(io.BytesIO(_drawn(samples.content(), base_url="")))

    for page in reader.pages:
        for entry in page.get("/Annots", ()):
            assert "/URI" not in entry.get_object().get("/A", {})


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_in_every_field_break_nothing(text: str) -> None:
    content = samples.content()
    deals = content.open
    named = tuple(
        replace(deal, name=text, account=text, stage=text, words=text) for deal in deals.named
    )
    some = replace(deals, named=named[:3])
    content = replace(
        content,
        organisation=text,
        person=text,
        title=text,
        team=text,
        manager=text,
        kpis=tuple(
            replace(
                sheet,
                name=text,
                log=tuple(replace(note, by=text, words=text) for note in sheet.log),
                now=replace(sheet.now, figure=replace(sheet.now.figure, facts=(("x", text),))),
            )
            for sheet in content.kpis
        ),
        ladders=tuple(
            replace(
                ladder,
                pipeline=text,
                rungs=tuple(replace(rung, stage=text) for rung in ladder.rungs),
                passages=tuple(replace(p, stage=text) for p in ladder.passages),
            )
            for ladder in content.ladders
        ),
        open=some,
        won=some,
        lost=some,
        next_targets=tuple(replace(t, kpi=text) for t in content.next_targets),
        decisions=(Decision(text, text),),
    )
    pack = samples.pack(content, SignOff(Side.REP, text, samples.AT, text))

    assert _drawn(content, pack).startswith(b"%PDF")


def test_a_comment_of_100_kb_and_40_kpis_take_less_than_three_seconds() -> None:
    content = replace(samples.content(), kpis=samples.content().kpis * 10)
    pack = samples.pack(content, SignOff(Side.MANAGER, "x", samples.AT, "слово " * 17_000))
    started = time.process_time()

    _drawn(content, pack)

    assert time.process_time() - started < 3


def test_amounts_as_large_as_they_come_are_not_shortened(text_of: Callable[[bytes], str]) -> None:
    sheet = samples.revenue()
    largest = Decimal(999_999_999_999_999)
    content = replace(
        samples.content(),
        kpis=(replace(sheet, now=replace(sheet.now, figure=Figure(largest), target=largest)),),
    )

    assert "¥999,999,999,999,999" in text_of(_drawn(content))


def test_a_copy_can_be_marked_with_who_took_it(text_of: Callable[[bytes], str]) -> None:
    content = samples.content()
    pdf = draw(content, pack=samples.pack(), language="en", paper="a4", mark="Auditor copy")

    reader = PdfReader(io.BytesIO(pdf))
    assert all("Auditor copy" in page.extract_text() for page in reader.pages)


def test_the_end_of_the_audit_log_is_printed_in_full(text_of: Callable[[bytes], str]) -> None:
    head = f"145:{'0123456789abcdef' * 4}"
    said = _flat(text_of(_drawn(samples.content(log_head=head))))
    assert head in said.replace(" ", "")
    assert "audit log" not in _flat(text_of(_drawn(samples.content())))
