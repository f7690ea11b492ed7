"""The review pack as a PDF: its sections in their order."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from reportlab.platypus import Flowable

from spm.domain.money import Money
from spm.domain.packs.content import Definition, PackContent, ReviewPack
from spm.i18n.words import words_for
from spm.reports import document
from spm.reports.document import Frontispiece, Paper
from spm.reports.fonts import typeface
from spm.reports.review_pack import closing, crew, evidence, movement, opening
from spm.reports.review_pack.say import Say

MOST_UNCOVERED = 40
"""Characters without a glyph that the appendix names."""
_FLOWING = frozenset({"notes"})
"""Fields whose text flows over as many lines as it takes."""
LONGEST_REMARK = 400
"""Characters of a name or remark that a pack prints."""


def draw(
    content: PackContent,
    *,
    pack: ReviewPack | None,
    language: str,
    paper: str,
    base_url: str = "",
    mark: str | None = None,
) -> bytes:
    """The PDF of a pack: the same bytes for the same arguments.

    Args:
        content: What it shows.
        pack: The issue whose content it is, with its number and sign-offs; None for a draft.
        language: Tag of the language to write in.
        paper: `a4` or `letter`.
        base_url: What links to the live pages start with; empty for no links.
        mark: Words across every page, such as who took the copy; a draft says so by itself.
    """
    pieces, front = told(
        content, pack=pack, language=language, paper=paper, base_url=base_url, mark=mark
    )
    return document.build(pieces, front)


def told(
    content: PackContent,
    *,
    pack: ReviewPack | None,
    language: str,
    paper: str,
    base_url: str = "",
    mark: str | None = None,
) -> tuple[list[Flowable], Frontispiece]:
    """The pieces of a pack in their order, and what stands on each of its pages; as for `draw`."""
    say = Say(words_for(language), content.zone, base_url)
    uncovered = _uncovered(content, pack)
    content = _clipped(content)
    _ = say.gettext
    front = Frontispiece(
        title=_(
            "Review pack: %(person)s, %(period)s",
            person=content.person,
            period=say.period(content.period),
        ),
        author=pack.issued_by if pack is not None and pack.issued_by else content.organisation,
        subject=content.organisation,
        language=language,
        paper=Paper(paper),
        left=f"{content.person} · {_('Review pack')}",
        right=say.period(content.period),
        foot=_foot(say, content, pack),
        page=lambda number, pages: _("Page %(number)s of %(pages)s", number=number, pages=pages),
        mark=mark or (_("Draft") if pack is None else None),
    )
    width = front.width
    coming = say.period(content.next_period)
    sections = (
        (opening.SUMMARY, _("Where it stands")),
        (evidence.ATTAINMENT, _("Attainment")),
        *([(crew.CREW, _("People and teams"))] if content.crew is not None else []),
        (evidence.PIPELINE, _("Pipeline and funnel")),
        (evidence.DEALS, _("Wins and losses")),
        (evidence.HYGIENE, _("Slippage and hygiene")),
        *([(movement.OUTLOOK, _("Forecast"))] if content.outlook is not None else []),
        (closing.NEXT, _("Next: %(period)s", period=coming)),
        (closing.SIGN_OFF, _("Sign-off")),
        (closing.APPENDIX, _("Definitions")),
    )
    story: list[Flowable] = [
        *opening.cover(say, content, pack, sections, width),
        *opening.summary(say, content, width),
        *evidence.attainment(say, content, width),
        *crew.crew(say, content, width),
        *evidence.pipeline(say, content, width),
        *evidence.deals(say, content, width),
        *evidence.hygiene(say, content, width),
        *movement.outlook(say, content, width),
        *closing.next_period(say, content, width),
        *closing.sign_off(say, content, pack, width),
        *closing.appendix(say, content, uncovered, width),
    ]
    return story, front


def _foot(say: Say, content: PackContent, pack: ReviewPack | None) -> str:
    _ = say.gettext
    said = _("As of %(day)s", day=say.day(content.as_of_day))
    if pack is None:
        return f"{said} · {_('Draft')}"
    return f"{said} · {pack.number} · {pack.digest[:12]}"


def _clipped(value: Any) -> Any:
    """The content with no name or remark longer than a line or two can hold; definitions whole.

    The columns of the database hold less; this holds for whatever a file brings.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST_REMARK else f"{value[:LONGEST_REMARK]}…"
    if isinstance(value, tuple):
        return tuple(_clipped(part) for part in value)
    if not is_dataclass(value) or isinstance(value, type | Definition | Money):
        return value
    kept = {f.name: getattr(value, f.name) for f in fields(value)}
    return replace(
        value, **{name: one if name in _FLOWING else _clipped(one) for name, one in kept.items()}
    )


def _uncovered(content: PackContent, pack: ReviewPack | None) -> str:
    """Characters in what people typed that no font has, by code point."""
    comments = [one.comment for one in pack.sign_offs] if pack else []
    texts = {*_texts(content), *comments}
    found = sorted(set().union(*(typeface().uncovered(text) for text in texts if text)))
    said = " ".join(f"{c} (U+{ord(c):04X})" for c in found[:MOST_UNCOVERED])
    return f"{said} …" if len(found) > MOST_UNCOVERED else said


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif is_dataclass(value):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name))
