"""The SQL form of a condition, as a table of the document: each part has its line and column in the YAML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.language.canonical import Json
from compiler.language.catalogue.segment import SQL
from compiler.language.document import ValuePath
from compiler.language.finding import Place
from compiler.resolve.files import Files
from compiler.resolve.node import Node
from compiler.resolve.positions import positions

if TYPE_CHECKING:  # imported when the first condition in SQL is read
    from compiler.sqlform import Written


def where_node(node: Node, key: str, files: Files) -> Node | None:
    """What YAML would have held; None where the text is no condition, which is noted."""
    from compiler.sqlform import Refused, written

    text = node.text(key)
    place = positions(files.text(node.document.path), node.place(key), text)
    try:
        tree = written(text)
    except Refused as refused:
        why = refused.why
        node.notes.add(SQL, place(refused.at), hint=refused.hint, why_fr=why.fr, why_en=why.en)
        return None
    places: dict[ValuePath, Place] = {}
    keys: dict[ValuePath, Place] = {}
    value = _held(tree, (), places, keys, place)
    assert isinstance(value, Mapping)
    # Its paths begin at the condition: no value of the document is mistaken for one of them.
    return Node(replace(node.document, data=value, places=places, keys=keys), node.notes, value)


def _held(
    tree: Written,
    path: ValuePath,
    places: dict[ValuePath, Place],
    keys: dict[ValuePath, Place],
    place: Callable[[int], Place],
) -> Json:
    places[path] = place(tree.at)
    if isinstance(tree.value, Mapping):
        for key, inner in tree.value.items():
            keys[(*path, key)] = place(inner.at)
        return {key: _held(inner, (*path, key), places, keys, place) for key, inner in tree.value.items()}
    if isinstance(tree.value, tuple):
        return [_held(inner, (*path, n), places, keys, place) for n, inner in enumerate(tree.value)]
    return tree.value
