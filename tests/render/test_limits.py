"""What one message may cost is counted, and what the counting did not foresee meets a process that can do nothing."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import tracemalloc

import pytest

from compiler import process
from compiler.language.finding import Place
from compiler.language.plan import MessageTemplate
from compiler.render import Renderer, RenderError, TooMuch, check_in_child
from compiler.render.checks import check_source

PLACE = Place("a.mjml")


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def message(html: str) -> MessageTemplate:
    return MessageTemplate("s", "", html, "t")


VALUES = {"language": "fr", "n": 3, "v": "texte", "rows": [{"n": number} for number in range(50)]}
LONG = "{% set x = 'abcdefgh' * 30000 %}"
MANY = "{% for a in range(1500) %}"
#: Nothing here is refused for how it is written: only carrying it out shows what it costs.
BOMBS = {
    "loops-in-loops": "{% for a in range(2000) %}" * 3 + "{% endfor %}" * 3,
    "text-that-doubles": "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "text-that-doubles-in-a-loop": (
        "{% set ns = namespace(x='ab') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
    ),
    "sums-that-double": "{% set ns = namespace(x='ab') %}" + "{% set ns.x = ns.x + ns.x %}" * 40,
    "blocks-that-double": "{% set x %}abcd{% endset %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "captured-loops": LONG + "{% set y %}" + MANY + "{{ x }}{% endfor %}{% endset %}",
    "filtered-loops": LONG + "{% filter upper %}" + MANY + "{{ x }}{% endfor %}{% endfilter %}",
    "captured-copies": LONG + "{% set y %}" + MANY + "{{ x | upper }}{% endfor %}{% endset %}",
    "macros-that-branch": "{% macro m0() %}x{% endmacro %}"
    + "".join(f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 40))
    + "{{ m39() }}",
    "callers-that-branch": "{% macro m() %}"
    + "{{ caller() }}" * 9
    + "{% endmacro %}"
    + "{% call m() %}" * 9
    + "x"
    + "{% endcall %}" * 9,
    "huge-joins": "{{ range(2000) | join('x' * 10000) }}",
    "many-joins": MANY + "{% set y = range(2000) | join('xxxxxxxx') %}{% endfor %}",
    "replaced": LONG + "{{ x | replace('a', x) }}",
    "large-writing": LONG + MANY + "{{ x }}{% endfor %}",
    "constant-writing": MANY + "x" * 50_000 + "{% endfor %}",
    "looking": LONG + MANY + "{% if x | wordcount %}{% endif %}{% endfor %}",
    "testing": LONG + MANY + "{% if x is lower %}{% endif %}{% endfor %}",
    "methods": LONG + MANY + "{% set y = x.split('a') %}{% endfor %}",
    "typography": LONG + MANY + "{% set y = x | typo %}{% endfor %}",
    "lists-of-letters": LONG + MANY + "{% for c in x %}{% endfor %}{% endfor %}",
    "sorting": MANY + "{% set y = range(2000) | sort(reverse=true) | list | unique | list %}{% endfor %}",
    "counted-by-a-value": "{% for a in range(n * 10000000) %}{% endfor %}",
    "multiplied-by-a-value": "{{ v * (n * 100000000) }}",
    "numbers": "{% set ns = namespace(x=7) %}" + MANY + "{% set ns.x = ns.x * ns.x %}{% endfor %}",
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("path", ["render", "render_plain"])
def test_a_bomb_stops_by_itself_soon_and_small(name: str, path: str) -> None:
    assert check_source(BOMBS[name], PLACE) == []
    renderer = Renderer(message(BOMBS[name]))
    tracemalloc.start()
    begins = time.process_time()
    try:
        with pytest.raises(TooMuch):
            getattr(renderer, path)(VALUES, Links())
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - begins < 10  # tracemalloc slows everything; unbounded, each would take hours


def test_a_bomb_for_one_contact_alone_is_stopped_for_that_one() -> None:
    renderer = Renderer(message("{% if v == 'boum' %}" + BOMBS["loops-in-loops"] + "{% endif %}Bonjour"))
    assert b"Bonjour" in renderer.render(VALUES, Links()).html
    with pytest.raises(TooMuch):
        renderer.render({**VALUES, "v": "boum"}, Links())
    assert b"Bonjour" in renderer.render(VALUES, Links()).html


def test_a_rich_message_is_far_from_the_limits() -> None:
    cell = "<td>{{ p.n | money }} {{ v | upper | truncate(20) }}{% if p.n > 3 %}!{% endif %}</td>"
    card = f"{{% macro card(p) %}}{cell}{{% endmacro %}}"
    rows = "{% for row in rows | batch(3) %}<tr>{% for p in row %}{{ card(p) }}{% endfor %}</tr>{% endfor %}"
    long = "{% set text %}" + "Un paragraphe. " * 2_000 + "{% endset %}{% filter typo %}{{ text }}{% endfilter %}"
    rendered = Renderer(message(card + rows * 4 + long)).render(VALUES, Links())
    assert len(rendered.html) > 30_000


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{% for i in range(10**9) %}x{% endfor %}", "range("),
        ("{% for i in range(1000000000) %}x{% endfor %}", "range(1000000000)"),
        ("{% for i in range(5, 1000 * 1000) %}x{% endfor %}", "range(5, 1000000)"),
        ("{{ 'x' * 10**9 }}", "**"),
        ("{{ 'x' * 1000000000 }}", "… * 1000000000"),
        ("{{ 99999 * 99999 * 'x' }}", "… * "),
        ("{{ 2 ** n }}", "**"),
    ],
)
def test_what_is_written_too_large_is_a_finding_before_it_runs(source: str, what: str) -> None:
    begins = time.process_time()
    found = check_source(source, PLACE)
    assert time.process_time() - begins < 1
    assert [one.code for one in found][:1] == ["TPL-JINJA-32"]
    assert any(what in one.message("fr") for one in found)


@pytest.mark.parametrize("name", ["loops-in-loops", "text-that-doubles-in-a-loop", "large-writing"])
def test_a_strangers_bomb_is_a_finding_that_says_which_limit(name: str) -> None:
    (found,) = check_in_child(message(BOMBS[name]), VALUES, PLACE)
    assert found.code == "TPL-RENDER-46"
    assert "plus d" in found.message("fr")
    assert "more than" in found.message("en")


def test_the_child_renders_every_filter_though_it_may_open_no_file() -> None:
    source = (
        "{{ '1234.5' | money }} {{ '1234.5' | number(2) }} {{ '2027-03-02' | date }} {{ '2027-03-02' | date('full') }}"
        "{{ n | plural('lampe', 'lampes') }} {{ 'Un : « mot » !' | typo }} {{ rows | map(attribute='n') | join(', ') }}"
    )
    for language in ("fr", "en", "fr-CA", "xx", ""):
        assert check_in_child(message(source), {**VALUES, "language": language}, PLACE) == []


CONFINED = """
import json, os, socket, sys
from compiler.render.child import confine
seen = {"environment": dict(os.environ), "open": sorted(int(n) for n in os.listdir("/proc/self/fd"))}
confine(memory=64 << 20, cpu_seconds=2)
def refused(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return ""
seen["file"] = refused(lambda: open("/etc/hostname"))
seen["socket"] = refused(lambda: socket.socket())
seen["pipe"] = refused(os.pipe)
seen["memory"] = refused(lambda: bytearray(80 << 20))
seen["less"] = refused(lambda: bytearray(16 << 20))
print(json.dumps(seen))
"""


def test_the_child_has_no_environment_no_file_no_socket_and_little_memory() -> None:
    with socket.socket() as kept:
        os.set_inheritable(kept.fileno(), True)
        os.environ["ENVOI_SECRET"] = "key"
        try:
            done = process.run([sys.executable, "-I", "-c", CONFINED], environment={})
        finally:
            del os.environ["ENVOI_SECRET"]
    seen = json.loads(done.stdout)
    assert "ENVOI_SECRET" not in seen["environment"]
    assert not [name for name in seen["environment"] if name != "LC_CTYPE"]  # Python's own, in a C locale
    assert seen["open"][:3] == [0, 1, 2]
    assert len(seen["open"]) <= 4  # the fourth is the listing itself
    assert (seen["file"], seen["socket"], seen["pipe"]) == ("OSError", "OSError", "OSError")
    assert (seen["memory"], seen["less"]) == ("MemoryError", "")


def test_a_child_that_runs_on_is_ended_by_the_kernel() -> None:
    endless = "from compiler.render.child import confine\nconfine(memory=64 << 20, cpu_seconds=1)\nwhile True: pass"
    assert process.run([sys.executable, "-I", "-c", endless], environment={}, check=False).code != 0


def test_errors_of_the_limits_quote_no_value() -> None:
    with pytest.raises(RenderError) as raised:
        Renderer(message("{{ v * 99999999 }}")).render({"v": "Jean Secret"}, Links())
    assert "Secret" not in str(raised.value) + raised.value.text.fr
