import io
import time
from collections.abc import Callable, Sequence

import pytest
from pypdf import PdfReader
from reportlab.platypus import Flowable

from spm.reports import document
from spm.reports.document import Column, Frontispiece, Link, Paper

FRONT = Frontispiece(
    title="Review pack: 髙橋 <b>",
    author="Example & Co",
    subject="2026-Q4",
    language="ja",
    paper=Paper.A4,
    left="left",
    right="right",
    foot="foot",
    page=lambda number, pages: f"page {number} of {pages}",
)

HOSTILE = (
    "5 <b> rep",
    "x</para>y",
    "<para>",
    "</para></para>",
    "<",
    ">",
    "&",
    "&amp;",
    "&#0;",
    "&#x0;",
    "&nbsp;",
    "&unknown;",
    "&lt;b&gt;",
    "<br/>",
    "<br>",
    "<b><i></b></i>",
    "<img src='/etc/passwd'/>",
    '<img src="file:///etc/passwd"/>',
    '<img src="http://127.0.0.1:9/x.png"/>',
    '<img src="https://127.0.0.1:9/x.png" width="1" height="1"/>',
    '<img src="data:image/png;base64,AAAA"/>',
    '<img src="\\\\host\\share"/>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="http://127.0.0.1:9/">x</a>',
    '<a name="x"/>',
    "<link href='http://127.0.0.1:9/'>x</link>",
    '<font name="Nowhere">x</font>',
    "<font color=\"[[[getattr(pow, Word('__globals__'))]]]\">x</font>",
    '<font color="rl_safe_eval">x</font>',
    '<font size="1e9">x</font>',
    '<font face="Helvetica">x</font>',
    '<span fontSize="999999">x</span>',
    '<para fontSize="0">x</para>',
    '<para leftIndent="99999">x',
    '<para bulletText="x" bulletFontName="Helvetica">',
    "<seq id='x'/>",
    "<seqreset id='x'/>",
    "<seqdefault/>",
    "<unichar code='0'/>",
    "<unichar name='LATIN SMALL LETTER A'/>",
    "<greek>alpha</greek>",
    "<super>2</super><sub>3</sub>",
    "<strike>x</strike><u>y</u>",
    "<onDraw name='x' label='y'/>",
    "<index item='x'/>",
    "<evalString code='1+1'/>",
    "<bullet>&bull;</bullet>",
    "<!-- comment -->",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "<?xml version='1.0'?>",
    "<![CDATA[x]]>",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{% raise %}",
    "%(title)s %s %d %",
    "${jndi:ldap://127.0.0.1/x}",
    "=cmd|'/c calc'!A0",
    "(unbalanced \\ ( paren",
    ")) Tj ET Q q",
    "/JavaScript (app.alert(1))",
    "endstream endobj xref",
    "\x00\x01\x02",
    "\u202eevil\u202c",
    "\u2028line\u2029paragraph",
    "\ufeff",
    "\U000e0041\U000e007f",
    "\ud7ff\ue000",
    "a" * 5000,
    "<" * 3000,
    "漢" * 3000,
    "https://example.com/" + "x" * 900,
    "\n" * 500,
    "'\"`",
)


def _everywhere(text: str) -> Sequence[Flowable]:
    columns = [Column("head " + text, 100), Column(text, 100), Column("n", 60, is_figure=True)]
    return [
        *document.heading(text, "first"),
        document.Contents([("first", text)], 300),
        document.paragraph(text),
        document.paragraph(text, href=text),
        *document.flow(text, left_out=str),
        *document.table(columns, [[text, Link(text, text), "12"], ["a", "b", "c"]]),
    ]


def test_the_table_of_payloads_is_long_enough() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_looks_like_markup_is_printed_and_nothing_else(text: str) -> None:
    pdf = document.build(_everywhere(text), FRONT)

    reader = PdfReader(io.BytesIO(pdf))
    assert not any(page.images for page in reader.pages)
    for page in reader.pages:
        for entry in page.get("/Annots", ()):
            action = entry.get_object().get("/A", {})
            assert str(action.get("/URI", "https:")).startswith(("http:", "https:"))
            assert str(action.get("/S", "/URI")) in {"/URI", "/GoTo"}


