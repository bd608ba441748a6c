"""Fixtures that several packages' tests share.

Tests import the types under TYPE_CHECKING: `from tests.conftest import …`.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compiler.language.clock import FixedClock
from compiler.session import Session
from compiler.specimen import Recipe, Specimen, write_specimen

if TYPE_CHECKING:  # imported when first used: most tests need none of it
    from compiler.language.campaign import Campaign
    from compiler.language.history import History
    from compiler.pipeline import Compiled

CAMPAIGNS = Path(__file__).parents[1] / "campaigns"
ON = date(2027, 3, 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write tests/golden again from what is said now.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Holds a text against a file of tests/golden: `golden("review/comment.fr.md", text)`."""

    def hold(name: str, text: str) -> None:
        file = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return hold


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Holds a test marked `raises_code` to its word.

    Of a parametrised test each case raises the codes that its id names, or, marked with `each=True`, all of them.
    """
    due = {
        code
        for mark in item.iter_markers("raises_code")
        for code in mark.args
        if "[" not in item.name or mark.kwargs.get("each") or code in item.name
    }
    if not due:
        yield
        return
    from compiler.language.finding import Finding
    from compiler.policy.people import Judgement

    raised: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for made in (Finding, Judgement):
            _note_codes(made, raised, patch)
        yield
    assert due <= raised, f"marked as raising {sorted(due - raised)}"


def _note_codes(made: Any, raised: set[str], patch: pytest.MonkeyPatch) -> None:
    begin = made.__init__

    def noted(self: Any, *args: object, **named: object) -> None:
        begin(self, *args, **named)
        raised.add(self.rule if hasattr(self, "rule") else self.code)

    patch.setattr(made, "__init__", noted)


@dataclass(frozen=True)
class Example:
    """A folder with `workspace/`, `crm/`, `book/`, `state/` and `plans/`."""

    root: Path

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    def session(self, *, language: str = "fr", as_json: bool = False) -> Session:
        clock = FixedClock(datetime(2027, 3, 1, 9, tzinfo=UTC))
        return Session(self.workspace, clock, {}, json=as_json, language=language)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.workspace / path
        text = file.read_text("utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new), "utf-8")

    def compile(
        self,
        name: str = "spring-2027",
        *,
        history: History | None = None,
        on: date = ON,
        threads: int = 1,
        change: Callable[[Campaign], Campaign] = lambda campaign: campaign,
    ) -> Compiled:
        from compiler.language.history import History
        from compiler.pipeline import KeyedHost, compile_campaign

        session = self.session()
        workspace = session.workspace()
        campaign = workspace.campaign(name)
        assert campaign
        keyring = session.keyring()
        try:
            view = session.book().view()
            host = KeyedHost(
                view, keyring, session.suppression_key(), history or History(), scratch=self.root / "plans"
            )
            return compile_campaign(workspace, change(campaign), host, on=on, threads=threads)
        finally:
            keyring.close()


def build_example(root: Path, *, shuffle: int = 0) -> Example:
    """The example, imported from its CSV, whose rows are shuffled where a seed is given; keys are always the same."""
    from compiler.book.importer import import_source
    from compiler.book.keyring import Keyring
    from compiler.git import Repository
    from runner.demo.crm import write_crm

    shutil.copytree(CAMPAIGNS, root / "workspace")
    (root / "crm").mkdir()
    write_crm(root / "crm" / "contacts.csv", 1)
    if shuffle:
        head, *rows = (root / "crm" / "contacts.csv").read_bytes().splitlines(keepends=True)
        random.Random(shuffle).shuffle(rows)
        (root / "crm" / "contacts.csv").write_bytes(head + b"".join(rows))
    keys = root / "state" / "keys"
    keys.mkdir(parents=True)
    for number, name in enumerate(("master", "suppression", "tracking"), 1):
        (keys / f"{name}.key").write_text(f"{number:02x}" * 32)
    Repository.init_bare(root / "book.git")
    example = Example(root)
    session = example.session()
    workspace, settings = session.workspace(), session.settings
    keyring = Keyring.create(session.path(settings.keyring.path), session.key(settings.keyring.master_key))
    import_source(
        workspace.sources[0],
        workspace,
        session.book(),
        keyring,
        suppression_key=session.suppression_key(),
        entropy=random.Random(5).randbytes,
        clock=session.clock,
    )
    keyring.close()
    return example


@pytest.fixture(scope="session")
def shared_example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example for tests that change nothing."""
    return build_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def spring(shared_example: Example) -> Compiled:
    """The first campaign, compiled as it stands."""
    return shared_example.compile()


@pytest.fixture
def example(shared_example: Example, tmp_path: Path) -> Example:
    """A copy of the example that a test may change."""
    shutil.copytree(shared_example.root, tmp_path / "example", symlinks=True)
    return Example(tmp_path / "example")


@pytest.fixture(scope="session")
def company_stage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A company with remotes, keys and imported contacts, and the port that its relay will have."""
    from compiler.clock import SimulatedClock
    from runner.demo import scenery
    from runner.demo.stagehand import Stagehand
    from runner.demo.voice import PlainVoice

    built = scenery.build(tmp_path_factory.mktemp("company") / "stage")
    port = scenery.free_port()
    scenery.publish_workspace(built, relay_port=port, tracker_port=scenery.free_port())
    Stagehand(built, PlainVoice(), SimulatedClock(built.clock)).envoi("contacts", "import", "crm")
    return built.folder, port


@pytest.fixture
def company_copy(company_stage: tuple[Path, int], tmp_path: Path) -> tuple[Path, int]:
    """A copy of it that a test may change."""
    from compiler.clock import set_simulated_clock
    from compiler.git import Repository
    from runner.demo.scenery import CURTAIN

    folder = tmp_path / "stage"
    shutil.copytree(company_stage[0], folder, symlinks=True)
    Repository(folder / "workspace").set_remote_url(str(folder / "workspace.git"))
    set_simulated_clock(folder / "state" / "clock", CURTAIN, rate=1.0)
    return folder, company_stage[1]


@pytest.fixture
def small_plan(tmp_path: Path) -> Callable[..., Specimen]:
    """Writes a stored plan of fictional recipients: `small_plan(slots=6, lanes=(…), zones=(…))`, see Recipe."""

    def write(**wanted: object) -> Specimen:
        return write_specimen(tmp_path / "plans", Recipe(**wanted))  # type: ignore[arg-type]

    return write
