"""What envoi claims of standards and of the law, as a page: `python -m compiler.review.standards_page`.

A rule is claimed because it is registered: its function, source, stages and severity come from the registry, and its
test from the suite. What no rule does stands apart, and says so.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from compiler.policy import RULES, Rule, Stage
from compiler.policy.jurisdictions import PACKS
from compiler.review.standards import ELSEWHERE, FAMILIES, HEAD, NOT_KEPT, PROTOCOLS

PAGE = "docs/standards.md"
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*-[0-9]{2}\b")
AnyRule: TypeAlias = Rule[Callable[..., object]]
Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything registered under one code."""

    rules: tuple[AnyRule, ...]
    proof: str  # the first test that raises it, relative to the repository

    @property
    def row(self) -> Row:
        first = self.rules[0]
        stages = {stage for rule in self.rules for stage in rule.stages}
        where = dict.fromkeys(name for rule in self.rules for name in rule.jurisdictions)
        return (
            f"[{first.id}](errors.md#{first.id.lower()})" + ("" if first.waivable else " †"),
            " ".join(dict.fromkeys(filter(None, map(_promise, self.rules)))) or first.entry.cause.en,
            "; ".join(dict.fromkeys(part for rule in self.rules for part in rule.reference.split("; "))),
            "".join(stage.value for stage in Stage if stage in stages),
            first.severity.value,
            " ".join(where),
            f"[{Path(self.proof).stem}](../{self.proof})" if self.proof else "",
        )


def standards_page(root: Path) -> str:
    """The page, ended by one line break. `root` is the source tree, whose tests are read."""
    proofs = proofs_in(root / "tests")
    claims = [
        Claim(tuple(rules), proofs.get(name, ""))
        for name, rules in groupby(sorted(RULES, key=lambda rule: rule.id), key=lambda rule: rule.id)
    ]
    parts = [HEAD, "## Protocols and formats", *_table(("standard", "what for", "module", "test", "status"), PROTOCOLS)]
    parts += ["## Rules of law and deliverability", _KEY]
    for title, leads in FAMILIES:
        rows = [claim.row for claim in claims if claim.rules[0].id.split("-")[0] in leads]
        parts += [f"### {title}", *_table(("rule", "what", "source", "stage", "severity", "where", "test"), rows)]
    parts += ["### Held by how things are made", *_table(("rule", "what", "module", "test"), ELSEWHERE)]
    parts += ["### No", *_table(("rule", "what", "why not"), NOT_KEPT)]
    parts += ["## Countries", _COUNTRIES, *_table(("pack", "law", "who is written to"), _packs())]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


_KEY = """
Asked of declarations (**V**), when a plan is compiled (**C**) and again just before a message leaves (**S**). †: no
waiver lifts it. Where: `*` anywhere, `EU` everybody (the GDPR follows the controller), else the countries below.
Declarations and messages serve everybody at once: they are held to the French rules whoever receives them. The test is
the first that raises the finding; `tests/broken` holds one fault each."""

_COUNTRIES = """
A recipient's country chooses what a ground must pass; the names above are these. A country that no line holds is
treated as France, and told (LAW-MULTI-18). General knowledge, not legal advice: have your own countries confirmed."""


def proofs_in(tests: Path) -> dict[str, str]:
    """The first test that raises each code: a broken workspace, else a test that is marked with it."""
    proofs: dict[str, str] = {}
    for file in [*sorted((tests / "broken").glob("*/*.yaml")), *sorted(tests.rglob("test_*.py"))]:
        for code in _raised(file):
            proofs.setdefault(code, (Path("tests") / file.relative_to(tests)).as_posix())
    return proofs


def _raised(file: Path) -> Iterator[str]:
    text = file.read_text("utf-8")
    if file.suffix == ".yaml":
        found = re.search(r"^finds:(.*?)^(?:says|\Z)", text, re.MULTILINE | re.DOTALL)
        yield from _CODE.findall(found[1]) if found else ()
    elif "raises_code" in text:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "raises_code":
                yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def _promise(rule: AnyRule) -> str:
    """What the function's docstring says after the codes that it begins with, a full sentence."""
    said = " ".join((rule.check.__doc__ or "").split())
    said = re.sub(rf"^(?:(?:{_CODE.pattern})(?:, | and |: |\.$))+", "", said)
    return said[:1].upper() + said[1:]


def _packs() -> list[Row]:
    return [(pack.name, pack.law, pack.says) for pack in PACKS.values()]


def _table(head: Row, rows: Iterable[Row]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)]


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;") if text != "---" else text


def main() -> None:
    """Writes the page into the source tree that this module stands in."""
    root = Path(__file__).parents[2]
    (root / PAGE).write_text(standards_page(root), "utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
