"""The compiled path writes what the plain path means: for every template and every value."""

from __future__ import annotations

import quopri
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.language.plan import Link, MessageTemplate
from compiler.render import EmptyMerge, Rendered, RenderedPlain, Renderer, RenderError


class Links:
    def link(self, number: int, target: str) -> str:
        return f"https://t.example/c/{'a' * 56}/{number}?t={target}&x=é="

    def pixel(self) -> str:
        return '<img src="https://t.example/o/x.gif" alt="">'


def message(html: str, text: str = "t", subject: str = "s") -> MessageTemplate:
    return MessageTemplate(subject, "", html, text, (Link(0, "https://a.example/"), Link(1, "{{ p.url }}")))


def both(template: MessageTemplate, values: dict[str, Any]) -> tuple[Rendered, RenderedPlain]:
    renderer = Renderer(template)
    return renderer.render(values, Links()), renderer.render_plain(values, Links())


def decoded(part: bytes) -> str:
    return quopri.decodestring(part.replace(b"\r\n", b"\n")).decode()


def check_wire(part: bytes) -> None:
    assert not part or part.endswith(b"\r\n")
    for line in part.split(b"\r\n"):
        assert len(line) <= 76
        assert line.isascii()
        assert b"\r" not in line
        assert b"\n" not in line
        assert line != b"."
        assert line[-1:] not in (b" ", b"\t")


CONSTANT = st.one_of(
    st.text(st.sampled_from("ab .=\n\t\u00a0é€<&>\"'-"), max_size=120),
    st.text(st.sampled_from("a. =\n\r\x0b\x0c\x1f\x7f\u2028\u202f😀👩\u200d🔧\U00020000"), max_size=60),
    st.sampled_from(["x" * 75, "x" * 76, "=" * 40, "é" * 13 + " \n", ".\n.\n", " \r\n", "a\n.", "From x\n", "😀" * 30]),
)
OUTER = st.sampled_from(["contact.a", "contact.b", "v", "n", "'x' if v else 'y'"])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.tuples(many).map(lambda t: f"{{% for p in rows %}}{t[0]}{{{{ p.n }}}}{{% else %}}z{{% endfor %}}"),
        st.tuples(many).map(lambda t: f"{{% for p in rows if n %}}{t[0]}{{{{ envoi.link(1, p.url) }}}}{{% endfor %}}"),
        st.tuples(many).map(lambda t: f"{{% for p in rows %}}{{{{ loop.index }}}}{t[0]}{{% endfor %}}"),
        st.tuples(many, many).map(lambda t: f"{{% if v %}}{t[0]}{{% else %}}{t[1]}{{% endif %}}"),
        st.tuples(many).map(lambda t: f"{{% set s %}}{t[0]}{{% endset %}}{{{{ s }}}}{{{{ s }}}}"),
        st.tuples(many).map(lambda t: f"{{% set s | upper %}}{t[0]}{{% endset %}}{{{{ s }}}}"),
        st.tuples(many).map(lambda t: f"{{% filter upper %}}{t[0]}é{{% endfilter %}}"),
        st.tuples(many).map(lambda t: f"{{% with w = v %}}{t[0]}{{{{ w }}}}{{% endwith %}}"),
        st.tuples(many).map(lambda t: f"{{% macro m(x) %}}{t[0]}{{{{ x }}}}é{{% endmacro %}}{{{{ m(v) }}}}"),
        st.tuples(many, many).map(
            lambda t: (
                f"{{% macro m(x) %}}<b>{t[0]}{{{{ caller() }}}}</b>{{% endmacro %}}"
                f"{{% call m(v) %}}{t[1]}é{{% endcall %}}"
            )
        ),
        # captured output that is passed on: given to a filter, a test, a concatenation, another capture, a loop
        st.tuples(many).map(
            lambda t: (
                f"{{% macro m(x, y='é=') %}}{t[0]}{{{{ x }}}}{{{{ y }}}}{{% endmacro %}}"
                "{{ m(v) | upper }}{{ m(v) ~ v }}{% if m(v) %}{{ (m(v), v) | join('=') }}{% endif %}"
            )
        ),
        st.tuples(many, many).map(
            lambda t: (
                f"{{% macro row(p) %}}{{{{ caller(p, '.') }}}}{t[0]}{{% endmacro %}}"
                f"{{% for p in rows %}}{{% call(q, dot) row(p) %}}{{{{ q.n }}}}{{{{ dot }}}}{t[1]}{{% endcall %}}"
                "{% endfor %}"
            )
        ),
        st.tuples(many).map(
            lambda t: (
                "{% set ns = namespace(s='') %}{% for p in rows %}"
                f"{{% set one %}}{t[0]}{{{{ p.n }}}}={{% endset %}}{{% set ns.s = ns.s ~ one %}}"
                "{% endfor %}{{ ns.s }}"
            )
        ),
        st.tuples(many).map(
            lambda t: f"{{% filter upper | trim %}}{t[0]}{{% set s %}}{t[0]}é{{% endset %}}{{{{ s }}}}{{% endfilter %}}"
        ),
        st.tuples(many, many).map(
            lambda t: (
                f"{{% set a %}}{t[0]}{{% set b %}}{t[1]}{{% endset %}}{{{{ b }}}}{{% endset %}}"
                "{{ a }}{{ b | d('') }}"
            )
        ),
        st.tuples(many).map(lambda t: f"{{% raw %}}{{{{ no }}}}{{% endraw %}}{t[0]}"),
    )


