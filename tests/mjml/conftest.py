"""npm's `mjml`, the engine that MJML's own authors write, run on the same sources as envoi's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "reference"
INSTALLED = Path.home() / ".cache" / "envoi-mjml"


@dataclass(frozen=True)
class Reference:
    """What the reference engine makes of MJML, and how two engines' HTML are held against each other."""

    html: Mapping[str, str]
    errors: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, sources: Mapping[str, str]) -> Reference:
        """Every source compiled, by name, in one process. Skips where the engine is not installed, fails in CI."""
        if shutil.which("node") is None or not (INSTALLED / "node_modules" / "mjml").exists():
            reason = f"npm's mjml is not installed: npm ci in a copy of {HERE.name}/, at ~/.cache/envoi-mjml"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        command = ["node", str(HERE / "compile.mjs"), str(INSTALLED)]
        done = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        return cls(
            {name: answer["html"] for name, answer in said.items()},
            {name: answer["errors"] for name, answer in said.items()},
        )

    def difference(self, name: str, html: str) -> list[str]:
        """The lines of structure that one engine has and the other has not."""
        theirs, ours = structure(self.html[name]), structure(html)
        if theirs == ours:
            return []
        from difflib import unified_diff

        lines = unified_diff(theirs, ours, "mjml", "envoi", lineterm="", n=0)
        return [line for line in lines if not line.startswith("@@")]


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    return Reference


_CONDITION = re.compile(r"<!--\[if ([^\]]*)\]>(?:<!-->|-->)?|(?:<!--)?<!\[endif\](?:-->)?")
_RANDOM_ID = re.compile(r"\b[0-9a-f]{16}\b|\b[0-9a-f]{8}\b")
_ZERO = re.compile(r"(?<![\w.#-])0px\b")


def structure(html: str) -> list[str]:
    """A page as lines that are equal for equal pages.

    Order of attributes and declarations, blanks, comments, the ids that the reference draws by lot and `0px` for `0`
    do not count, nor does a comment for Outlook that ends where the next begins.
    """
    ids: dict[str, int] = {}
    html = _RANDOM_ID.sub(lambda m: f"id{ids.setdefault(m.group(), len(ids))}", _ZERO.sub("0", html))
    html = _CONDITION.sub(lambda m: f"<if-{_slug(m[1])}>" if m[1] else "<end-if>", html)
    lines = _Lines()
    lines.feed(html)
    lines.close()
    return _joined_conditions(lines.lines)


def _slug(condition: str) -> str:
    return "not-mso" if "!" in condition else re.sub(r"\W+", "-", condition.lower()).strip("-")


def _joined_conditions(lines: list[str]) -> list[str]:
    joined: list[str] = []
    opened = ""
    for line in lines:
        if line.startswith("<if-"):
            if joined and joined[-1] == "<end-if>" and opened.startswith("<if-mso") and line.startswith("<if-mso"):
                joined.pop()
                continue
            opened = line
        joined.append(line)
    return joined


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = [tag]
        for name, value in sorted((name, value or "") for name, value in attrs):
            shown = _declarations(value) if name == "style" else " ".join(sorted(value.split()))
            if shown or name not in ("style", "class"):
                written.append(f'{name}="{shown}"')
        self.lines.append(f"<{' '.join(written)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "img", "meta", "link", "hr", "input"):
            self.lines.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.lines += _rules(data)
        elif text := " ".join(data.split()):
            self.lines.append(text)


def _declarations(style: str) -> str:
    return "; ".join(sorted(re.sub(r"\s*([:,])\s*", r"\1", one.strip()) for one in style.split(";") if one.strip()))


def _rules(css: str) -> list[str]:
    """The rules of a style sheet, each with the media that it is for."""
    css = re.sub(r"\s*([{};:,!>+])\s*", r"\1", re.sub(r"\s+", " ", css)).replace(";}", "}")
    # The reference loses the comma of `screen, yahoo`.
    css = css.replace("and (", "and(").replace("screen,yahoo", "screen yahoo")
    found: list[str] = []
    for rule in re.findall(r"[^{}]+\{(?:[^{}]|\{[^{}]*\})*\}|[^{};]+;", css):
        media = re.fullmatch(r"\s*(@media[^{]*)\{(.*)\}", rule)
        found += [f"{media[1]}{{{inner}}}" for inner in _rules(media[2])] if media else [rule.strip()]
    return sorted(found)
