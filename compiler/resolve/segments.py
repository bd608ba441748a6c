"""`kind: segment` → one checked tree, from either form: none within itself, none deeper or larger than was meant."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.campaign import FieldDef
from compiler.language.catalogue import resolve as catalogue
from compiler.language.catalogue.segment import DEPTH
from compiler.language.finding import Text
from compiler.language.segment import All, Any, Clause, InSegment, Not, Segment
from compiler.resolve.clauses import ClauseReader
from compiler.resolve.fields import ContactFields
from compiler.resolve.files import Files
from compiler.resolve.node import Node, Notes
from compiler.resolve.where import where_node

#: Clauses of a segment once the segments that it names are written out in it.
MAX_UNFOLDED = 2_000
#: Levels of the same.
MAX_DEPTH = 50


def segments_of(
    nodes: list[Node], fields: Mapping[str, FieldDef], campaigns: list[str], files: Files
) -> dict[str, Segment]:
    """Every segment whose tree could be built, by name."""
    notes = nodes[0].notes if nodes else Notes()
    reader = ClauseReader(ContactFields(fields), campaigns, [node.text("name") for node in nodes])
    segments: dict[str, Segment] = {}
    for node in nodes:
        condition = _condition(node, files)
        match = reader.clause(condition) if condition is not None else None
        if match is not None:
            description = " ".join(node.text("description").split())
            segments[node.text("name")] = Segment(node.text("name"), match, node.key_place("name"), description)
    order = _refuse_cycles(segments, notes)
    _refuse_depth(segments, order, notes)
    _refuse_bombs(segments, order, notes)
    return segments


def _condition(node: Node, files: Files) -> Node | None:
    """The segment's condition, of whichever form; None where it has none or two, which is noted."""
    if node.has("match") != node.has("where"):
        return node.child("match") if node.has("match") else where_node(node, "where", files)
    why = (
        Text("match et where en disent deux", "match and where say two")
        if node.has("match")
        else Text("il manque match (en YAML) ou where (en SQL)", "match (in YAML) or where (in SQL) is missing")
    )
    node.notes.add(catalogue.CLAUSE, node.key_place("where"), why_fr=why.fr, why_en=why.en)
    return None


def references(clause: Clause) -> list[InSegment]:
    """The segments that a clause names, in reading order."""
    match clause:
        case All(clauses) | Any(clauses):
            return [found for inner in clauses for found in references(inner)]
        case Not(inner):
            return references(inner)
        case InSegment():
            return [clause]
        case _:
            return []


def _refuse_cycles(segments: dict[str, Segment], notes: Notes) -> list[str]:
    """Notes each cycle once, at the reference that closes it, and withdraws its segments.

    Returns the others' names, each after those that it names.
    """
    named = {name: [r for r in references(s.match) if r.name in segments] for name, s in segments.items()}
    done: dict[str, None] = {}
    cyclic: set[str] = set()
    for first in sorted(segments):
        # A stack instead of recursion: a chain of segments may be longer than Python's own.
        trail: dict[str, None] = {first: None} if first not in done else {}
        waiting = [iter(named[first])] if trail else []
        while waiting:
            reference = next(waiting[-1], None)
            if reference is None:
                done[trail.popitem()[0]] = None
                waiting.pop()
            elif reference.name in trail:
                loop = list(trail)[list(trail).index(reference.name) :]
                notes.add(catalogue.CYCLE, reference.place, path=" → ".join([*loop, reference.name]))
                cyclic.update(loop)
            elif reference.name not in done:
                trail[reference.name] = None
                waiting.append(iter(named[reference.name]))
    for name in cyclic:
        del segments[name]
    return [name for name in done if name not in cyclic]


def _refuse_depth(segments: dict[str, Segment], order: list[str], notes: Notes) -> None:
    """Withdraws segments deeper than anybody reads, and with them those that name them: one finding tells it."""
    ways: dict[str, tuple[int, tuple[str, ...]]] = {}
    withdrawn: set[str] = set()
    for name in order:
        depth, way = _deepest(segments[name].match, ways)
        ways[name] = (depth, (name, *way))
        if any(reference.name in withdrawn for reference in references(segments[name].match)):
            withdrawn.add(name)
        elif depth > MAX_DEPTH:
            path = " → ".join(ways[name][1][:4]) + (" → …" if len(ways[name][1]) > 4 else "")
            notes.add(DEPTH, segments[name].place, name=name, limit=MAX_DEPTH, path=path)
            withdrawn.add(name)
    for name in withdrawn:
        del segments[name]


def _deepest(clause: Clause, ways: Mapping[str, tuple[int, tuple[str, ...]]]) -> tuple[int, tuple[str, ...]]:
    """How many levels a clause has, and the segments on the way to the lowest."""
    match clause:
        case All(clauses) | Any(clauses):
            inner = max((_deepest(each, ways) for each in clauses), key=lambda way: way[0], default=(0, ()))
        case Not(one):
            inner = _deepest(one, ways)
        case InSegment(name):
            inner = ways.get(name, (0, (name,)))
        case _:
            inner = (0, ())
    return min(inner[0] + 1, MAX_DEPTH + 1), inner[1]


def _refuse_bombs(segments: dict[str, Segment], order: list[str], notes: Notes) -> None:
    """Withdraws segments that unfold into more clauses than anybody meant (each level may double the last)."""
    sizes: dict[str, int] = {}
    for name in order:
        if name not in segments:
            continue
        inner = references(segments[name].match)
        sizes[name] = min(1 + sum(1 + sizes.get(r.name, 0) for r in inner), MAX_UNFOLDED + 1)
        if sizes[name] > MAX_UNFOLDED:
            notes.add(catalogue.UNFOLDED, segments[name].place, name=name, limit=MAX_UNFOLDED)
            del segments[name]
