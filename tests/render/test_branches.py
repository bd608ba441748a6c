"""Which branches values take is found without rendering the message, whatever decides."""

from __future__ import annotations

import pytest

from compiler.language.plan import MessageTemplate
from compiler.render import Branches
from compiler.render.branches import STOPPED


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def taken(source: str, **contact: object) -> frozenset[int]:
    rows = contact.pop("rows", [])
    return branches(source).taken({"contact": contact, "rows": rows}, Links())


def branches(source: str) -> Branches:
    return Branches(MessageTemplate("", "", source, ""))


@pytest.mark.parametrize(
    ("source", "one", "other"),
    [
        pytest.param("{% if contact.city %}a{% endif %}", {"city": "Rennes"}, {"city": None}, id="if"),
        pytest.param(
            "{% if contact.n > 2 %}a{% elif contact.n > 1 %}b{% else %}c{% endif %}", {"n": 2}, {"n": 1}, id="elif"
        ),
        pytest.param(
            "{{ 'a' if contact.city == 'Brest' else 'b' }}", {"city": "Brest"}, {"city": "Nantes"}, id="choice"
        ),
        pytest.param("{% for r in rows %}a{% else %}b{% endfor %}", {"rows": [{}]}, {"rows": []}, id="rows"),
        pytest.param(
            "{% for r in rows %}{% if r.new %}a{% endif %}{% endfor %}",
            {"rows": [{"new": True}]},
            {"rows": [{"new": False}]},
            id="a row's own value",
        ),
        pytest.param(
            "{% set c = contact.city %}{% if c %}a{% endif %}", {"city": "Rennes"}, {"city": None}, id="assigned"
        ),
        pytest.param(
            "{% macro m(x) %}{% if x %}a{% endif %}{% endmacro %}{{ m(contact.city) }}",
            {"city": "Rennes"},
            {"city": None},
            id="in a macro",
        ),
    ],
)
def test_people_who_see_something_else_take_other_branches(
    source: str, one: dict[str, object], other: dict[str, object]
) -> None:
    assert taken(source, **one) != taken(source, **other)


def test_people_who_see_the_same_but_for_their_name_take_the_same() -> None:
    source = "{{ contact.name }}{% if contact.city %}{{ contact.city }}{% endif %}"
    assert taken(source, name="Ana", city="Rennes") == taken(source, name="Bob", city="Brest")
    assert branches(source).names == {"contact.city"}


def test_values_that_stop_the_template_are_a_branch_of_their_own() -> None:
    source = "{% if contact.n > 1 %}a{% endif %}"
    assert STOPPED in taken(source, n="x")
    assert STOPPED not in taken(source, n=1)
