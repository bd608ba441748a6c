"""Whatever bytes or structure stand in a declaration: findings, each said in both languages, never a trace."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.document import KINDS
from compiler.language.finding import Finding
from compiler.load import load_file
from compiler.schema import MAX_FINDINGS, check, schema_for


def _words(schema: Any) -> set[str]:
    """Every key and value that a schema names: what an author's slip most often resembles."""
    if isinstance(schema, dict):
        named = {word for word in [*schema.get("properties", {}), *schema.get("enum", [])] if isinstance(word, str)}
        return named.union(*(_words(inner) for inner in schema.values()))
    return set().union(*(_words(inner) for inner in schema)) if isinstance(schema, list) else set()


WORDS = sorted(set().union(*(_words(dict(schema_for(kind))) for kind in KINDS)))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.sampled_from(WORDS), st.text(max_size=12),
    st.sampled_from(["2027-03-02T09:00", "20 %", "file:x", "a@b.example", "mon-fri", "{{ contact.job }}", "", "~"]),
)  # fmt: skip
STRUCTURES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)
DOCUMENTS = st.builds(
    lambda kind, name, rest: {**rest, "kind": kind, "name": name},
    st.sampled_from(KINDS), SCALARS, st.dictionaries(st.sampled_from(WORDS), STRUCTURES, max_size=8),
)  # fmt: skip


def spoken(findings: list[Finding]) -> None:
    for one in findings:
        for language in ("fr", "en"):
            assert one.message(language)
            assert one.advice(language)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_found_wanting(content: bytes) -> None:
    documents, findings = load_file("w.yaml", b"kind: segment\nname: w\n" + content)
    spoken(findings)
    for document in documents:
        spoken(check(document))


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS)
def test_any_structure_is_held_against_its_schema_in_words(data: dict[str, Any]) -> None:
    documents, findings = load_file("w.yaml", yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode())
    spoken(findings)
    for document in documents:
        found = check(document)
        assert len(found) <= MAX_FINDINGS
        assert all(one.place.line for one in found)
        spoken(found)
