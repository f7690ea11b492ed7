"""What no template holds: style, script, words that nobody can translate, addresses of strangers."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import Source, sources

Rule = Callable[[Source], Iterator[str]]
RULES: dict[str, Rule] = {}

JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*(?:raw)\b.*?endraw\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CLASSES = re.compile(r"\{%-?\s*block \w+_class\b.*?endblock\s*-?%\}", re.DOTALL)
TRANS = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
HIDDEN = re.compile(
    r"<!--.*?-->|<(script|style|svg)\b.*?</\1>|<!doctype[^>]*>", re.DOTALL | re.IGNORECASE
)
SPOKEN = re.compile(
    r"""\s(?:title|placeholder|alt|aria-label|aria-description|label|content)=(["'])(.*?)\1""",
    re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]{2,}")
UNTRANSLATED = {"spm"}
"""What is written alike in every language."""


def rule(function: Rule) -> Rule:
    """Enter a rule; its name is the sentence."""
    RULES[function.__name__] = function
    return function


def search(pattern: str, words: str) -> Rule:
    """A rule that finds a pattern, line by line."""

    def find(source: Source) -> Iterator[str]:
        for number, line in enumerate(source.text.splitlines(), 1):
            if re.search(pattern, line, re.IGNORECASE):
                yield source.at(number, f"{words}: {line.strip()[:100]}")

    return find


RULES["no_inline_style"] = search(r"<style\b|\sstyle\s*=", "inline style")
RULES["no_inline_script"] = search(r"<script\b(?![^>]*\bsrc=)", "inline script")
RULES["no_event_attributes"] = search(
    r"\son[a-z]+\s*=\s*[\"']|\shx-on\b|javascript:", "inline handler"
)
RULES["no_unescaped_text"] = search(r"\|\s*safe\b|autoescape\s+false", "unescaped")
RULES["no_strangers"] = search(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", "another site")
RULES["no_colours"] = search(
    r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b(?=[\"';])|\brgba?\(", "a colour outside the tokens"
)
RULES["no_positive_tabindex"] = search(r"""tabindex=["']?[1-9]""", "tab order by number")
RULES["no_mark_up_of_the_last_century"] = search(
    r"<marquee|<center|<font\b|<b>|<i>", "mark-up of the last century"
)


@rule
def no_words_out_of_reach(source: Source) -> Iterator[str]:
    """Every visible word goes through gettext; English is in the code."""
    if source.name.startswith("templates/mail/"):
        return
    blank = TRANS.sub(lambda found: "\n" * found[0].count("\n"), source.text)
    blank = CLASSES.sub("", blank)
    shown = JINJA.sub(lambda found: "\n" * found[0].count("\n") or "\x00", blank)
    shown = HIDDEN.sub(lambda found: "\n" * found[0].count("\n"), shown)
    for found in SPOKEN.finditer(shown):
        is_meta = shown.rfind("<meta", 0, found.start()) > shown.rfind(">", 0, found.start())
        if not is_meta and WORD.search(found[2]):
            yield source.at(shown[: found.start()].count("\n") + 1, found[0].strip())
    text = re.sub(r"<[^>]*>", lambda found: "\n" * found[0].count("\n") or " ", shown)
    for number, line in enumerate(text.splitlines(), 1):
        words = [
            word for word in WORD.findall(re.sub(r"&\w+;", " ", line)) if word not in UNTRANSLATED
        ]
        if words:
            yield source.at(number, " ".join(words)[:100])


@rule
def forms_that_change_something_carry_their_tokens(source: Source) -> Iterator[str]:
    """Through the form component, or by writing the fields."""
    for found in re.finditer(
        r"<form\b[^>]*method=[\"']post[\"'].*?</form>", source.text, re.DOTALL
    ):
        form = found[0]
        if not re.search(r"csrf|once_field|tokens|hidden_tag|hidden\(", form):
            yield source.at(
                source.text[: found.start()].count("\n") + 1, "a form without its tokens"
            )


@pytest.mark.parametrize("name", RULES)
def test_templates_keep_the_rule(name: str) -> None:
    found = [line for source in sources("templates/", ".html") for line in RULES[name](source)]
    assert not found, "\n".join(found)


BROKEN = {
    "no_inline_style": '<p style="color: red">',
    "no_inline_script": "<script>alert(1)</script>",
    "no_event_attributes": '<a onclick="go()">',
    "no_unescaped_text": "{{ name | safe }}",
    "no_strangers": '<img src="//elsewhere.example/x.png">',
    "no_colours": '<rect fill="#ff0000">',
    "no_positive_tabindex": '<p tabindex="3">',
    "no_mark_up_of_the_last_century": "<center>",
    "no_words_out_of_reach": "<p>Good morning {{ name }}</p>",
    "forms_that_change_something_carry_their_tokens": '<form method="post"><button></button></form>',
}


@pytest.mark.parametrize(("name", "text"), BROKEN.items())
def test_a_rule_finds_what_breaks_it(name: str, text: str) -> None:
    source = Source("templates/example.html")
    source.__dict__["text"] = text
    assert list(RULES[name](source))


@pytest.mark.parametrize(
    "text",
    [
        '<h1>{{ _("Deals") }}</h1>',
        "<p>{% trans count=n %}{{ count }} deal{% pluralize %}{{ count }} deals{% endtrans %}</p>",
        '<input aria-label="{{ _("Name") }}" name="name">',
        '<meta name="viewport" content="width=device-width">',
        "{# words of the author #}<p>{{ page.name }} · 12&nbsp;%</p>",
    ],
)
def test_words_within_reach_are_left_alone(text: str) -> None:
    source = Source("templates/example.html")
    source.__dict__["text"] = text
    assert not list(no_words_out_of_reach(source))


def test_each_icon_is_in_the_sprite() -> None:
    """By the names that stand in templates and in the rail."""
    listed = set(re.findall(r"^([a-z0-9-]+)$", Source("spm/static/icons.txt").text, re.MULTILINE))
    named = {
        (name, source.name)
        for source in (*sources("templates/", ".html"), *sources("spm/web/"))
        for found in re.findall(r"""\bicon\(([^()]*)|\bicon=("[a-z0-9-]+")""", source.text)
        for name in re.findall(r"""["']([a-z0-9-]{2,})["'](?!\s*(?::|[=!]=))""", "".join(found))
        if not re.search(rf"""[=!]= ?["']{name}["']""", "".join(found))
    }
    missing = sorted(f"{source}: {name}" for name, source in named if name not in listed)
    assert not missing, "add them to spm/static/icons.txt: " + ", ".join(missing)


def test_each_icon_of_the_sprite_is_drawn_somewhere() -> None:
    drawn = "".join(
        source.text for source in (*sources("templates/", ".html"), *sources("spm/web/"))
    )
    listed = re.findall(r"^([a-z0-9-]+)$", Source("spm/static/icons.txt").text, re.MULTILINE)
    assert [name for name in listed if f'"{name}"' not in drawn] == []


def test_what_a_script_looks_for_is_written_by_a_page_or_by_a_script() -> None:
    scripts = "".join(source.text for source in sources("spm/static/js/", ".js"))
    pages = (*sources("templates/", ".html"), *sources("spm/"))
    written = "".join(source.text for source in pages)
    kept = {
        re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)
        for name in re.findall(r"\.dataset\.(\w+) = ", scripts)
    }
    asked = set(re.findall(r"\[data-([a-z-]+)", scripts))
    assert sorted(name for name in asked - kept if f"data-{name}" not in written) == []
