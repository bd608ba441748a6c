"""Whatever the schemas let through, resolving answers with findings, never with a trace."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.document import RawDocument
from compiler.load import load
from compiler.resolve import resolve
from compiler.schema import check

WORKSPACE = Path(__file__).parents[3] / "campaigns"
DOCUMENTS = load(WORKSPACE).documents
_WORDS = sorted(
    {"west", "newsroom", "24:00-00:00", "mon-mon", "99 %", "0 s", "2027-02-29", "2027-03-28T02:30", "0/s", "1 per day",
     "x@y.example", "a@b", "file:x", "env:X", "..", "/", "rank desc desc", "contact.job", "http://127.0.0.1", "0 B/s",
     "true", "fr", "999999 weeks", "9999-12-31T23:59", "0001-01-01T00:00", "9999 years"}
)  # fmt: skip
_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(_WORDS), st.integers(-5, 10**6), st.booleans(), st.none(), st.just([]), st.just({})
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from spots(below, (*path, key))


def bent(document: RawDocument, path: tuple[Any, ...], value: Any, *, drop: bool) -> RawDocument:
    data: Any = copy.deepcopy(dict(document.data))
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return replace(document, data=data, name=str(data.get("name") or ""))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_document_bent_anywhere_is_refused_by_its_schema_or_resolved(data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, len(DOCUMENTS) - 1))
    document = DOCUMENTS[chosen]
    path = data.draw(st.sampled_from(list(spots(dict(document.data)))))
    changed = bent(document, path, data.draw(_VALUES), drop=data.draw(st.booleans()))
    if path == ("kind",) or check(changed):
        return
    _, findings = resolve(WORKSPACE, [*DOCUMENTS[:chosen], changed, *DOCUMENTS[chosen + 1 :]])
    for one in findings:
        assert one.message("fr")
        assert one.message("en")
        assert one.advice("en")


def test_thousands_of_wrong_names_are_all_found_and_the_first_are_answered_with_a_suggestion(tmp_path: Path) -> None:
    """The comparing of words is bounded: with as many fields it once took a minute of work."""
    fields = "".join(f"  field{number}: {{type: text}}\n" for number in range(1_000))
    clauses = "".join(f"    - {{field: feild{number}, is: x}}\n" for number in range(3_000))
    (tmp_path / "envoi.yaml").write_text((WORKSPACE / "envoi.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "fields.yaml").write_text(f"kind: fields\nfields:\n{fields}", "utf-8")
    (tmp_path / "many.yaml").write_text(f"kind: segment\nname: many\nmatch:\n  any:\n{clauses}", "utf-8")
    _, findings = resolve(tmp_path, load(tmp_path).documents)
    unknown = [one for one in findings if one.code == "RESOLVE-FIELD-08"]
    assert len(unknown) == 3_000
    assert unknown[0].hint is not None
    assert sum(one.hint is not None for one in unknown) <= 50
