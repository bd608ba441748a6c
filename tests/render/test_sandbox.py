"""A template presents values. It reaches nothing else and cannot be made to work for long."""

from __future__ import annotations

import time

import pytest

from compiler.language.finding import Place
from compiler.language.plan import MessageTemplate
from compiler.render import Renderer, RenderError
from compiler.render.checks import check_source, may_run_long

PLACE = Place("a.mjml")


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def refused(source: str) -> bool:
    """By the checks, or by the sandbox, on both paths."""
    if check_source(source, PLACE):
        return True
    values = {"contact": {"name": "Zoé"}, "v": "texte", "rows": [{"n": 1}], "language": "fr"}
    answers = []
    for path in ("render", "render_plain"):
        try:
            renderer = Renderer(MessageTemplate("s", "", source, "t"))
            getattr(renderer, path)(values, Links())
            answers.append(False)
        except RenderError:
            answers.append(True)
    assert len(set(answers)) == 1
    return answers[0]


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ v.__init__ }}",
        "{{ v | attr('__class__') }}",
        "{{ rows.__class__ }}",
        "{{ rows.append(1) }}",
        "{{ contact.__class__ }}",
        "{{ contact.keys }}",
        "{{ contact.items() }}",
        "{{ contact.get('name') }}",
        "{{ contact.update({'name': 'x'}) }}",
        "{{ contact._name }}",
        "{{ rows[0].pop('n') }}",
        "{{ range.__globals__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ joiner.__init__ }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ envoi.__class__ }}",
        "{{ envoi._links }}",
        "{{ envoi._targets }}",
        "{% set envoi = v %}{{ envoi }}",
        "{% for envoi in rows %}x{% endfor %}",
        "{% macro m() %}x{% endmacro %}{{ m.__globals__ }}",
        "{{ v.format(v) }}",
        "{{ '{0.__class__}'.format(v) }}",
        "{{ '{v.__class__}'.format_map({'v': v}) }}",
        "{{ '{:900000000}'.format(v) }}",
        "{{ '%s' % v }}",
        "{{ '%900000000d' % 1 }}",
        "{{ v | format }}",
        "{{ v | pprint }}",
        "{{ v | safe }}",
        "{{ v | xmlattr }}",
        "{{ rows | random }}",
        "{{ rows | tojson }}",
        "{{ lipsum() }}",
        "{{ dict(a=1) }}",
        "{{ 'x' * 300000000 }}",
        "{{ 300000000 * 'x' }}",
        "{{ [1] * 300000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ v.ljust(900000000) }}",
        "{{ v.center(900000000) }}",
        "{{ v.zfill(900000000) }}",
        "{{ v.replace('', v) }}",
        "{{ v.join(rows) }}",
        "{{ v.encode() }}",
        "{{ v.translate({}) }}",
        "{{ v | center(900000000) }}",
        "{{ v | indent(900000000) }}",
        "{{ v | wordwrap(1) }}",
        "{{ range(100000) | join }}",
        "{{ range(2000) | join('x' * 10000) }}",
        "{{ v | replace('', 'x' * 100000) }}",
        "{% for a in range(100000) %}{% endfor %}",
        "{% for a in range(2000) %}{% for b in range(2000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}",
        "{% for a in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import x %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% do rows.append(1) %}",
        "{% autoescape false %}{{ v }}{% endautoescape %}",
        "{{ now() }}",
        "{{ environment }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{% if 1 %}" * 120 + "{% endif %}" * 120,
        "{% for a in rows %}" * 30 + "{% endfor %}" * 30,
    ],
)
def test_attacks_are_refused_at_once(source: str) -> None:
    begins = time.process_time()
    assert refused(source)
    assert time.process_time() - begins < 2


@pytest.mark.parametrize(
    "source",
    [
        "{{ v.upper() }}{{ v[0] }}{{ v[:2] }}{% if v.startswith('t') %}x{% endif %}",
        "{% for a in rows %}{{ loop.index }}{{ loop.cycle('a', 'b') }}{{ a.n }}{% endfor %}",
        "{% set ns = namespace(n=0) %}{% for a in rows %}{% set ns.n = ns.n + a.n %}{% endfor %}{{ ns.n }}",
        "{% for pair in rows | batch(2) %}{{ pair[0].n }}{% endfor %}",
        "{{ rows | map(attribute='n') | join(', ') }}",
        "{{ rows | selectattr('n', 'gt', 0) | list | length }}",
        "{{ (rows | sort(attribute='n') | first).n }}",
        "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}",
        "{% set j = joiner(', ') %}{% for a in rows %}{{ j() }}{{ a.n }}{% endfor %}",
        "{% macro lamp(p, w=false) %}{{ p.n }}{% if caller is defined %}x{% endif %}{% endmacro %}{{ lamp(rows[0]) }}",
        "{{ 'oui' if v is defined and rows else 'non' }}",
    ],
)
def test_ordinary_templates_are_not(source: str) -> None:
    assert not refused(source)


def test_a_contacts_value_is_never_a_template() -> None:
    rendered = Renderer(MessageTemplate("{{ v }}", "", "{{ v }}", "{{ v }}")).render_plain({"v": "{{ 7*7 }}"}, Links())
    assert rendered.subject == rendered.html == rendered.text == "{{ 7*7 }}"


@pytest.mark.parametrize(
    ("source", "long"),
    [
        ("{% for p in products %}{{ p.name ~ '!' }}{% endfor %}{% set a = contact.job %}", False),
        ("{% for a in b %}{% if a %}{% for c in a %}{% endfor %}{% endif %}{% endfor %}", True),
        ("{% for a in b %}{% else %}{% for c in b %}{% endfor %}{% endfor %}", True),
        ("{% macro m() %}{% endmacro %}", True),
        ("{% set n = namespace(x='') %}{% set n.x = n.x %}", True),
        ("{% set a = a ~ a %}", True),
        ("{% set a %}{{ a }}{% endset %}", True),
    ],
)
def test_only_what_may_run_long_is_tried_apart(source: str, long: bool) -> None:
    assert may_run_long(MessageTemplate("s", "", "<p></p>", source)) is long
