"""The pictures that messages show: inputs of the plan, its digest's business, and stored where they are served."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler import archive
from compiler.language.canonical import sha256_hex
from compiler.language.catalogue import picture as codes
from compiler.pipeline import check_workspace
from compiler.pipeline.pictures import Album

if TYPE_CHECKING:
    from compiler.pipeline import Compiled
    from tests.conftest import Example

ON = date(2027, 3, 1)
LIGHT = "assets/spring-light.png"


def test_a_picture_and_its_declaration_are_inputs_of_the_plan(spring: Compiled, shared_example: Example) -> None:
    assert spring.parts
    manifest = spring.parts.manifest
    content = (shared_example.workspace / LIGHT).read_bytes()
    assert dict(manifest.inputs)[LIGHT] == sha256_hex(content)
    assert "assets/pictures.yaml" in dict(manifest.inputs)
    assert "assets/showroom.png" not in dict(manifest.inputs)
    assert manifest.pictures == ((LIGHT, f"{sha256_hex(content)}.png", len(content)),)


def test_its_address_is_the_same_for_everyone_and_made_at_compile_time(spring: Compiled) -> None:
    assert spring.parts
    name = spring.parts.manifest.pictures[0][1]
    for part in spring.parts.parts:
        if part.path.endswith("message.html"):
            html = b"".join(part.read()).decode()
            assert f'src="https://t.atelier-lumen.example/a/{name}"' in html
            assert "asset(" not in html


def test_storing_a_plan_stores_its_pictures_and_mends_a_damaged_one(spring: Compiled, tmp_path: Path) -> None:
    assert spring.parts
    archive.write(spring.parts, tmp_path)
    (stored,) = (tmp_path / archive.ASSETS).iterdir()
    assert stored.name == spring.parts.manifest.pictures[0][1]
    assert stored.read_bytes() == spring.parts.pictures[0].content
    assert stat.S_IMODE(stored.stat().st_mode) == stat.S_IRUSR
    before = stored.stat().st_mtime_ns
    archive.write(spring.parts, tmp_path)
    assert stored.stat().st_mtime_ns == before
    stored.chmod(0o600)
    stored.write_bytes(b"damaged")
    archive.write(spring.parts, tmp_path)
    assert stored.read_bytes() == spring.parts.pictures[0].content
    assert not list(tmp_path.glob(".aside-*"))


def test_another_picture_is_another_plan(spring: Compiled, example: Example) -> None:
    file = example.workspace / LIGHT
    file.write_bytes(file.read_bytes() + b"\0")
    other = example.compile()
    assert spring.parts
    assert other.parts
    assert other.parts.digest != spring.parts.digest


@pytest.mark.parametrize("name", ["spring-light", "spring-light.png", LIGHT])
def test_a_picture_has_three_names(name: str, shared_example: Example) -> None:
    album = Album(shared_example.session().workspace())
    found = album.find(name)
    assert found
    assert found.path == LIGHT
    assert list(album.shown) == [LIGHT]


def test_a_file_s_name_alone_does_not_choose_between_two(example: Example) -> None:
    (example.workspace / "logo").mkdir()
    (example.workspace / "logo" / "showroom.png").write_bytes((example.workspace / LIGHT).read_bytes())
    with (example.workspace / "assets" / "pictures.yaml").open("a", encoding="utf-8") as file:
        file.write("---\nkind: asset\nname: logo\npath: logo/showroom.png\n")
    _, findings = check_workspace(example.workspace, on=ON)
    assert {(f.entry, f.place.path) for f in findings} == {
        (codes.ASSET_UNKNOWN, "templates/showroom-invitation.fr.mjml"),
        (codes.ASSET_UNKNOWN, "templates/showroom-invitation.en.mjml"),
    }


def test_a_picture_that_went_away_since_it_was_checked_is_not_shown(example: Example) -> None:
    album = Album(example.session().workspace())
    (example.workspace / LIGHT).unlink()
    assert album.find("spring-light") is None
    (example.workspace / LIGHT).symlink_to("/etc/hostname")
    assert album.find("spring-light") is None