TAG = st.sampled_from(["{{- v -}}", "{{ envoi.pixel() }}", "{{ envoi.link(0) }}", "{{ 12.5 }}", "{{ 'é<' }}"])
LEAF = st.one_of(CONSTANT, OUTER.map(lambda name: f"{{{{ {name} }}}}"), TAG)
TEMPLATE = st.lists(st.recursive(LEAF, blocks, max_leaves=12), max_size=5).map("".join)
VALUE = st.one_of(
    st.text(max_size=90),
    st.text(st.sampled_from("a. =\n\t\ré€<&\u00a0\x0b\x1f\u2028😀"), max_size=90),
    st.sampled_from(["x" * 200, "é" * 90, ". \r\n" * 9]),
)
ROW = st.fixed_dictionaries({"n": VALUE, "url": st.sampled_from(["https://b.example/é?a=1&b=2", "http://c.example"])})
VALUES = st.fixed_dictionaries(
    {
        "contact": st.fixed_dictionaries({"a": VALUE, "b": VALUE}),
        "v": VALUE,
        "n": st.integers(0, 9),
        "rows": st.lists(ROW, max_size=3),
        "language": st.sampled_from(["fr", "en"]),
    }
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEMPLATE, VALUES)
def test_the_compiled_path_decodes_to_the_plain_one(source: str, values: dict[str, Any]) -> None:
    rendered, plain = both(message(source, source), values)
    check_wire(rendered.html)
    check_wire(rendered.text)
    assert decoded(rendered.html) == plain.html
    assert decoded(rendered.text) == plain.text


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_an_independent_parser_reads_the_same_message(values: dict[str, Any]) -> None:
    values["contact"]["a"] = values["contact"]["a"].replace("\r", "")
    rendered, plain = both(message("<p>{{ contact.a }} é</p>\n", "Bonjour {{ contact.a }},\n.\n"), values)
    for part, text in ((rendered.html, plain.html), (rendered.text, plain.text)):
        head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        parsed = message_from_bytes(head + part, policy=policy.SMTP)
        assert parsed.defects == []
        assert parsed.get_content().replace("\r\n", "\n") == text


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    rendered, _ = both(message("{{ v }}", "{{ v }}"), {"v": '<b> & "é" {{ 7*7 }}'})
    assert decoded(rendered.html) == "&lt;b&gt; &amp; &#34;é&#34; {{ 7*7 }}"
    assert decoded(rendered.text) == '<b> & "é" {{ 7*7 }}'


