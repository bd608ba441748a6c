"""Jinja's own lexer tells where the tags are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.render.lexer import LexError, PieceKind, pieces, tags, untrimmed

PART = st.one_of(
    st.text(st.sampled_from("ab {}%#<>\"' \n\u00a0é"), max_size=12),
    st.sampled_from(
        [
            "{{ a }}",
            "{{- a -}}",
            "{%- if a > '%}' +%}",
            "{# {{ x }} #}",
            "{% raw %}{{ b }}{% endraw %}",
            "{{ {'a': 1} }}",
        ]
    ),
)


@given(st.lists(PART, max_size=8).map("".join))
def test_the_pieces_joined_are_the_source(source: str) -> None:
    broken_at, found = 0, []
    try:
        found = list(pieces(source))
    except LexError as error:
        broken_at, source = error.offset, ""
    assert broken_at >= 0
    assert "".join(piece.text for piece in found) == source
    assert all(source[piece.start : piece.end] == piece.text for piece in found)
    assert all(one.end == two.start for one, two in pairwise(found))


def test_tags_are_told_apart() -> None:
    found = tags("a {{- x -}} {% if y %}{# z #}{% raw %}{{ r }}{% endraw %}")
    kinds = [PieceKind.EXPRESSION, PieceKind.STATEMENT, PieceKind.COMMENT, PieceKind.RAW]
    assert [tag.kind for tag in found] == kinds
    assert [tag.inner for tag in found] == ["x", "if y", "z", ""]
    assert [untrimmed(tag) for tag in found][:2] == ["{{ x }}", "{% if y %}"]


@pytest.mark.parametrize(("source", "offset"), [("ab {{ x", 3), ("a\n{{ x ' }}", 7), ("{{ x ) }}", 5)])
def test_a_broken_tag_has_a_place(source: str, offset: int) -> None:
    with pytest.raises(LexError) as raised:
        list(pieces(source))
    assert abs(raised.value.offset - offset) <= 2
