"""A writer that is killed at any moment: what it acknowledged is whole, what it left is swept (T3.6)."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from apella.storage.intake import remove_orphans
from apella.storage.keys import Area, ObjectKey
from apella.testing.objectstore import local_store, seeded
from apella.testing.sizes import size

ROUNDS = size("kills", small=6, full=20)
UPLOADS = size("uploads", small=60, full=200)
TENANT = "north"
# A row of the ledger stands for the commit that points at a file: it is written after the file was stored.
UPLOADER = """
import hashlib, os, random, sys
from pathlib import Path
from apella.storage.keys import Area, new_key
from apella.storage.local import LocalObjectStore

chance = random.Random(int(sys.argv[2]))
store = LocalObjectStore(Path(sys.argv[1]) / "store", secret=bytes(32))
ledger = os.open(Path(sys.argv[1]) / "ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while True:
    content = chance.randbytes(chance.randrange(300_000))
    digest = hashlib.sha256(content)
    key = new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)
    store.put(key, content, content_type="image/png", sha256=digest.digest())
    os.write(ledger, f"{key.path} {digest.hexdigest()}\\n".encode())
    os.write(1, b"+")
"""


def upload_until_killed(folder: Path, *, seed: int, uploads: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", UPLOADER, str(folder), str(seed)], stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout is not None
        acknowledged = child.stdout.read(uploads)
        child.kill()
    assert acknowledged == b"+" * uploads


@pytest.mark.proof("T3.6")
def test_no_acknowledged_upload_is_lost_or_spoilt(tmp_path: Path) -> None:
    chance = seeded(7)
    for number in range(ROUNDS):
        upload_until_killed(tmp_path, seed=number, uploads=UPLOADS // ROUNDS + chance.randrange(3))
    store = local_store(tmp_path / "store")
    rows = {}
    for row in (tmp_path / "ledger").read_text().splitlines():
        path, digest = row.split()
        rows[ObjectKey.parse(path, area=Area.CLEAN)] = bytes.fromhex(digest)
    assert len(rows) >= UPLOADS
    for key, sha256 in rows.items():
        store.get(key, sha256=sha256)

    listed = list(store.listing(Area.CLEAN, tenant=TENANT))
    for line in listed:
        store.get(line.key, sha256=store.head(line.key).sha256)
    later = max(line.stored_at for line in listed) + timedelta(days=1)
    orphans = remove_orphans(store, Area.CLEAN, tenant=TENANT, known=lambda keys: rows.keys() & set(keys), before=later)
    assert set(orphans) == {line.key for line in listed} - rows.keys()
    store.discard_unfinished(before=later)
    assert list((tmp_path / "store" / ".incoming").iterdir()) == []
    assert {line.key for line in store.listing(Area.CLEAN, tenant=TENANT)} == rows.keys()
