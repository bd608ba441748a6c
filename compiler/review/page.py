"""Blocks as one HTML page: no script, no outside request, light and dark, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import assert_never

from compiler.review.blocks import Block, Bullets, Folded, Heading, Line, Paragraph, Span, Style, Table, Title, spans
from compiler.review.markdown import printable

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--back:#fff;--box:#f6f8fa;--bar:#0b6e4f}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--line:#30363d;--back:#0d1117;--box:#161b22;--bar:#4cc38a}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.35rem;line-height:1.35;margin:0 0 1rem;padding-bottom:.6rem;border-bottom:1px solid var(--line)}
h2{font-size:1.1rem;margin:2rem 0 .6rem}
p{margin:.6rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;margin:.4rem 0}
th,td{border:1px solid var(--line);padding:.35rem .7rem;text-align:left;vertical-align:top;overflow-wrap:break-word}
th,tr:has(th) td{background:var(--box);font-weight:600}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
code{font:.9em/1.5 ui-monospace,monospace;background:var(--box);
padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
.bar{display:inline-block;width:9rem;max-width:100%;height:.7rem;background:var(--line);border-radius:3px;
overflow:hidden;vertical-align:middle}
.bar span{display:block;height:100%;background:var(--bar)}
td>.bar:only-child{display:block;margin:.4rem 0}
li{margin:.3rem 0}
details{margin:1rem 0;border:1px solid var(--line);border-radius:6px;padding:.5rem .9rem}
summary{cursor:pointer;font-weight:600}
@media(max-width:32rem){body{font-size:15px}th,td{padding:.3rem .4rem}.bar{width:3.5rem}ul{padding-left:1.2rem}}
""".strip()
_FULL, _EMPTY = "█", "░"
#: Pictograms as signs that every system has a font for.
_SIGNS = {ord("✅"): "✓", ord("⛔"): "✗", ord("💡"): "ℹ", ord("\N{VARIATION SELECTOR-16}"): None}


def html_page(title: str, blocks: Iterable[Block], *, language: str) -> str:
    """A whole document."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(_block(block) for block in blocks)
        + "\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Title(line):
            return f"<h1>{_line(line)}</h1>"
        case Heading(line):
            return f"<h2>{_line(line)}</h2>"
        case Paragraph(line):
            return f"<p>{_line(line)}</p>"
        case Bullets(items):
            return "<ul>\n" + "\n".join(f"<li>{_line(item)}</li>" for item in items) + "\n</ul>"
        case Table():
            return _table(block)
        case Folded(summary, blocks):
            inside = "\n".join(_block(each) for each in blocks)
            return f"<details><summary>{_text(summary)}</summary>\n{inside}\n</details>"
        case _:
            assert_never(block)


def _table(table: Table) -> str:
    head = _row("th", table.headings, table.right) if any(table.headings) else ""
    rows = "\n".join(_row("td", row, table.right) for row in table.rows)
    return f'<div class="wide"><table>\n{head}\n{rows}\n</table></div>'


def _row(tag: str, cells: Iterable[Line], right: frozenset[int]) -> str:
    def cell(column: int, line: Line) -> str:
        kind = ' class="n"' if column in right else ""
        inside = _line(line)
        element = tag if inside else "td"  # a heading that says nothing is none
        return f"<{element}{kind}>{inside}</{element}>"

    return f"<tr>{''.join(cell(column, line) for column, line in enumerate(cells))}</tr>"


def _line(line: Line) -> str:
    return "".join(_span(span) for span in spans(line))


def _span(span: Span) -> str:
    match span.style:
        case Style.PLAIN:
            return _text(span.text)
        case Style.STRONG:
            return f"<strong>{_text(span.text)}</strong>"
        case Style.CODE:
            if span.text and set(span.text) <= {_FULL, _EMPTY}:
                return _bar(span.text)
            return f"<code>{_text(span.text)}</code>" if span.text.strip() else ""
        case _:
            assert_never(span.style)


def _bar(text: str) -> str:
    """Drawn: blocks of text have gaps in some fonts. The number beside it says the same."""
    percent = round(text.count(_FULL) * 100 / len(text))
    return f'<span class="bar" aria-hidden="true"><span style="width:{percent}%"></span></span>'


def _text(text: str) -> str:
    return escape(printable(text).translate(_SIGNS))
