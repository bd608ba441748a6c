"""How many returned messages are told apart, beside flufl.bounce, on the labelled corpus and in the same run.

The corpus is read where ENVOI_CORPORA says, or in `../shared/corpora`; it is no part of the repository.
"""

from __future__ import annotations

import argparse
import email
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flufl.bounce import all_failures

from tracker.returns import Kind, Return, classify

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Sample:
    raw: bytes
    kind: str
    records: list[dict[str, Any]]


def corpus() -> list[Sample]:
    """The labelled returns, empty where the folder is missing."""
    folder = Path(os.environ.get("ENVOI_CORPORA") or ROOT.parent / "shared" / "corpora") / "returns"
    if not (folder / "labels.json").is_file():
        return []
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    return [Sample((folder / row["file"]).read_bytes(), row["cls"], row["records"]) for row in labels]


def peer(raw: bytes) -> str:
    """What flufl.bounce makes of a message: it knows permanent and temporary failures only."""
    temporary, permanent = all_failures(email.message_from_bytes(raw))
    return "hard" if permanent else "soft" if temporary else "none"


def measure(samples: list[Sample], kind_of: Callable[[bytes], str]) -> dict[str, Any]:
    """Classes right, wrong suppressions (soft or complaint taken for hard), milliseconds, and the confusion table."""
    table: Counter[str] = Counter()
    began = time.perf_counter()
    for sample in samples:
        table[f"{sample.kind} > {kind_of(sample.raw)}"] += 1
    took = time.perf_counter() - began
    spared = sum(sample.kind in ("soft", "feedback") for sample in samples)
    right = sum(count for pair, count in table.items() if len(set(pair.split(" > "))) == 1)
    return {
        "class_right": round(right / len(samples), 4),
        "wrong_suppressions": round((table["soft > hard"] + table["feedback > hard"]) / max(spared, 1), 4),
        "milliseconds": round(took / len(samples) * 1000, 3),
        "confusion": dict(sorted(table.items())),
    }


def agreement(samples: list[Sample]) -> dict[str, float]:
    """Record by record: hard or not, reason, and status and reply where the label has a server's own (not x.0.9xx)."""
    counts: Counter[str] = Counter()
    for sample in samples:
        found = classify(sample.raw).records
        for number, label in enumerate(sample.records):
            record = found[number] if number < len(found) else None
            status = label["dsn"] if len(label["dsn"]) < 7 or ".0.9" not in label["dsn"] else ""
            pairs = [
                ("hard", label["hard"]),
                ("reason", label["reason"]),
                ("status", status),
                ("reply", label["reply"]),
            ]
            for name, wanted in pairs:
                if wanted != "":
                    counts[f"{name}_of"] += 1
                    counts[name] += record is not None and getattr(record, name) == wanted
    return {name: round(counts[name] / counts[f"{name}_of"], 4) for name in ("hard", "reason", "status", "reply")}


def _kind(raw: bytes) -> str:
    returned: Return = classify(raw)
    return str(returned.kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    samples = corpus()
    if not samples:
        sys.exit("no corpus: set ENVOI_CORPORA to the folder that holds returns/labels.json")
    document = {
        "messages": len(samples),
        "envoi": measure(samples, _kind) | {"records": agreement(samples)},
        "flufl_bounce": measure(samples, peer),
    }
    if as_json:
        print(json.dumps(document))
        return
    for name in ("envoi", "flufl_bounce"):
        print(name, json.dumps({key: value for key, value in document[name].items() if key != "confusion"}))  # type: ignore[attr-defined]
        _show(document[name]["confusion"])  # type: ignore[index]


def _show(confusion: dict[str, int]) -> None:
    kinds = [str(kind) for kind in Kind]
    print(f"{'label':>12}" + "".join(f"{kind:>11}" for kind in kinds))
    for label in kinds[:-1]:
        print(f"{label:>12}" + "".join(f"{confusion.get(f'{label} > {kind}', 0):>11}" for kind in kinds))


if __name__ == "__main__":
    main()
