"""Whatever Jinja an author can write: findings or a message, the same on both paths, and nothing else."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.language.plan import MessageTemplate
from compiler.render import CompiledMjml, Renderer, RenderError, fields_used, prepare
from compiler.render.filters import filters

FILTERS = st.sampled_from(sorted(filters()))
ATOM = st.sampled_from(
    [
        *(
            "contact.a",
            "contact",
            "v",
            "rows",
            "rows[0]",
            "rows[0].n",
            "rows[9]",
            "v[::-1]",
            "n",
            "missing",
            "x",
            "loop",
        ),
        *(
            "1",
            "-1",
            "2.5",
            "'x'",
            "''",
            "[1, 2]",
            "(1,)",
            "{'a': 1}",
            "none",
            "true",
            "range(n)",
            "loop.index",
            "ns.x",
        ),
        *("m", "m(v)", "caller()", "cycler('a')", "joiner()", "envoi", "envoi.link", "loop.cycle('a')", "self"),
    ]
)
SIGN = st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "in", "not in", "and", "or"])
TEST = st.sampled_from(["defined", "none", "even", "number", "string", "mapping", "lower", "divisibleby(0)", "in([1])"])
NAMED = st.sampled_from(["", "", "", "attribute='n'", "default=1", "reverse=true"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.tuples(st.lists(inner, max_size=2), NAMED).map(lambda t: ", ".join([*t[0], *filter(None, t[1:])]))
    return st.one_of(
        st.tuples(inner, SIGN, inner).map(" ".join),
        st.tuples(inner, FILTERS, arguments).map(lambda t: f"({t[0]}) | {t[1]}" + (f"({t[2]})" if t[2] else "")),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, TEST).map(lambda t: f"({t[0]}) is {t[1]}"),
    )


EXPRESSION = st.recursive(ATOM, larger, max_leaves=4)


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=2).map("".join)
    return st.one_of(
        st.tuples(EXPRESSION, body).map(lambda t: f"{{% for p in {t[0]} %}}{t[1]}{{% endfor %}}"),
        st.tuples(EXPRESSION, body).map(lambda t: f"{{% if {t[0]} %}}{t[1]}{{% endif %}}"),
        EXPRESSION.map(lambda e: f"{{% set x = {e} %}}{{{{ x }}}}"),
        EXPRESSION.map(lambda e: f"{{% set ns = namespace(x=v) %}}{{% set ns.x = {e} %}}{{{{ ns.x }}}}"),
        body.map(lambda b: f"{{% set x %}}{b}{{% endset %}}{{{{ x }}}}"),
        st.tuples(FILTERS, body).map(lambda t: f"{{% filter {t[0]} %}}{t[1]}{{% endfilter %}}"),
        st.tuples(EXPRESSION, body).map(
            lambda t: f"{{% macro m(a) %}}{t[1]}{{{{ a }}}}{{% endmacro %}}{{{{ m({t[0]}) }}}}"
        ),
        st.tuples(EXPRESSION, body).map(
            lambda t: f"{{% macro m(a) %}}{{{{ caller() }}}}{{% endmacro %}}{{% call m({t[0]}) %}}{t[1]}{{% endcall %}}"
        ),
        st.tuples(EXPRESSION, body).map(lambda t: f"{{% with x = {t[0]} %}}{t[1]}{{% endwith %}}"),
        EXPRESSION.map(lambda e: f'<a href="https://a.example/{{{{ {e} }}}}">x</a>'),
    )


TEMPLATE = st.lists(st.recursive(EXPRESSION.map("{{{{ {} }}}}".format), blocks, max_leaves=3), min_size=1, max_size=2)
VALUES: dict[str, object] = {
    "language": "fr",
    "contact": {"a": "Zoé"},
    "v": "texte <b>",
    "n": 3,
    "rows": [{"n": 1, "m": "a"}, {"n": 2, "m": None}],
}


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def answer(template: MessageTemplate, *, plain: bool) -> tuple[str, str] | None:
    try:
        if plain:
            shown = Renderer(template).render_plain(VALUES, Links())
            return shown.html, shown.text
        rendered = Renderer(template).render(VALUES, Links())
    except RenderError:
        return None
    html, text = (quopri.decodestring(part.replace(b"\r\n", b"\n")).decode() for part in (rendered.html, rendered.text))
    return html, text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEMPLATE.map("".join))
def test_any_template_is_refused_or_rendered_alike_on_both_paths(source: str) -> None:
    fields_used(source)
    message, found = prepare(CompiledMjml(source, source), subject="s", preview="")
    if not any(one.stops for one in found):
        assert answer(message, plain=True) == answer(message, plain=False)


@pytest.mark.parametrize(
    "source", ["{{ v | truncate(1) }}", "{{ '\\ud800' }}", "{{ '\\ud83d' ~ v }}", "{{ v | upper ~ '\\udfff' }}"]
)
def test_what_python_trips_over_is_a_refusal(source: str) -> None:
    for template in (MessageTemplate("s", "", source, "t"), MessageTemplate("s", "", "h", source)):
        assert answer(template, plain=False) is None
    with pytest.raises(RenderError):
        Renderer(MessageTemplate(source, "", "h", "t")).render(VALUES, Links())


@pytest.mark.parametrize(
    "thing",
    [
        "cycler('a')",
        "joiner()",
        "namespace(a=1)",
        "v.upper",
        "envoi.link",
        "envoi",
        "rows | map(attribute='n')",
        "range",
    ],
)
@pytest.mark.parametrize(
    "way", ["{}", "({}) ~ ''", "({}) | upper", "({}) | string", "[{}] | join", "[{}] | map('trim') | first"]
)
def test_what_lies_in_memory_is_never_printed(thing: str, way: str) -> None:
    # A function's own text is where it lies: no two machines would write the same message.
    source = "{{ " + way.format(thing) + " }}"
    for plain in (True, False):
        assert answer(MessageTemplate("s", "", source, source), plain=plain) is None


def test_a_filter_block_that_makes_no_text_is_refused_on_both_paths() -> None:
    for source in (
        "{% filter wordcount %}a{% endfilter %}",
        "{% filter list %}{% endfilter %}",
    ):
        message = MessageTemplate("s", "", source, source)
        assert answer(message, plain=True) is None
        assert answer(message, plain=False) is None
