"""Rendering a stranger's template in a process of its own, with little memory, little time and no environment.

The sandbox stops a template from reaching anything and counts its work (`budget`). What neither foresees meets the
limits of this process before it meets the keys' own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from compiler import process
from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, Text, finding
from compiler.language.plan import MessageTemplate

#: Bytes that the child may have beside the interpreter's own, its CPU seconds, the wall's seconds.
MEMORY = 67_108_864
CPU_SECONDS = 5
WALL_SECONDS = 20
#: CPU seconds that one message may take once its template is compiled; an ordinary one takes half a thousandth.
ONE_MESSAGE = 0.05


def check_in_child(
    template: MessageTemplate, values: Mapping[str, object], place: Place, *, cpu_seconds: int = CPU_SECONDS
) -> list[Finding]:
    """Renders a message apart; findings where it fails or exceeds the limits.

    `values` are JSON values: fictional ones. Takes about a tenth of a second.
    """
    limits = {"memory": MEMORY, "cpu_seconds": cpu_seconds}
    request = json.dumps({"template": _spelled(template), "values": values, "limits": limits}).encode()
    # -I: no variable of the environment and nothing in the working folder changes what Python imports.
    command = [sys.executable, "-I", "-m", "compiler.render.child"]
    try:
        done = process.run(command, input=request, environment={}, timeout=WALL_SECONDS, check=False)
    except process.ProcessError:
        return [_limit(place, Text(f"{WALL_SECONDS} s", f"{WALL_SECONDS} s"))]
    if done.code != 0:
        size = MEMORY >> 20
        return [_limit(place, Text(f"{cpu_seconds} s CPU, {size} Mio", f"{cpu_seconds} s CPU, {size} MiB"))]
    return _judged(json.loads(done.stdout), place)


def _judged(answer: Mapping[str, object], place: Place) -> list[Finding]:
    if "fr" in answer:
        said = Text(str(answer["fr"]), str(answer["en"]))
        if answer.get("limit"):
            return [_limit(place, said)]
        return [finding(codes.RENDER_FAILED, place, fr=said.fr, en=said.en)]
    if float(str(answer["seconds"])) > ONE_MESSAGE:
        return [_limit(place, Text("plus de 50 ms par message", "more than 50 ms a message"))]
    return []


def _limit(place: Place, limit: Text) -> Finding:
    return finding(codes.RENDER_LIMITS, place, fr=limit.fr, en=limit.en)


def _spelled(template: MessageTemplate) -> dict[str, object]:
    return {
        "subject": template.subject,
        "preview": template.preview,
        "html": template.html,
        "text": template.text,
        "links": [[link.number, link.target] for link in template.links],
    }
