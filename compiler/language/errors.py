"""The error tree. Each error carries one sentence for people and the exit code for programs.

    EnvoiError
    ├── UsageProblem      3  wrong usage or configuration
    ├── FindingsStop      1  findings that stop
    ├── RefusedByPolicy   4  policy, approval, admission
    ├── OutsideWindow     5
    └── PartlySent        6
No text here ever holds an address or any other personal data.
"""

from __future__ import annotations

from typing import ClassVar

from compiler.language.finding import Finding, Text


class EnvoiError(Exception):
    """A refusal with a sentence for people. `exit_code` as in the design, section 6."""

    exit_code: ClassVar[int] = 70

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class UsageProblem(EnvoiError):
    exit_code = 3


class RefusedByPolicy(EnvoiError):
    exit_code = 4


class OutsideWindow(EnvoiError):
    exit_code = 5


class PartlySent(EnvoiError):
    exit_code = 6


class FindingsStop(EnvoiError):
    exit_code = 1

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(Text("des constats empêchent de continuer", "findings stop this"))
        self.findings = findings
