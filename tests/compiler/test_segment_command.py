"""`envoi segment explain`: a segment in words, its funnel, and why one person is in it or not."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from compiler.book.people import people
from compiler.language.consent import Answer
from compiler.language.contact import Person
from compiler.language.errors import EnvoiError, FindingsStop, UsageProblem
from compiler.language.history import History
from compiler.segment_command import segment
from compiler.selection import select
from compiler.session import Session

if TYPE_CHECKING:
    from tests.conftest import Example


def explain(session: Session, *args: str, typed: str = "") -> Result:
    result = CliRunner().invoke(segment, ["explain", *args], obj=session, input=typed)
    if result.exception is not None and not isinstance(result.exception, EnvoiError | SystemExit):
        raise result.exception
    return result


def told(example: Example, *args: str) -> Any:
    result = explain(example.session(as_json=True), *args)
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_the_funnel_is_that_of_a_plan(shared_example: Example, spring: Any) -> None:
    document = told(shared_example, "architects-west")
    assert [(s["clause"], s["left"]) for s in document["funnel"]] == [
        (step.clause, step.left) for step in spring.parts.manifest.funnel
    ]
    assert document["funnel"][0]["unknown"] == 0
    assert document["counted"]


def test_each_clause_is_told_of_one_person_and_agrees_with_the_selection(shared_example: Example) -> None:
    everybody = known(shared_example)
    session = shared_example.session()
    workspace = session.workspace()
    campaign = workspace.campaigns[-1]
    assert campaign.segment == "architects-west"
    chosen = select(workspace, campaign, people=everybody, history=History(), on=date(2027, 3, 1)).chosen
    inside = told(shared_example, "architects-west", "--contact", chosen[0])
    assert (inside["in"], inside["contact"]) == (True, chosen[0])
    first, second, *_ = inside["tree"]
    assert (first["depth"], first["truth"], first["seen"]) == (0, True, "clauses")
    assert (second["depth"], second["truth"], second["seen"], second["type"]) == (1, True, "value", "text")
    outside = next(one.contact.id for one in everybody if one.contact.id not in chosen)
    document = told(shared_example, "architects-west", "--contact", outside)
    assert document["in"] is not True
    assert any(line["truth"] is not True for line in document["tree"])


def known(example: Example) -> list[Person]:
    session = example.session()
    keyring = session.keyring()
    everybody = list(people(session.book().view(), keyring))
    keyring.close()
    return everybody


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["toutes ces conditions", "job parmi architecte", "le contraire de", "tout le carnet"]),
        ("en", ["all of these", "job among architecte", "the contrary of", "the whole book"]),
    ],
)
def test_it_is_told_in_words(language: str, words: list[str], shared_example: Example) -> None:
    text = explain(shared_example.session(language=language), "architects-west").stdout
    assert all(word in text for word in words), text


def test_a_person_is_named_by_address_too_and_may_come_from_the_input(shared_example: Example) -> None:
    session = shared_example.session()
    somebody = known(shared_example)[0]
    by_address = told(shared_example, "far-away", "--contact", somebody.identity.address)
    assert by_address["contact"] == somebody.contact.id
    typed = explain(session, "far-away", "--contact", "-", typed=f"{somebody.identity.address}\n")
    assert somebody.contact.id in typed.stdout
    assert somebody.identity.address not in typed.stdout


def test_who_may_not_be_measured_is_unknown_with_the_reason(shared_example: Example) -> None:
    session = shared_example.session(language="fr")
    refusing = next(one for one in known(shared_example) if one.contact.tracking.clicks is not Answer.GRANTED)
    text = explain(session, "showroom-guests", "--contact", refusing.contact.id).stdout
    assert "pas d'accord pour la mesure" in text
    (line,) = [line for line in text.splitlines() if "a cliqué dans" in line and "mesure" in line]
    assert line.startswith("?")


def test_nobody_and_an_unknown_segment_are_said(shared_example: Example) -> None:
    nobody = explain(shared_example.session(), "west", "--contact", "nobody@clients.example")
    assert isinstance(nobody.exception, EnvoiError)
    unknown = explain(shared_example.session(), "wset")
    assert isinstance(unknown.exception, UsageProblem)
    assert "west" in unknown.exception.text.fr


def test_without_a_keyring_it_is_checked_and_told_but_not_counted(shared_example: Example, tmp_path: Path) -> None:
    shutil.copytree(shared_example.workspace, tmp_path / "workspace")
    session = Session(tmp_path / "workspace", shared_example.session().clock, {}, language="en")
    result = explain(session, "west")
    assert result.exit_code == 0
    assert "department among" in result.stdout
    assert "nobody is counted" in result.stdout
    alone = explain(session, "west", "--contact", "0" * 32)
    assert isinstance(alone.exception, UsageProblem)
    places = tmp_path / "workspace" / "segments" / "places.yaml"
    places.write_text(places.read_text("utf-8").replace("field: zone", "field: zoen"), "utf-8")
    fresh = Session(tmp_path / "workspace", shared_example.session().clock, {}, language="en")
    assert isinstance(explain(fresh, "west").exception, FindingsStop)
