"""Both forms of a segment select the same people, and those whom three-valued logic written by hand would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.language.campaign import Campaign, FieldDef, FieldType, Workspace
from compiler.language.consent import Answer, Tracking
from compiler.language.contact import Contact, Identity, Kind, Person, Status, Value
from compiler.language.finding import Place
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.load import load_file
from compiler.resolve.files import Files
from compiler.resolve.node import Notes, root
from compiler.resolve.segments import segments_of
from compiler.selection import select

Build: TypeAlias = Callable[..., Workspace]
ON = date(2027, 3, 1)
P = Place("segments.yaml", 1, 1)
FIELDS = {
    name: FieldDef(name, kind, True, P)
    for name, kind in (
        ("job", FieldType.TEXT),
        ("company.headcount", FieldType.INTEGER),
        ("budget", FieldType.DECIMAL),
        ("since", FieldType.DATE),
        ("vip", FieldType.BOOLEAN),
    )
}
OTHER = {"field": "company.headcount", "at_least": 1}

_JOBS = st.sampled_from(["architecte", "archi", "o'brien", "été !", "100%", "a_b", '"', "-- x", "; drop", "🦉", "null"])
_INTEGERS = st.integers(-3, 3)
_DECIMALS = st.integers(-250, 250).map(lambda cents: str(Decimal(cents) / 100))
_DAYS = st.dates(date(2027, 2, 20), date(2027, 3, 10)).map(date.isoformat)
_SPANS = st.tuples(st.sampled_from("+-"), st.integers(0, 12), st.sampled_from(["day", "week", "month", "year"]))
#: A clause as YAML has it, and as SQL has it.
Forms: TypeAlias = tuple[dict[str, Any], str]


def literal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'"


def relative(span: tuple[str, int, str]) -> tuple[str, str]:
    sign, amount, unit = span
    return f"today {sign} {amount} {unit}s", f"current_date {sign} interval {amount} {unit}"


def pair(values: st.SearchStrategy[Any], spell: Callable[[Any], str]) -> st.SearchStrategy[tuple[Any, str]]:
    return values.map(lambda value: (value, spell(value)))


_OPERANDS = {
    "job": pair(_JOBS, literal),
    "company.headcount": pair(_INTEGERS, literal),
    "budget": pair(_DECIMALS, str),
    "since": pair(_DAYS, literal) | _SPANS.map(relative),
    "vip": pair(st.booleans(), literal),
}
_SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
_OF_DATES = {"not_before": ">=", "not_after": "<=", "after": ">", "before": "<"}


@st.composite
def leaves(draw: st.DrawFn) -> Forms:
    name = draw(st.sampled_from(list(_OPERANDS)))
    operand, spelled = draw(_OPERANDS[name])
    choices = ["is", "is_not", "known", "unknown", "flipped"]
    choices += ["in", "not_in"] if name != "vip" else []
    choices += ["between"] if name not in ("job", "vip") else []
    choices += list(_OF_DATES if name == "since" else _SIGNS if name not in ("job", "vip") else ())
    match draw(st.sampled_from(choices)):
        case "is":
            return {"field": name, "is": operand}, f"{name} = {spelled}"
        case "flipped":
            return {"field": name, "is": operand}, f"({spelled}) = {name.upper()}"
        case "is_not":
            return {"field": name, "is_not": operand}, f"{name} {draw(st.sampled_from(['<>', '!=']))} {spelled}"
        case "known":
            return {"field": name, "known": True}, f"{name} is not null"
        case "unknown":
            return {"field": name, "known": False}, f"{name} IS NULL"
        case "in" | "not_in" as word:
            others = [(operand, spelled), *draw(st.lists(_OPERANDS[name], max_size=2))]
            inside = ", ".join(each for _, each in others)
            return {"field": name, word: [each for each, _ in others]}, f"{name} {word.replace('_', ' ')} ({inside})"
        case "between":
            low, high = sorted([(operand, spelled), draw(_OPERANDS[name])], key=_rank)
            return {"field": name, "between": [low[0], high[0]]}, f"{name} between {low[1]} and {high[1]}"
        case word:
            return {"field": name, word: operand}, f"{name} {(_OF_DATES | _SIGNS)[word]} {spelled}"


def _rank(operand: tuple[Any, str]) -> Any:
    value = operand[0]
    if isinstance(value, str) and value.startswith("today"):
        _, sign, amount, unit = value.split()
        days = {"days": 1, "weeks": 7, "months": 30, "years": 365}[unit]
        return (ON + timedelta(int(sign + amount) * days)).isoformat()
    return value if isinstance(value, int) or value[4:5] == "-" else Decimal(value)


_ODD: st.SearchStrategy[Forms] = st.sampled_from(
    [
        ({"field": "job", "begins": "archi"}, "job like 'archi%'"),
        ({"field": "job", "begins": "o'"}, "starts_with(job, 'o''')"),
        ({"not": {"field": "job", "begins": "a"}}, "job not like 'a%'"),
        ({"field": "since", "within": "9 days"}, "since between current_date - 9 and today()"),
        ({"everyone": True}, "true"),
        ({"segment": "other"}, "in_segment('other')"),
        ({"received": {"campaign": "autumn"}}, "received('autumn')"),
        ({"opened": {"campaign": "autumn", "within": "2 weeks"}}, "opened('autumn', interval 2 weeks)"),
        ({"clicked": {"campaign": "autumn", "within": "9 days"}}, "clicked('autumn', 9)"),
        ({"field": "vip", "is": True}, "vip"),
    ]
)


def joined(word: str) -> Callable[[list[Forms]], Forms]:
    glue = {"all": " and ", "any": " or "}[word]
    return lambda parts: ({word: [yaml for yaml, _ in parts]}, glue.join(f"({sql})" for _, sql in parts))


_FORMS: st.SearchStrategy[Forms] = st.recursive(
    leaves() | _ODD,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(joined("all")),
        st.lists(inner, min_size=2, max_size=3).map(joined("any")),
        inner.map(lambda one: ({"not": one[0]}, f"not ({one[1]})")),
    ),
    max_leaves=6,
)
_PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "job": st.none() | _JOBS,
            "company.headcount": st.none() | _INTEGERS,
            "budget": st.none() | _DECIMALS,
            "since": st.none() | _DAYS,
            "vip": st.none() | st.booleans(),
            "measured": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)
_HISTORY = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(HistoryDeed), _DAYS), max_size=12)


def read(document: dict[str, Any], folder: Path) -> Any:
    """The tree that a segment is, read from the text of its file."""
    other = {"kind": "segment", "name": "other", "match": OTHER}
    texts = (json.dumps(each, ensure_ascii=False) for each in ({"kind": "segment", **document}, other))
    content = "\n---\n".join(texts) + "\n"
    (folder / "s.yaml").write_text(content, "utf-8")
    documents, unread = load_file("s.yaml", content.encode())
    notes = Notes()
    found = segments_of([root(each, notes) for each in documents], FIELDS, ["autumn"], Files(folder))
    assert not unread
    assert not notes.findings, [(str(one.place), one.message("en")) for one in notes.findings]
    return found


def bare(tree: Any) -> Any:
    """A tree without its places, which differ."""
    if isinstance(tree, tuple):
        return tuple(map(bare, tree))
    if hasattr(tree, "__dataclass_fields__"):
        own = {name: bare(getattr(tree, name)) for name in tree.__dataclass_fields__ if name != "place"}
        return (type(tree).__name__, own)
    return tree


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(forms=_FORMS, values=_PEOPLE, records=_HISTORY)
def test_both_forms_select_whom_three_valued_logic_selects(
    forms: Forms,
    values: list[dict[str, Value]],
    records: list[tuple[int, HistoryDeed, str]],
    workspace: Build,
    campaign: Campaign,
    tmp_path: Path,
) -> None:
    yaml, sql = forms
    written = read({"name": "wanted", "match": yaml}, tmp_path)
    in_sql = read({"name": "wanted", "where": sql}, tmp_path)
    assert bare(written["wanted"].match) == bare(in_sql["wanted"].match), sql
    people = [somebody(number, known) for number, known in enumerate(values)]
    history = History.of(
        HistoryRecord(f"{number:032x}", "autumn", "1", deed, date.fromisoformat(day)) for number, deed, day in records
    )
    here = _with(workspace(), in_sql)
    chosen = select(here, campaign, people=people, history=history, on=ON).chosen
    assert chosen == tuple(p.contact.id for p in people if _truth(yaml, p, history) is True), sql


def _with(workspace: Workspace, segments: Any) -> Workspace:
    return replace(workspace, segments=tuple(segments.values()), fields=tuple(FIELDS.values()))


def somebody(number: int, known: dict[str, Value]) -> Person:
    answer = Answer.GRANTED if known["measured"] else Answer.WITHDRAWN
    contact = Contact(
        f"{number:032x}", Status.ACTIVE, Kind.PROFESSIONAL, "FR", "fr", "Europe/Paris", "other",
        tracking=Tracking(opens=answer, clicks=answer),
    )  # fmt: skip
    sealed = tuple((name, value) for name, value in known.items() if name != "measured")
    return Person(contact, Identity("p@clients.example", sealed))


def _truth(clause: dict[str, Any], person: Person, history: History) -> bool | None:
    """Of the YAML as it was written: nothing of the compiler's own tree."""
    if "all" in clause:
        return _all([_truth(each, person, history) for each in clause["all"]])
    if "any" in clause:
        return _negated(_all([_negated(_truth(each, person, history)) for each in clause["any"]]))
    if "not" in clause:
        return _negated(_truth(clause["not"], person, history))
    if "everyone" in clause:
        return True
    if "segment" in clause:
        return _truth(OTHER, person, history)
    if "field" in clause:
        return _compared(clause, _value(clause["field"], person.value(clause["field"])))
    return _did(clause, person, history)


