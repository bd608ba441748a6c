"""The child of `check_in_child`: limits itself, reads one request, renders it, says how it went."""

from __future__ import annotations

import json
import resource
import sys

from compiler.language.plan import Link, MessageTemplate
from compiler.render.renderer import Renderer
from compiler.render.values import RenderError


class _Links:
    """Links to nowhere."""

    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def main() -> None:
    """Exit code 0 with an object on standard output, empty where all went well; any other code is a limit."""
    request = json.load(sys.stdin.buffer)
    memory, seconds = request["limits"]["memory"], request["limits"]["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parts = request["template"]
    links = tuple(Link(number, target) for number, target in parts.pop("links"))
    answer: dict[str, str] = {}
    try:
        Renderer(MessageTemplate(**parts, links=links)).render(request["values"], _Links())
    except RenderError as error:
        answer = {"fr": error.text.fr, "en": error.text.en}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
