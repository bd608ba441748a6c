"""Spaces that must not break: French sets off its double punctuation and guillemets with them."""

from __future__ import annotations

_HARD, _THIN = "\u00a0", "\u202f"
_FRENCH = (
    (" :", f"{_HARD}:"),
    (" ;", f"{_THIN};"),
    (" ?", f"{_THIN}?"),
    (" !", f"{_THIN}!"),
    ("« ", f"«{_HARD}"),
    (" »", f"{_HARD}»"),
    ("art. ", f"art.{_HARD}"),
)


def typeset(text: str, language: str) -> str:
    """The same words with the spaces that the language asks for."""
    if language == "fr":
        for plain, set_off in _FRENCH:
            text = text.replace(plain, set_off)
    return text
