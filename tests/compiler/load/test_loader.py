"""The strict loader: YAML 1.2 core scalars, positions, and an end to every bomb within a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compiler.language.canonical import Json, sha256_hex
from compiler.language.catalogue import load as catalogue
from compiler.language.finding import Entry, Place
from compiler.load import MAX_BYTES, load, load_file
from compiler.load.reader import MAX_DEPTH, MAX_FINDINGS, read

SEGMENT = "kind: segment\nname: west\n"


def laughs(levels: int) -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return SEGMENT + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("text", "entry", "place"),
    [
        pytest.param(SEGMENT + "match: {field: job\n", catalogue.SYNTAX, (4, 1), id="open-brace"),
        pytest.param("kind: a text: with a colon\n", catalogue.SYNTAX, (1, 13), id="colon-in-text"),
        pytest.param(SEGMENT + "match:\n\tfield: job\n", catalogue.TAB, (4, 1), id="tab"),
        pytest.param(SEGMENT + "name: east\n", catalogue.DUPLICATE_KEY, (3, 1), id="duplicate-key"),
        pytest.param(SEGMENT + "a: &a [*a]\n", catalogue.ALIAS, (3, 8), id="alias-to-itself"),
        pytest.param(laughs(9), catalogue.ALIAS, (7, 45), id="billion-laughs"),
        pytest.param("x: " + "[" * 20_000, catalogue.DEPTH, (1, 67), id="deep-flow"),
        pytest.param("- " * 20_000, catalogue.DEPTH, (1, 129), id="deep-block"),
        pytest.param("[\n" + "a,\n" * 120_000 + "]", catalogue.SIZE, (100_001, 1), id="too-many-values"),
        pytest.param(SEGMENT + "code: 01000\n", catalogue.NUMBER, (3, 7), id="leading-zero"),
        pytest.param(SEGMENT + "code: 0x1F\n", catalogue.NUMBER, (3, 7), id="hexadecimal"),
        pytest.param(SEGMENT + "code: .inf\n", catalogue.NUMBER, (3, 7), id="infinity"),
        pytest.param(SEGMENT + "code: !!python/object:os.system x\n", catalogue.TAG, (3, 7), id="tag"),
        pytest.param(SEGMENT + "subject: {{ contact.first_name }}\n", catalogue.KEY, (3, 11), id="unquoted-jinja"),
        pytest.param(SEGMENT + "note: \u202eevil\n", catalogue.CHARACTER, (3, 7), id="direction-mark"),
        pytest.param(SEGMENT + 'note: "a\\u0000b"\n', catalogue.CHARACTER, (3, 7), id="escaped-nul"),
        pytest.param("- west\n", catalogue.DOCUMENT, (1, 1), id="a-list"),
        pytest.param("name: west\n", catalogue.DOCUMENT, (1, 1), id="no-kind"),
        pytest.param("kind: campagne\nname: x\n", catalogue.UNKNOWN_KIND, (1, 7), id="unknown-kind"),
        pytest.param("kind: segment\nmatch: {}\n", catalogue.MISSING_NAME, (1, 1), id="no-name"),
    ],
)
def test_what_is_wrong_has_a_code_and_a_place(text: str, entry: Entry, place: tuple[int, int]) -> None:
    begin = time.process_time()
    _, findings = load_file("w.yaml", text.encode())
    assert time.process_time() - begin < 1.0
    assert (entry, Place("w.yaml", *place)) in [(one.entry, one.place) for one in findings]
    for one in findings:
        assert one.message("fr")
        assert one.message("en")


@pytest.mark.parametrize("scalar", ["x" * 900_000, '"' + "\\u00e9" * 140_000 + '"', "|\n" + "  é\n" * 150_000])
def test_a_huge_text_is_read_in_one_piece_and_quoted_in_none(scalar: str) -> None:
    documents, findings = load_file("w.yaml", f"kind: {scalar}\n".encode())
    assert not documents
    (one,) = findings
    assert one.entry is catalogue.UNKNOWN_KIND
    assert len(one.message("en")) < 100
    assert "mapping" not in one.advice("en")


def test_what_an_unread_file_seems_to_declare_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("kind: segment\nname: west\n---\nkind: template\nname: 'news'\nsource: [\n")
    (tmp_path / "whole.yaml").write_text("kind: segment\nname: east\nmatch: {everyone: true}\n")
    assert load(tmp_path).lost == {"segment", "west", "template", "news"}


def test_a_tag_is_named_as_it_stands_in_the_file() -> None:
    (one,) = load_file("w.yaml", (SEGMENT + "code: !!python/object:os.system x\n").encode())[1]
    assert "tag !!python/object:os.system is" in one.message("en")


def test_an_alias_without_an_anchor_is_no_bomb() -> None:
    (one,) = load_file("w.yaml", (SEGMENT + "a: *nowhere\n").encode())[1]
    assert (one.entry, one.place) == (catalogue.SYNTAX, Place("w.yaml", 3, 4))


def test_a_file_beyond_the_size_is_refused_unread() -> None:
    _, findings = load_file("w.yaml", b"#" * (MAX_BYTES + 1))
    assert [one.entry for one in findings] == [catalogue.SIZE]


def test_another_encoding_is_found_where_it_stands() -> None:
    _, findings = load_file("w.yaml", "kind: segment\nname: été\n".encode("cp1252"))
    assert [(one.entry, one.place) for one in findings] == [(catalogue.ENCODING, Place("w.yaml", 2, 7))]


def test_findings_of_one_file_are_bounded() -> None:
    begin = time.process_time()
    for text in ("- 01\n" * 100_000, "\x01" * 900_000, "a: 1\n" * 90_000):
        assert len(load_file("w.yaml", text.encode())[1]) <= MAX_FINDINGS + 1
    assert time.process_time() - begin < 3.0


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("12:30:00", "12:30:00"),
        ("09:30", "09:30"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("2027-03-02", "2027-03-02"),
        ("2027-03-02T09:00", "2027-03-02T09:00"),
        ('"01000"', "01000"),
        ('"true"', "true"),
        ("20 %", "20 %"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says_and_decimals_stay_text(written: str, value: Json) -> None:
    documents, findings = load_file("w.yaml", f"{SEGMENT}v: {written}\n".encode())
    assert not findings
    assert documents[0].data["v"] == value
    assert type(documents[0].data["v"]) is type(value)


def test_values_and_keys_know_their_places() -> None:
    text = "kind: segment\nname: west\nmatch:\n  all:\n    - {field: job, is: designer}\n"
    document = load_file("s/w.yaml", text.encode())[0][0]
    assert document.place("match", "all", 0, "field") == Place("s/w.yaml", 5, 15)
    assert document.key_place("match", "all", 0, "is") == Place("s/w.yaml", 5, 20)
    assert document.key_place("match") == Place("s/w.yaml", 3, 1)
    assert document.place("match", "nowhere", "below") == Place("s/w.yaml", 4, 3)


def test_columns_count_characters_not_bytes() -> None:
    document = load_file("w.yaml", "{kind: segment, name: éé, x: 1}".encode())[0][0]
    assert document.place("x").column == 30


def test_a_file_holds_several_documents() -> None:
    text = SEGMENT + "---\nkind: segment\nname: east\n---\n# nothing more\n"
    documents, findings = load_file("w.yaml", text.encode())
    assert [document.name for document in documents] == ["west", "east"]
    assert {document.sha256 for document in documents} == {sha256_hex(text.encode())}
    assert not findings


def test_what_was_read_before_a_fault_is_kept() -> None:
    documents, findings = load_file("w.yaml", (SEGMENT + "---\nkind: [\n").encode())
    assert [document.name for document in documents] == ["west"]
    assert [one.entry for one in findings] == [catalogue.SYNTAX]


def test_a_few_aliases_are_allowed() -> None:
    document = load_file("w.yaml", (SEGMENT + "a: &a {x: [1, 2]}\nb: *a\n").encode())[0][0]
    assert document.data["b"] == {"x": [1, 2]}
    assert document.place("b", "x", 1) == Place("w.yaml", 4, 4)


def test_a_byte_order_mark_and_crlf_change_nothing() -> None:
    plain = load_file("w.yaml", SEGMENT.encode())[0][0]
    dressed = load_file("w.yaml", b"\xef\xbb\xbf" + SEGMENT.replace("\n", "\r\n").encode())[0][0]
    assert dressed.data == plain.data
    assert dressed.places == plain.places


def test_folders_are_read_in_one_order_and_dots_skipped(tmp_path: Path) -> None:
    for name in ("b/two", "a/one", ".git/three", "a/.hidden"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SEGMENT)
    (tmp_path / "a" / "spring.yaml.lock").write_text("{}")
    assert [document.path for document in load(tmp_path).documents] == ["a/one.yaml", "b/two.yaml"]


def _link(root: Path) -> None:
    (root / "target.txt").write_text(SEGMENT)
    (root / "w.yaml").symlink_to("target.txt")


def _linked_folder(root: Path) -> None:
    (root / "real").mkdir()
    (root / "w.yaml").symlink_to("real")


@pytest.mark.parametrize(
    ("make", "entry"),
    [
        pytest.param(_link, catalogue.LINK, id="link"),
        pytest.param(_linked_folder, catalogue.LINK, id="linked-folder"),
        pytest.param(lambda root: (root / "w.yml").write_text(SEGMENT), catalogue.SUFFIX, id="yml"),
        pytest.param(lambda root: (root / "w\u202elmay.yaml").write_text(SEGMENT), catalogue.FILE_NAME, id="bidi-name"),
        pytest.param(
            lambda root: Path(os.fsdecode(os.fsencode(root) + b"/\xff.yaml")).write_text(""),
            catalogue.FILE_NAME,
            id="name-not-utf8",
        ),
        pytest.param(lambda root: os.mkfifo(root / "w.yaml"), catalogue.UNREADABLE, id="pipe"),
    ],
)
def test_files_that_are_not_plain_are_refused(tmp_path: Path, make: Callable[[Path], object], entry: Entry) -> None:
    make(tmp_path)
    loaded = load(tmp_path)
    assert [one.entry for one in loaded.findings] == [entry]
    assert not loaded.documents
    loaded.findings[0].place.path.encode()


def test_a_very_deep_folder_is_no_fault_of_ours(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "w.yaml").write_text(SEGMENT)
    assert len(load(tmp_path).documents) == 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="[]{}&*!?|>-:#,'\"\t\n %@ab01", max_size=80))
@example("? ? ?\n: : :")
@example("&a : *a")
@example("%YAML 1.1\n---\na: b")
def test_no_text_makes_the_reader_raise(text: str) -> None:
    read(text, "w.yaml")


_PLAIN_TEXT = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf", "Co", "Cn"]), max_size=12
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _PLAIN_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_PLAIN_TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_PLAIN_TEXT, _JSON, min_size=1, max_size=4))
def test_what_is_written_with_quotes_is_read_back_with_a_place_each(data: dict[str, Json]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, default_style='"', default_flow_style=False)
    text = text.replace('!!bool "', '"').replace('!!int "', '"').replace('!!null "', '"')
    parsed, findings = read(text, "w.yaml")
    assert not findings
    assert parsed[0].data == _spelled(data)
    assert len(parsed[0].places) == _count(data)


def _spelled(value: Json) -> Json:
    match value:
        case dict():
            return {k: _spelled(v) for k, v in value.items()}
        case list():
            return [_spelled(v) for v in value]
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case _:
            return str(value)


def _count(value: Json) -> int:
    match value:
        case dict():
            return 1 + sum(map(_count, value.values()))
        case list():
            return 1 + sum(map(_count, value))
        case _:
            return 1


def test_the_deepest_document_allowed_is_read() -> None:
    text = SEGMENT + "x: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "\n"
    assert not load_file("w.yaml", text.encode())[1]
