"""Who makes up a team's figures: each member's attainment, how it is spread, who is at full load."""

from decimal import Decimal

from reportlab.platypus import Flowable, PageBreak

from spm.domain.packs.choice import Load, load_of, spread_of
from spm.domain.packs.content import Crew, MemberCell, PackContent
from spm.reports import document
from spm.reports.document import Cell
from spm.reports.review_pack.pieces import FINDING, NOTE, decided, fitted, part
from spm.reports.review_pack.say import STATUSES, Say

CREW = "people"
MOST_COLUMNS = 5
"""KPIs that fit beside each other."""


def crew(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """The people of a team and the teams below it; nothing in a person's pack."""
    if content.crew is None:
        return []
    _ = say.gettext
    there = content.crew
    story: list[Flowable] = [PageBreak(), *document.heading(_("People and teams"), CREW)]
    if not there.members:
        story.append(document.paragraph(_("Nobody belonged to this team in the period."), FINDING))
        return story
    story.append(document.paragraph(_finding(say, load_of(there)), FINDING))
    story += _table(say, content, there, width)
    if there.hidden:
        words = say.words.ngettext(
            "%(num)s former member counts in the totals but is not shown.",
            "%(num)s former members count in the totals but are not shown.",
            there.hidden,
        )
        story.append(document.paragraph(words, NOTE))
    story += _spread(say, content, there, width)
    return decided(say, story, width, 2)


def _table(say: Say, content: PackContent, there: Crew, width: float) -> list[Flowable]:
    _ = say.gettext
    kpis = content.kpis[:MOST_COLUMNS]
    rows: list[list[Cell]] = [
        [
            member.name if not member.is_team else _("%(name)s (team)", name=member.name),
            *(_cell(say, cell) for cell in member.cells[:MOST_COLUMNS]),
            "–" if member.open_deals is None else say.number(member.open_deals),
        ]
        for member in there.members
    ]
    heads = (_("Name"), *(sheet.name for sheet in kpis), _("Open deals"))
    texts = (1.6, *(-70.0 for _sheet in kpis), None)
    note = _("Attainment of each target, with where it stands; a dash where none is set.")
    table = document.table(fitted(heads, rows, width, texts=texts), rows)
    return [*table, document.paragraph(note, NOTE)]


def _cell(say: Say, cell: MemberCell) -> str:
    shape, _word = STATUSES.get(cell.status, STATUSES["unknown"])
    return f"{shape} {say.attained(cell.attained)}" if cell.attained is not None else "–"


def _spread(say: Say, content: PackContent, there: Crew, width: float) -> list[Flowable]:
    """How attainment of the first KPI is spread over the people."""
    first = content.headline
    bands = spread_of(there)
    if first is None or not any(count for _low, _high, count in bands):
        return []
    _ = say.gettext
    total = sum(count for _low, _high, count in bands)
    rows: list[list[Cell]] = [
        [
            _band(say, low, high),
            say.number(count),
            say.percent(Decimal(count) / total),
            "■" * count if count <= 60 else "■" * 60 + "…",
        ]
        for low, high, count in bands
    ]
    heads = (_("Attained"), _("People"), _("Share"), "")
    columns = fitted(heads, rows, width, texts=(-110.0, None, None, 1.0))
    title = _("How attainment is spread: %(kpi)s", kpi=first.name)
    return [part(title), *document.table(columns, rows)]


def _band(say: Say, low: Decimal | None, high: Decimal | None) -> str:
    _ = say.gettext
    if low is None:
        return _("under %(high)s", high=say.percent(high))
    if high is None:
        return _("%(low)s and more", low=say.percent(low))
    return _("%(low)s to under %(high)s", low=say.percent(low), high=say.percent(high))


def _finding(say: Say, load: Load) -> str:
    """Whether those who reach their targets have room for more."""
    _ = say.gettext
    if not load.people and load.teams:
        return say.words.ngettext(
            "%(reached)s of %(num)s team with a target reached it.",
            "%(reached)s of %(num)s teams with a target reached it.",
            load.teams,
            reached=say.number(load.teams_reached),
        )
    if not load.people:
        return _("Nobody here has a target for the first KPI.")
    said = say.words.ngettext(
        "%(reached)s of %(num)s person with a target reached it.",
        "%(reached)s of %(num)s people with a target reached it.",
        load.people,
        reached=say.number(load.reached),
    )
    if not load.full:
        return said
    words = say.words.ngettext(
        "%(num)s of them holds more open deals than the median of %(median)s: at full load.",
        "%(num)s of them hold more open deals than the median of %(median)s: at full load.",
        load.full,
        median=say.number(load.median or Decimal(0)),
    )
    said = f"{said} {words}"
    if load.is_signal:
        return _("%(said)s More people could carry more.", said=said)
    return said