def test_links_are_escaped_and_the_pixel_is_not() -> None:
    rendered, _ = both(message('<a href="{{ envoi.link(0) }}">x</a>{{ envoi.pixel() }}'), {})
    assert "?t=https://a.example/&amp;x=é=" in decoded(rendered.html)
    assert '<img src="https://t.example/o/x.gif" alt="">' in decoded(rendered.html)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//b.example",
        "https:b.example",
        "https://u@b.example/",
        "https://b.example/ x",
        "",
        "x",
        "https://b.example\\@c.example",
        "https://b.example/\r\nX: y",
        "https://é.example/",
        "ftp://b.example/",
    ],
)
def test_a_target_that_values_made_must_be_a_whole_url(url: str) -> None:
    renderer = Renderer(message("{{ envoi.link(1, v) }}"))
    with pytest.raises(RenderError):
        renderer.render({"v": url}, Links())


def test_a_target_beyond_ascii_is_percent_encoded() -> None:
    rendered, _ = both(message("{{ envoi.link(1, v) }}"), {"v": "https://b.example/é?q=ü%20&a[]=1"})
    assert "t=https://b.example/%C3%A9?q=%C3%BC%20&amp;a[]=1&amp;x" in decoded(rendered.html)


def test_the_subject_is_one_line_and_the_parts_know_it() -> None:
    renderer = Renderer(message("{{ subject }}", subject="{{ v }}, trois lampes"))
    rendered = renderer.render({"v": "Zoé"}, Links())
    assert rendered.subject == "Zoé, trois lampes"
    assert decoded(rendered.html) == "Zoé, trois lampes"
    for bad in ("a\r\nBcc: x", "a\x00", "a\u2028b", "a\x85"):
        with pytest.raises(RenderError):
            renderer.render({"v": bad}, Links())


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.first_name }}",
        "{{ contact['first_name'] }}",
        "{{ contact.first_name | upper }}",
        "{{ 'Bonjour ' ~ contact.first_name }}",
        "{% set x = contact.first_name %}{{ x }}",
    ],
)
@pytest.mark.parametrize("contact", [{}, {"first_name": None}])
def test_a_missing_value_is_never_printed(source: str, contact: dict[str, object]) -> None:
    renderer = Renderer(message(source))
    for render in (renderer.render, renderer.render_plain):
        with pytest.raises(EmptyMerge) as raised:
            render({"contact": contact}, Links())
        assert raised.value.name in ("contact.first_name", "?")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ contact.company or 'vous' }}", "vous"),
        ("{{ contact.company | default('vous') }}", "vous"),
        ("{% if contact.company %}x{% else %}y{% endif %}", "y"),
        ("{% if contact.company == 'x' %}x{% else %}y{% endif %}", "y"),
        ("{% if contact.company is defined %}x{% else %}y{% endif %}", "y"),
        ("{{ rows[0].badge or '-' }}", "-"),
        ("{{ rows[0].items }}", "3"),
    ],
)
def test_a_value_that_may_be_missing_is_tested_or_replaced(source: str, shown: str) -> None:
    values = {"contact": {"company": None}, "rows": [{"badge": None, "items": 3}]}
    rendered, plain = both(message(source), values)
    assert decoded(rendered.html) == plain.html == shown


@pytest.mark.parametrize("value", [True, False, None, [1], {"a": 1}])
def test_what_is_no_text_is_not_printed(value: object) -> None:
    with pytest.raises(RenderError):
        Renderer(message("{{ v }}")).render({"v": value}, Links())


def test_a_message_has_a_greatest_size() -> None:
    with pytest.raises(RenderError):
        Renderer(message("{% for a in range(1000) %}{{ v }}{% endfor %}")).render({"v": "x" * 2000}, Links())


def test_errors_never_quote_a_value() -> None:
    renderer = Renderer(message("{{ v + 1 }}{{ contact.name }}"))
    with pytest.raises(RenderError) as raised:
        renderer.render({"v": "Jean Secret", "contact": {"name": "Jean Secret"}}, Links())
    assert "Secret" not in str(raised.value) + raised.value.text.fr
    assert "Secret" not in repr(Renderer(message("x")).render({}, Links()))


def test_nothing_stays_from_one_message_to_the_next() -> None:
    renderer = Renderer(message("{% if v %}{% set w = v %}{{ w }}{% else %}{{ w or 'clean' }}{% endif %}"))
    renderer.render({"v": "first"}, Links())
    with pytest.raises(RenderError):
        renderer.render({"v": ""}, Links())
