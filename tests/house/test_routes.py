"""What every route keeps to."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from spm.request.access import declaration_of
from tests.house.tree import tracked

pytestmark = pytest.mark.sqlite

PUBLIC = {
    "static",
    "identity.set_up",  # by a one-time token
    "identity.sign_in",
    "identity.welcome",  # by a one-time token
    "preferences.save",  # language and theme of a device
}
"""The routes that anybody may call."""


def rules(app: Flask) -> Iterator[Rule]:
    """Every rule of the application."""
    yield from app.url_map.iter_rules()


def test_a_route_that_anybody_may_call_is_one_of_the_few(app: Flask) -> None:
    found = set()
    for rule in rules(app):
        declared = declaration_of(app.view_functions[rule.endpoint])
        assert declared is not None, f"{rule.endpoint} declares nothing"
        if declared.permission is None:
            found.add(rule.endpoint)
    assert found <= PUBLIC


def test_a_route_reads_with_get_and_changes_with_post(app: Flask) -> None:
    for rule in rules(app):
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.endpoint


def test_an_id_in_an_address_is_a_positive_number_of_at_most_18_digits(app: Flask) -> None:
    for rule in rules(app):
        for kind, name in re.findall(r"<(?:([a-z_]+)(?:\([^)]*\))?:)?(\w+)>", rule.rule):
            assert not name.endswith("_id") or kind == "id", rule.rule
            assert kind not in {"int", "float"}, rule.rule


def test_an_address_is_in_small_letters_with_hyphens(app: Flask) -> None:
    for rule in rules(app):
        fixed = re.sub(r"<[^>]*>", "", rule.rule)
        assert re.fullmatch(r"/(?:[a-z0-9.-]+/?|/)*", fixed.replace("//", "/")), rule.rule


def test_a_feature_has_one_name_in_every_layer(app: Flask) -> None:
    """A blueprint is named like its package, and so is the folder of its templates."""
    for name, blueprint in app.blueprints.items():
        assert blueprint.import_name.split(".")[3] == name, blueprint.import_name


def test_a_folder_of_templates_belongs_to_a_feature_or_to_all(app: Flask) -> None:
    folders = {
        name.split("/")[1]
        for name in tracked()
        if name.count("/") > 1 and name.startswith("templates/")
    }
    assert folders <= {*app.blueprints, "components", "errors", "layouts", "mail"}
