"""The files that a message comes from, with each finding under its line, and the HTML that leaves."""

from __future__ import annotations

from compiler.language.finding import Finding, Severity, Text
from compiler.review.markup import Markup, join, tag
from compiler.review.preview.parts import remark
from compiler.review.preview.reading import shortened
from compiler.review.preview.values import Mail, Preview
from compiler.review.preview.words import Tongue

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


def source_view(preview: Preview, mail: Mail, say: Tongue) -> Markup:
    others = {other.template for other in preview.mails} - {mail.template}
    found = {finding.place.path for finding in preview.findings} - others
    paths = dict.fromkeys([mail.template, preview.path, *sorted(found)])
    shown = [_file(path, preview, say, opened=path == mail.template or path in found) for path in paths
             if path in preview.sources]  # fmt: skip
    sent = say(Text("Le HTML, tel qu'il part", "The HTML as it leaves"))
    return join(*shown, tag("details", tag("summary", sent), _listing(shortened(mail.html, preview.tracker), (), say)))


def _file(path: str, preview: Preview, say: Tongue, *, opened: bool) -> Markup:
    findings = tuple(f for f in preview.findings if f.place.path == path)
    return tag("details", tag("summary", path), _listing(preview.sources[path], findings, say), open=opened)


def _listing(text: str, findings: tuple[Finding, ...], say: Tongue) -> Markup:
    """Numbered lines; findings about the whole file stand above the first."""
    by_line: dict[int, list[Finding]] = {}
    for finding in findings:
        by_line.setdefault(finding.place.line, []).append(finding)
    items = [_remark(one, say) for one in by_line.get(0, ())]
    for number, line in enumerate(text.split("\n"), 1):
        here = by_line.get(number, [])
        kind = min((one.severity for one in here), key=_RANK.__getitem__).value if here else ""
        items.append(
            tag(
                "li",
                tag("span", str(number), class_="n", aria_hidden="true"),
                tag("span", line, class_="c"),
                class_=f"at {kind}" if here else None,
            )
        )
        items += [_remark(one, say) for one in here]
    return tag("ol", *items, class_="code")


def _remark(one: Finding, say: Tongue) -> Markup:
    return tag("li", remark(one, say), class_=f"remark at {one.severity.value}")
