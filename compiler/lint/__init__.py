"""How a message looks and reads in the programs of its readers: contrast, links, pictures, words, spam."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.finding import Finding
from compiler.lint.places import Origin, Shown
from compiler.policy.page import Page

__all__ = ["Origin", "Shown", "check_look"]


def check_look(
    page: Page,
    *,
    subject: str,
    html: str,
    text: str,
    language: str,
    tracker: str,
    origin: Origin,
    lanes: Mapping[str, int],
) -> list[Finding]:
    """What is found in one rendered message. `lanes` counts the recipients by lane; empty where nobody did."""
    from compiler.lint.caniemail import client_findings
    from compiler.lint.contrast import contrast_findings
    from compiler.lint.links import link_findings
    from compiler.lint.pictures import picture_findings
    from compiler.lint.wording import hole_findings, preview_findings

    return [
        *link_findings(page, origin, tracker),
        *picture_findings(page, origin),
        *preview_findings(subject, html, page, origin),
        *hole_findings(subject, html, page, text, language=language, origin=origin),
        *contrast_findings(html, origin),
        *client_findings(origin, lanes),
    ]
