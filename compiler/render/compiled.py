"""What compiling a template's source gives: Jinja text, not yet bound to a subject and to links."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.language.finding import Finding

#: Around each address of the derived text part: Jinja comments, so the text is a template with or without them.
LINK_OPENS = "{# link #}"
LINK_CLOSES = "{# /link #}"


@dataclass(frozen=True, slots=True)
class CompiledMjml:
    """`html` and `text` are Jinja source; `preview` is the template's own mj-preview."""

    html: str
    text: str
    findings: tuple[Finding, ...] = ()
    preview: str = ""
    path: str = ""
