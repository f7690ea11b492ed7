"""No template shows a figure that cannot be opened: each leads to what explains it."""

from collections.abc import Iterator

import pytest
from jinja2 import Environment, nodes

from tests.house.tree import Source, sources

SHOWING = {"figure": 1, "tile": 3, "rate": 3, "heat": 2, "headline": 3}
"""The macros that show a figure, and at which place each takes its address."""
OWN = {"templates/components/figures.html", "templates/gallery.html"}
"""Where the macros are made, and where they are shown empty."""
WORDS = {"_", "ngettext"}
"""A figure within a sentence explains another one, which can be opened."""
FROZEN = "frozen when the pack was issued; its last page says how each is worked out"
PUSHED = "counted from the changes that the same page lists deal by deal"
CLOSED = {
    ("templates/components/cards.html", "rate_of.team"): "the team's rate, for who may not open it",
    (
        "templates/components/cards.html",
        "rung.conversion.team",
    ): "a step of how needed is worked out",
    ("templates/metrics/explain.html", "page.value"): "the page that explains it",
    ("templates/packs/show.html", "kpi.actual"): FROZEN,
    ("templates/packs/show.html", "kpi.target"): FROZEN,
    ("templates/packs/show.html", "kpi.attained_said"): FROZEN,
    ("templates/packs/show.html", "kpi.gap"): FROZEN,
    ("templates/packs/show.html", "kpi.prior"): FROZEN,
    ("templates/waterfall/show.html", "deals"): PUSHED,
    ("templates/waterfall/show.html", "times"): PUSHED,
    ("templates/waterfall/show.html", "page.slipped.rate"): PUSHED,
}
"""What is shown and leads nowhere, and why."""

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


def shut(source: Source) -> Iterator[str]:
    """Yield the figures of a template that lead nowhere."""
    tree = ENVIRONMENT.parse(source.text)
    for node, above, is_attribute in _walk(tree):
        if isinstance(node, nodes.Call) and _name(node) in SHOWING and not _leads(node):
            if not _is_excused(source, node.args[0] if node.args else node):
                yield source.at(node.lineno, f"{_name(node)} without an address")
        elif isinstance(node, nodes.Filter) and node.name == "reading" and not is_attribute:
            calls = [one for one in above if isinstance(one, nodes.Call)]
            is_shown = any(_name(one) in SHOWING or _name(one) in WORDS for one in calls)
            if not is_shown and not _is_excused(source, node):
                yield source.at(node.lineno, "a reading outside the components of figures")


Found = tuple[nodes.Node, tuple[nodes.Node, ...], bool]


def _walk(tree: nodes.Node) -> Iterator[Found]:
    """Yield every node with those above it, and whether it is written into an attribute."""
    text = ""

    def down(node: nodes.Node, above: tuple[nodes.Node, ...]) -> Iterator[Found]:
        nonlocal text
        if isinstance(node, nodes.TemplateData):
            text += node.data
        tag = text[text.rfind("<") :] if text.rfind("<") > text.rfind(">") else ""
        yield node, above, tag.count('"') % 2 == 1
        for child in node.iter_child_nodes():
            yield from down(child, (*above, node))

    yield from down(tree, ())


def _name(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""


def _leads(call: nodes.Call) -> bool:
    """Whether a call gives an address that is not plainly none."""
    place = SHOWING[_name(call)]
    given: list[nodes.Node] = [pair.value for pair in call.kwargs if pair.key == "url"]
    if len(call.args) > place:
        given.append(call.args[place])
    return any(not (isinstance(one, nodes.Const) and one.value in {None, ""}) for one in given)


def _is_excused(source: Source, node: nodes.Node) -> bool:
    inner = node.node if isinstance(node, nodes.Filter) else node
    return inner is not None and (source.name, _path(inner)) in CLOSED


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def test_every_figure_leads_to_what_explains_it() -> None:
    found = [
        line
        for source in sources("templates/", ".html")
        if source.name not in OWN
        for line in shut(source)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "<td>{{ line.actual | reading }}</td>",
        "{{ figure(line.actual | reading) }}",
        "{{ figure(line.actual | reading, none) }}",
        '{{ heat("82 %", "met") }}',
        "{{ headline(line.actual | reading, line.kpi.name) }}",
        '<a title="x">{{ line.actual | reading }}</a>',
    ],
)
def test_a_figure_that_leads_nowhere_is_found(text: str) -> None:
    source = Source("templates/example.html")
    source.__dict__["text"] = text
    assert list(shut(source))


@pytest.mark.parametrize(
    "text",
    [
        "{{ figure(line.actual | reading, page.behind(line)) }}",
        "{{ headline(line.actual | reading, line.kpi.name, url=page.behind(line)) }}",
        '<a title="{{ line.actual | reading }}">{{ line.kpi.name }}</a>',
        '<p>{{ _("own %(rate)s", rate=line.actual | reading) }}</p>',
    ],
)
def test_a_figure_that_leads_somewhere_is_left_alone(text: str) -> None:
    source = Source("templates/example.html")
    source.__dict__["text"] = text
    assert not list(shut(source))
