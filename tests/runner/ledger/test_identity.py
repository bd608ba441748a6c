from __future__ import annotations

from pathlib import Path

import pytest

from compiler.language.errors import RefusedByPolicy, UsageProblem
from runner.ledger import Mark
from runner.ledger.identity import HostLock, Witness, filesystem_of, refuse_network

_MOUNTS = (
    "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "30 21 0:4 / /srv/share rw,relatime shared:5 - nfs4 nas:/x rw\n"
    "31 21 0:5 / /srv/local\\040disk rw - xfs /dev/sdb rw\n"
)


def test_a_second_runner_on_the_host_is_refused(tmp_path: Path) -> None:
    with HostLock(tmp_path), pytest.raises(RefusedByPolicy):
        HostLock(tmp_path)
    with HostLock(tmp_path):
        pass


def test_a_witness_remembers_the_last_mark(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness", "1f" * 16)
    assert witness.read() is None
    for count in (1, 2):
        witness.write(Mark(count, f"{count:02x}" * 32))
    witness.sync()
    witness.close()
    assert Witness(tmp_path / "witness", "1f" * 16).read() == Mark(2, "02" * 32)


@pytest.mark.parametrize("position", range(0, 44, 7))
def test_a_damaged_witness_says_nothing(tmp_path: Path, position: int) -> None:
    witness = Witness(tmp_path, "w")
    witness.write(Mark(7, "ab" * 32))
    witness.close()
    data = bytearray((tmp_path / "w").read_bytes())
    data[position] ^= 1
    (tmp_path / "w").write_bytes(data)
    assert witness.read() is None
    (tmp_path / "w").write_bytes(data[:position])
    assert witness.read() is None


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/var/lib/envoi", "ext4"), ("/srv/share/envoi", "nfs4"), ("/srv/local disk/envoi", "xfs")],
)
def test_the_nearest_mount_names_the_file_system(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(_MOUNTS)
    assert filesystem_of(Path(folder), mounts) == kind


def test_a_network_share_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(_MOUNTS)
    with pytest.raises(UsageProblem):
        refuse_network(Path("/srv/share/envoi"), mounts)
    refuse_network(Path("/var/lib/envoi"), mounts)
    refuse_network(tmp_path, tmp_path / "nothing")
