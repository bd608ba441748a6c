"""Makes `data/caniemail.json` anew: `npm pack caniemail`, then `python -m compiler.lint.refresh` with its JSON file.

Kept is what a checker needs: how each feature is spelled, who shows it and who does not, at the last test.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

HERE = Path(__file__).parent / "data" / "caniemail.json"

#: What a feature looks like in a source: its sort, a name, and a value or nothing.
Spelling: TypeAlias = tuple[str, str, str]

_SEMANTIC = (
    "article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section",
    "summary", "time",
)  # fmt: skip
_NAMED: dict[str, tuple[Spelling, ...]] = {
    "HTML5 semantics": tuple(("element", name, "") for name in _SEMANTIC),
    "Image maps": (("element", "map", ""),),
    "Embedded <svg> image": (("element", "svg", ""),),
    "CSS Variables (Custom Properties)": (("function", "var", ""),),
    "CSS calc() function": (("function", "calc", ""),),
    "grid-template-* properties": tuple(("property", f"grid-template-{n}", "") for n in ("areas", "columns", "rows")),
}
#: The families of mail programs that `providers` gives a weight.
FAMILIES = frozenset(
    {"aol", "apple-mail", "free-fr", "gmail", "laposte", "orange", "outlook", "samsung-email", "sfr", "thunderbird",
     "yahoo"}
)  # fmt: skip
_PROPERTY = re.compile(r"-?[a-z]+(-[a-z]+)*")


def trimmed(whole: dict[str, Any]) -> dict[str, Any]:
    """The features that somebody does not show, of those that can be looked for."""
    features = []
    for feature in whole["data"]:
        spelled = list(dict.fromkeys(spellings(feature["category"], feature["title"].strip())))
        no, yes = _clients(feature["stats"])
        if spelled and no:
            features.append(
                {"title": feature["title"].strip(), "url": feature["url"], "as": spelled, "no": no, "yes": yes}
            )
    return {"from": "https://www.caniemail.com/", "updated": whole["last_update_date"][:10], "features": features}


def _clients(stats: dict[str, dict[str, dict[str, str]]]) -> tuple[list[str], list[str]]:
    """Who does not show it and who does, be it in part, at the last test of each."""
    last = {
        f"{family}.{platform}": list(versions.values())[-1][:1]
        for family, platforms in stats.items()
        for platform, versions in platforms.items()
        if versions and family in FAMILIES
    }
    return sorted(c for c, mark in last.items() if mark == "n"), sorted(c for c, mark in last.items() if mark in "ya")


def spellings(category: str, title: str) -> Iterator[Spelling]:
    """How a feature with this title is written; nothing where that cannot be read off the title."""
    if title in _NAMED:
        yield from _NAMED[title]
    elif category == "html":
        yield from _of_html(title)
    elif category == "css":
        yield from _of_css(title)


def _of_html(title: str) -> Iterator[Spelling]:
    if match := re.fullmatch(r"<([a-z]+)>( element)?", title):
        yield "element", match[1], ""
    elif match := re.fullmatch(r"([a-z-]+)( and ([a-z-]+))? attributes?", title):
        yield from (("attribute", name, "") for name in (match[1], match[3]) if name)


def _of_css(title: str) -> Iterator[Spelling]:
    if match := re.fullmatch(r"@([a-z-]+)", title):
        yield "at", match[1], ""
    elif match := re.fullmatch(r"::?([a-z-]+)(\(\))?", title):
        yield "pseudo", match[1], ""
    elif match := re.fullmatch(r"([a-z-]+):\s*([a-z-]+)", title):
        yield "property", match[1], match[2]
    elif match := re.fullmatch(r"([a-z]+) unit", title):
        yield "unit", match[1], ""
    elif title.endswith("()"):
        yield from (("function", name, "") for name in re.findall(r"([a-z-]+)\(\)", title))
    else:
        names = re.split(r"\s*[,&]\s*", re.sub(r" (property|shorthand|CSS property)$", "", title))
        if all(_PROPERTY.fullmatch(name) for name in names):
            yield from (("property", name, "") for name in names)


def main(path: str) -> None:
    kept = trimmed(json.loads(Path(path).read_text("utf-8")))
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in kept.pop("features")]
    head = json.dumps(kept, ensure_ascii=False)[:-1]
    HERE.write_text(f'{head}, "features": [\n' + ",\n".join(lines) + "\n]}\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
