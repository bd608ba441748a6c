"""The least that must be done to know who is in a book: its lines, its keys, its seals, in as many processes."""

from __future__ import annotations

import base64
import hmac
import multiprocessing
import sqlite3
import subprocess
from multiprocessing.pool import Pool
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from bench.crowd import Company


def read_all(company: Company, processes: int) -> int:
    """How many identities were read."""
    session = company.session()
    settings = session.settings
    book, keyring = session.path(settings.book.path), session.path(settings.keyring.path)
    wrap = hmac.digest(session.key(settings.keyring.master_key), b"envoi keyring v1", "sha512")
    shares = [(book, keyring, wrap, range(first, 256, processes)) for first in range(processes)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        assert isinstance(pool, Pool)
        return sum(pool.starmap(_read, shares))


def _read(book: Path, keyring: Path, wrap: bytes, files: range) -> int:
    read, wrapped, count = msgspec.json.Decoder().decode, AESSIV(wrap), 0
    database = sqlite3.connect(f"{keyring.as_uri()}?mode=ro", uri=True)
    talk = subprocess.Popen(
        ["git", "-C", str(book), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert talk.stdin is not None
    assert talk.stdout is not None
    for file in files:
        talk.stdin.write(b"main:contacts/%02x.jsonl\n" % file)
        talk.stdin.flush()
        size = int(talk.stdout.readline().split()[2])
        content = talk.stdout.read(size + 1)[:-1]
        question = "select contact, wrapped from key where contact between ? and ?"
        keys = dict(database.execute(question, (f"{file:02x}", f"{file:02x}g")))
        for line in content.split(b"\n"):
            if line:
                contact = read(line)
                name = contact["id"]
                bound = name.encode()
                key = wrapped.decrypt(keys[name], [b"envoi key 1", bound])
                seal = base64.b64decode(contact["seal"])
                read(AESSIV(key).decrypt(seal, [b"envoi1", b"book", bound]))
                count += 1
    talk.stdin.close()
    talk.wait()
    return count