def _did(clause: dict[str, Any], person: Person, history: History) -> bool | None:
    ((deed, told),) = clause.items()
    amount, _, unit = told.get("within", "999999 days").partition(" ")
    since = ON.toordinal() - int(amount) * (7 if unit == "weeks" else 1)
    deeds = {r.deed for r in history.records if r.contact == person.contact.id and r.on.toordinal() >= since}
    if deed == "received":
        return True if HistoryDeed.RECEIVED in deeds else None if HistoryDeed.IN_DOUBT in deeds else False
    if person.contact.tracking.clicks is not Answer.GRANTED:
        return None
    return HistoryDeed(deed) in deeds


def _compared(clause: dict[str, Any], value: Any) -> bool | None:
    name = clause["field"]
    ((word, operand),) = ((key, inner) for key, inner in clause.items() if key != "field")
    if word == "known":
        return (value is not None) is operand
    if value is None:
        return None
    if word == "within":
        since: date = ON - timedelta(int(operand.split()[0]))
        return bool(since <= value <= ON)
    operands = [_value(name, each) for each in (operand if isinstance(operand, list) else [operand])]
    first, last = operands[0], operands[-1]
    truths: dict[str, Callable[[], bool]] = {
        "is": lambda: value == first,
        "is_not": lambda: value != first,
        "in": lambda: value in operands,
        "not_in": lambda: value not in operands,
        "begins": lambda: value.startswith(first),
        "between": lambda: first <= value <= last,
        "at_least": lambda: value >= first,
        "not_before": lambda: value >= first,
        "at_most": lambda: value <= first,
        "not_after": lambda: value <= first,
        "more_than": lambda: value > first,
        "after": lambda: value > first,
        "less_than": lambda: value < first,
        "before": lambda: value < first,
    }
    return truths[word]()


def _value(name: str, value: Any) -> Any:
    if value is None or name in ("job", "vip", "company.headcount"):
        return value
    if name == "budget":
        return Decimal(value)
    if not value.startswith("today"):
        return date.fromisoformat(value)
    _, sign, amount, unit = value.split()
    shift = int(sign + amount)
    if unit in ("days", "weeks"):
        return ON + timedelta(days=shift * (7 if unit == "weeks" else 1))
    months = ON.year * 12 + ON.month - 1 + shift * (12 if unit == "years" else 1)
    return date(months // 12, months % 12 + 1, ON.day)  # the first of a month: it is in every one


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def _negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth
