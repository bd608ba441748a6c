"""Rendering a stranger's template in a process of its own, with little memory, little time and no environment.

The sandbox stops a template from reaching anything, not from filling the memory or the hours: nested loops are
ordinary Jinja. A pull request's template is therefore tried here first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from compiler import process
from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, finding
from compiler.language.plan import MessageTemplate

#: Address space of the child in bytes, its CPU seconds, the wall's seconds.
MEMORY = 536_870_912
CPU_SECONDS = 5
WALL_SECONDS = 20


def check_in_child(
    template: MessageTemplate, values: Mapping[str, object], place: Place, *, cpu_seconds: int = CPU_SECONDS
) -> list[Finding]:
    """Renders a message once, apart; findings where it fails or exceeds the limits.

    `values` are JSON values: fictional ones. Takes about a tenth of a second.
    """
    limits = {"memory": MEMORY, "cpu_seconds": cpu_seconds}
    request = json.dumps({"template": _spelled(template), "values": values, "limits": limits}).encode()
    # -I: no variable of the environment and nothing in the working folder changes what Python imports.
    command = [sys.executable, "-I", "-m", "compiler.render.child"]
    try:
        done = process.run(command, input=request, environment={}, timeout=WALL_SECONDS, check=False)
    except process.ProcessError:
        return [finding(codes.RENDER_LIMITS, place, limit=f"{WALL_SECONDS} s")]
    if done.code != 0:
        return [finding(codes.RENDER_LIMITS, place, limit=f"{cpu_seconds} s CPU, {MEMORY // 1_048_576} Mio")]
    answer = json.loads(done.stdout)
    return [finding(codes.RENDER_FAILED, place, fr=answer["fr"], en=answer["en"])] if answer else []


def _spelled(template: MessageTemplate) -> dict[str, object]:
    return {
        "subject": template.subject,
        "preview": template.preview,
        "html": template.html,
        "text": template.text,
        "links": [[link.number, link.target] for link in template.links],
    }
