"""What a message template is given: the same values when a plan is compiled as when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compiler.language.campaign import in_language
from compiler.language.contact import Value
from compiler.language.plan import Manifest
from compiler.parts import Row


def common_values(manifest: Manifest, language: str) -> dict[str, object]:
    """The values that everybody who is written to in a language shares. What is not declared is unknown, not empty."""
    return {
        "campaign": {"name": manifest.campaign},
        "organisation": {name: value or None for name, value in manifest.organisation},
        "reason": in_language(manifest.reason_text, language),
        "language": language,
    }


def personal_values(
    common: Mapping[str, object],
    sealed: Mapping[str, Value],
    blocks: Mapping[str, Sequence[Row]],
    *,
    unsubscribe_url: str,
    tracking_url: str,
) -> dict[str, object]:
    """One recipient's values: `sealed` as the slot's seal opens, `blocks` the rows of each data block."""
    return {
        **common,
        **blocks,
        "contact": sealed,
        "unsubscribe_url": unsubscribe_url,
        "tracking_url": tracking_url,
    }


def rows_of(slot_rows: Sequence[tuple[str, Sequence[int]]], table: Sequence[Row]) -> dict[str, list[Row]]:
    """A slot's data blocks, from the row numbers that it holds."""
    return {block: [table[number] for number in numbers] for block, numbers in slot_rows}