@pytest.mark.parametrize(
    "text", ["5 <b> rep", "x</para>y", "&amp; &lt;", "<img src='/etc/passwd'/>"]
)
def test_markup_is_found_as_it_was_typed(text: str, text_of: Callable[[bytes], str]) -> None:
    assert text in text_of(document.build([document.paragraph(text)], FRONT))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "word " * 20_000,
        "漢字" * 50_000,
        "line\n" * 20_000,
        "\n" * 100_000,
        "<b>" * 33_000,
    ],
    ids=["one word", "words", "kanji", "lines", "line ends", "tags"],
)
def test_a_text_of_100_kb_takes_less_than_three_seconds(text: str) -> None:
    started = time.process_time()

    document.build(document.flow(text, left_out=str), FRONT)

    assert time.process_time() - started < 3


def test_a_text_that_is_cut_says_how_much_is_missing(text_of: Callable[[bytes], str]) -> None:
    story = document.flow("x" * 20_100, left_out=lambda n: f"{n} characters left out")

    assert "100 characters left out" in text_of(document.build(story, FRONT))


def test_a_table_repeats_its_heads_and_loses_no_row(text_of: Callable[[bytes], str]) -> None:
    columns = [Column("Deal", 200), Column("Amount", 80, is_figure=True)]
    rows = [[f"deal-{n}.", f"{n}"] for n in range(900)]

    text = text_of(document.build(document.table(columns, rows), FRONT))

    pages = text.split("\f")[:-1]
    assert all("Amount" in page for page in pages)
    assert all(f"deal-{n}." in text for n in range(900))
    assert f"page 1 of {len(pages)}" in text


def test_a_long_name_in_a_cell_ends_in_an_ellipsis_and_a_figure_never_does(
    text_of: Callable[[bytes], str],
) -> None:
    columns = [Column("Deal", 60), Column("Amount", 30, is_figure=True)]

    text = text_of(
        document.build(document.table(columns, [["long " * 400, "123,456,789.00"]]), FRONT)
    )

    assert "…" in text
    assert "123,456,789.00" in text


def test_a_document_describes_itself() -> None:
    story = [*document.heading("One", "one"), *document.heading("Part", "part", 1)]
    reader = PdfReader(io.BytesIO(document.build(story, FRONT)))

    assert reader.metadata is not None
    assert reader.metadata.title == FRONT.title
    assert reader.metadata.author == FRONT.author
    assert str(reader.root_object["/Lang"]) == "ja"
    titles = [e.title if not isinstance(e, list) else [f.title for f in e] for e in reader.outline]  # type: ignore[union-attr]
    assert titles == ["One", ["Part"]]


def test_the_contents_name_the_page_of_each_section(text_of: Callable[[bytes], str]) -> None:
    from reportlab.platypus import PageBreak

    story: list[Flowable] = [document.Contents([("b", "Second")], 300), PageBreak()]
    story += document.heading("Second", "b")

    first = text_of(document.build(story, FRONT)).split("\f")[0]

    assert "Second" in first
    assert first.split("Second")[1].split()[0] == "2"


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
def test_the_paper_is_the_one_asked_for(paper: Paper, size: tuple[int, int]) -> None:
    from dataclasses import replace

    front = replace(FRONT, paper=paper)
    page = PdfReader(io.BytesIO(document.build([document.paragraph("x")], front))).pages[0]

    assert (round(page.mediabox.width), round(page.mediabox.height)) == size


def test_the_same_story_makes_the_same_bytes_with_embedded_fonts_only(
    fonts_of: Callable[[bytes], set[tuple[str, bool]]],
) -> None:
    first = document.build(_everywhere("Żółć 漢字 한글"), FRONT)

    assert first == document.build(_everywhere("Żółć 漢字 한글"), FRONT)
    names = fonts_of(first)
    assert all(name.startswith("NotoSans") and embedded for name, embedded in names)


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        ("short", 2, 1),
        ("", 2, 1),
        ("two words that break here", 2, 2),
        ("x" * 100, 3, 3),
        ("漢字" * 40, 2, 2),
    ],
)
def test_a_text_takes_at_most_so_many_lines(text: str, most: int, lines: int) -> None:
    from spm.reports.fonts import width

    found = document.lines_of(text, 8, 90, most=most)

    assert len(found) == lines
    assert all(width(line, 8) <= 90 for line in found)
