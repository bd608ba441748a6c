"""Coverage-guided fuzzing of what reads strangers' files: `make fuzz`, or this file with a target and seconds.

The promise under test: whatever the bytes, findings come back, each of which can be said in both languages. A crash
is kept beside the corpus (build/fuzz/TARGET) and belongs, once understood, among the named cases of a test.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["compiler", "yaml", "jsonschema"]):
    from compiler.language.finding import Finding
    from compiler.load import load, load_file
    from compiler.mjml import compile_html, compile_mjml
    from compiler.render import prepare
    from compiler.resolve import resolve
    from compiler.schema import check

ROOT = Path(__file__).parents[2]
WORKSPACE = ROOT / "campaigns"
LONGEST = 20_000
DOCUMENTS = load(WORKSPACE).documents


def spoken(findings: Iterable[Finding]) -> None:
    for one in findings:
        for language in ("fr", "en"):
            assert one.message(language)
            assert one.advice(language)


def declarations(data: bytes) -> None:
    """Loader, schemas, resolver and, with it, the reader of segments."""
    read, findings = load_file("fuzzed.yaml", data)
    spoken(findings)
    whole = []
    for document in read:
        wrong = check(document)
        spoken(wrong)
        if not wrong:
            whole.append(document)
    if whole:
        spoken(resolve(WORKSPACE, [*DOCUMENTS, *whole])[1])


def conditions(data: bytes) -> None:
    """The SQL form of segments, as a document holds it."""
    text = data.decode("utf-8", "replace")
    declarations(("kind: segment\nname: fuzzed\nwhere: " + json.dumps(text) + "\n").encode())


def templates(data: bytes) -> None:
    """Includes, checks, MJML and the compilation of Jinja."""
    text = data.decode("utf-8", "replace")
    for compile_source in (compile_mjml, compile_html):
        made = compile_source(text, "a.mjml", read=lambda path: None, params={"colour": "#123456"})
        spoken(made.findings)
        spoken(prepare(made, subject="s", preview="p")[1])


TARGETS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "declarations": (declarations, "*.yaml"),
    "conditions": (conditions, "*.sql"),
    "templates": (templates, "*.mjml"),
}


def seeds(target: str, pattern: str) -> Path:
    """The folder that the fuzzer adds to, begun with the example workspace's files and the broken ones."""
    corpus = ROOT / "build" / "fuzz" / target / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(sorted([*WORKSPACE.rglob(pattern), *(ROOT / "tests" / "broken").rglob(pattern)])):
        (corpus / f"seed-{number:03}").write_bytes(file.read_bytes())
    return corpus


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    target, pattern = TARGETS[name]
    corpus = seeds(name, pattern)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={corpus.parent}/", *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
