"""The child of `check_in_child`: confines itself, reads one request, renders it, says how it went."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import suppress

from compiler.language.plan import Link, MessageTemplate
from compiler.render.budget import TooMuch
from compiler.render.filters import load_language
from compiler.render.renderer import Renderer
from compiler.render.values import RenderError


class _Links:
    """Links to nowhere."""

    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def confine(*, memory: int, cpu_seconds: int) -> None:
    """From here on: `memory` more bytes, no new file, socket or pipe, nothing written to a file, no other process.

    What a process may have, root can give itself again: these limits hold a fault, the sandbox holds an attack.
    """
    with open("/proc/self/statm", "rb") as sizes:
        ceiling = int(sizes.read().split()[0]) * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(limit, (0, 0))


def _warmed(language: str) -> None:
    """Has everything read that rendering reads on first use: filters' data, decoders, what Jinja's errors need."""
    load_language(language)
    for source in (
        "{{ 'caf\\u00e9' | upper }}{% for a in [1] %}{{ loop.index }}{% endfor %}",
        "{{ a b }}",
        "{{ nothing }}",
    ):
        with suppress(RenderError):
            Renderer(MessageTemplate("s", "", source, "t")).render({}, _Links())


def main() -> None:
    """Exit code 0 with an object on standard output, empty where all went well; any other code is a limit."""
    request = json.load(sys.stdin.buffer)
    _warmed(str(request["values"].get("language", "")))
    confine(**request["limits"])
    parts = request["template"]
    links = tuple(Link(number, target) for number, target in parts.pop("links"))
    json.dump(_tried(MessageTemplate(**parts, links=links), request["values"]), sys.stdout)


def _tried(template: MessageTemplate, values: dict[str, object]) -> dict[str, object]:
    try:
        renderer = Renderer(template)
        renderer.render(values, _Links())
        begins = time.process_time()
        renderer.render(values, _Links())
        return {"seconds": time.process_time() - begins}
    except TooMuch as error:
        return {"fr": error.limit.fr, "en": error.limit.en, "limit": True}
    except RenderError as error:
        return {"fr": error.text.fr, "en": error.text.en}


if __name__ == "__main__":
    main()
