"""Includes and params: expanded from git alone, every character traceable to its file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.finding import Place
from compiler.mjml import compile_mjml
from compiler.mjml.expand import expanded
from compiler.mjml.mapped import Builder, MappedText, Source, replaced


def expand(source: str, files: dict[str, str] | None = None, **params: str) -> str:
    mapped, findings = expanded(source, "t/a.mjml", read=(files or {}).get, params=params)
    assert findings == []
    return mapped.text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[[ a ]]", "&lt;1&gt;"),
        ("[[ a | raw ]]", "<1>"),
        ('[[ z | default("x") ]]', "x"),
        ('[[ a | default("x") ]]', "&lt;1&gt;"),
        ("[% if a %]yes[% else %]no[% endif %]", "yes"),
        ("[% if not a %]yes[% else %]no[% endif %]", "no"),
        ("[% if z %]yes[% endif %]", ""),
        ('[% if a == "<1>" %]yes[% endif %]', "yes"),
        ('[% if a != "<1>" %]yes[% endif %]', ""),
        ("[% if z %][[ unknown ]][% if a %]x[% endif %][% endif %]", ""),
        ("{{ x[[ a ]] }} <!-- [[ z ]] --> {# [[ z ]] #}", "{{ x[[ a ]] }} <!-- [[ z ]] --> {# [[ z ]] #}"),
        ('[% include "b/c.mjml" with b="é", c="2" %]', "é2&lt;1&gt;"),
        ('<mj-include path="b/d.css" type="css" />', "<mj-style>.x{}</mj-style>"),
        ('<mj-include path="b/e.html" type="html"></mj-include>', "<mj-raw><i>é</i></mj-raw>"),
        ('[% include "b/f.mjml" %]', "up"),
        ('[% include "b/c.mjml" with b="[[ a ]]!", c="" %]', "&lt;1&gt;!&lt;1&gt;"),
    ],
)
def test_what_git_knows_is_resolved(source: str, text: str) -> None:
    files = {
        "t/b/c.mjml": "[[ b ]][[ c ]][[ a ]]",
        "t/b/d.css": ".x{}",
        "t/b/e.html": "<i>é</i>",
        "t/b/f.mjml": '[% include "../up.mjml" %]',
        "t/up.mjml": "up",
    }
    assert expand(source, files, a="<1>") == text


def test_places_survive_expansion() -> None:
    files = {"t/b.mjml": "un\ndeux [[ a ]] trois"}
    mapped, _ = expanded('début\n[% include "b.mjml" %]fin', "t/a.mjml", read=files.get, params={"a": "X" * 50})
    assert mapped.place(mapped.text.index("deux")) == Place("t/b.mjml", 2, 1)
    assert mapped.place(mapped.text.index("XXX") + 40) == Place("t/b.mjml", 2, 6)
    assert mapped.place(mapped.text.index("trois")) == Place("t/b.mjml", 2, 14)
    assert mapped.place(mapped.text.index("fin")) == Place("t/a.mjml", 2, 23)


def test_a_finding_several_includes_down_names_the_file_that_it_stands_in() -> None:
    files = {
        "t/b/one.mjml": 'un\n  [% include "deep/two.mjml" with a="[[ a ]]!" %]',
        "t/b/deep/two.mjml": "deux\n\n[[ a ]]   [[ missing ]]",
    }
    mapped, (found,) = expanded('x\n[% include "b/one.mjml" with a="é" %]', "t/a.mjml", read=files.get, params={})
    assert (found.code, found.place) == ("TPL-PARAM-03", Place("t/b/deep/two.mjml", 3, 11))
    assert mapped.text == "x\nun\n  deux\n\né!   "


def test_includes_are_ten_deep_at_most() -> None:
    files = {f"t/{n}.mjml": f'[% include "{n + 1}.mjml" %]' for n in range(40)}
    _, (found,) = expanded('[% include "0.mjml" %]', "t/a.mjml", read=files.get, params={})
    assert (found.code, found.place) == ("TPL-INCLUDE-06", Place("t/9.mjml", 1, 1))


@pytest.mark.parametrize(
    ("source", "files"),
    [
        pytest.param(
            '[% include "0.mjml" with a="xxxxxxxx" %]',
            {f"t/{n}.mjml": f'[% include "{n + 1}.mjml" with a="{"[[ a ]]" * 40}" %]' for n in range(8)}
            | {"t/8.mjml": "[[ a ]]"},
            id="values-made-of-values",
        ),
        pytest.param("[[ long ]]" * 3_000, {}, id="a-long-param-many-times"),
        pytest.param(
            '[% include "0.mjml" %]',
            {f"t/{n}.mjml": f'[% include "{n + 1}.mjml" %]' * 60 for n in range(9)} | {"t/9.mjml": ""},
            id="includes-that-branch",
        ),
    ],
)
def test_what_grows_is_stopped_at_one_mebibyte(source: str, files: dict[str, str]) -> None:
    mapped, findings = expanded(source, "t/a.mjml", read=files.get, params={"long": "x" * 1_000})
    assert {found.code for found in findings} == {"TPL-SIZE-07"}
    assert len(mapped.text) <= 1_200_000


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.text("ab", max_size=3)), max_size=5))
def test_kept_characters_know_their_origin(cuts: list[tuple[int, int, str]]) -> None:
    text = "".join(chr(0x100 + n) for n in range(60))
    edits, position = [], 0
    for start, length, new in cuts:
        begins = min(60, position + start % 7)
        ends = min(60, begins + length % 9)
        edits.append((begins, ends, new))
        position = ends
    mapped = replaced(replaced(MappedText.of(Source("a", text)), edits), [])
    for offset, letter in enumerate(mapped.text):
        if ord(letter) >= 0x100:
            assert mapped.origin(offset)[1] == ord(letter) - 0x100


def test_a_text_of_nothing_still_has_a_place() -> None:
    made = Builder(MappedText.of(Source("a", ""))).done()
    assert made.text == ""
    assert made.place(0) == Place("a", 1, 1)


@pytest.mark.parametrize("source", ["", "[% if no %]x[% endif %]", "{# nothing #}", "[# nothing #]"])
def test_a_template_of_nothing_is_a_finding(source: str) -> None:
    findings = compile_mjml(source, "a.mjml", read=lambda path: None, params={"no": ""}).findings
    assert findings
    assert {one.place.path for one in findings} == {"a.mjml"}


SCRIPT = """
import hashlib, sys
from compiler.mjml import compile_mjml
source = sys.stdin.read()
made = compile_mjml(source, "a.mjml", read=lambda path: None, params={"b": "1", "a": "2"}, inline_css=True)
print(hashlib.sha256((made.html + made.text + repr(made.findings)).encode()).hexdigest())
"""


def test_equal_sources_give_equal_bytes_in_every_process() -> None:
    carousel = '<mj-carousel><mj-carousel-image src="https://a.example/i.png" alt="é" /></mj-carousel>'
    navbar = '<mj-navbar><mj-navbar-link href="https://a.example/">x</mj-navbar-link></mj-navbar>'
    text = '<mj-text css-class="x" zz="1" aa="2">[[ a ]]{% for p in q %}{{ p }}{% endfor %}</mj-text>'
    head = "<mj-head><mj-style>.x{color:red}</mj-style></mj-head>"
    body = f"<mj-section><mj-column>{carousel}{navbar}{text}</mj-column></mj-section>"
    source = f"<mjml>{head}<mj-body>{body}</mj-body></mjml>"
    digests = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo" if seed == "1" else "UTC"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], input=source, env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1
