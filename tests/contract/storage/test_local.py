"""What only the local store promises: how it writes, what it does about a hostile disk, what its answers hold."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from unittest import mock

import pytest
import requests

from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.local import LocalObjectStore
from apella.storage.port import ObjectNotFound, StorageUnavailable
from apella.testing.objectstore import LocalUnderTest, local_store, long_ago

Fetch = Callable[..., requests.Response]
PAPER = b"%PDF-1.7 a paper"


def put(store: LocalObjectStore, key: ObjectKey, content: bytes = PAPER) -> None:
    store.put(key, content, content_type="application/pdf", sha256=sha256(content).digest())


def unfinished(folder: Path) -> list[Path]:
    return list((folder / ".incoming").iterdir())


def test_bytes_are_flushed_before_the_object_appears_and_its_folder_after(tmp_path: Path, clean: ObjectKey) -> None:
    store = local_store(tmp_path)
    put(store, clean)  # makes the folders above
    key = new_key(clean.area, tenant=clean.tenant, kind=clean.kind, year=clean.year)
    steps: list[str] = []
    real_flush, real_rename = os.fsync, Path.rename

    def flush(handle: int) -> None:
        steps.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real_flush(handle)

    def rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return real_rename(path, target)

    with mock.patch("os.fsync", flush), mock.patch.object(Path, "rename", rename):
        put(store, key)
    part = steps[2]
    assert steps == ["content", "about.json", part, "rename", "2031"]


def test_new_folders_are_flushed_into_their_parents(tmp_path: Path, clean: ObjectKey) -> None:
    store = local_store(tmp_path)
    with mock.patch("os.fsync") as flush:
        put(store, clean)
    made = ["clean", clean.tenant, clean.kind, str(clean.year)]
    assert flush.call_count == len(made) + 4


def test_nobody_else_may_read_the_store(tmp_path: Path, clean: ObjectKey) -> None:
    put(local_store(tmp_path / "store"), clean)
    for path in (tmp_path / "store").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path: Path, clean: ObjectKey, number: int) -> None:
    store = local_store(tmp_path)
    with mock.patch("os.fsync", side_effect=OSError(number, "full")), pytest.raises(StorageUnavailable) as refusal:
        put(store, clean)
    assert refusal.value.error_code == "storage.full"
    assert unfinished(tmp_path) == []
    put(store, clean)


def test_a_disk_that_fails_is_said_so(tmp_path: Path, clean: ObjectKey) -> None:
    store = local_store(tmp_path)
    with mock.patch("os.fsync", side_effect=OSError(errno.EIO, "broken")), pytest.raises(StorageUnavailable) as refusal:
        put(store, clean)
    assert refusal.value.error_code == "storage.unavailable"
    assert unfinished(tmp_path) == []


def test_a_store_whose_folder_vanished_is_unavailable_for_writing(tmp_path: Path, clean: ObjectKey) -> None:
    store = local_store(tmp_path / "store")
    (tmp_path / "store" / ".incoming").rmdir()
    with pytest.raises(StorageUnavailable):
        put(store, clean)


@pytest.mark.parametrize("level", ["", "north", "north/scan", "north/scan/2031"])
def test_a_symbolic_link_inside_the_store_leads_nowhere(tmp_path: Path, clean: ObjectKey, level: str) -> None:
    store = local_store(tmp_path / "store")
    outside = tmp_path / "outside"
    outside.mkdir()
    place = tmp_path / "store" / "clean" / level
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside)
    for ask in (lambda: put(store, clean), lambda: store.get(clean), lambda: store.delete(clean)):
        with pytest.raises(StorageUnavailable) as refusal:
            ask()
        assert refusal.value.error_code == "storage.foreign_link"
    assert list(outside.iterdir()) == []


def test_a_store_may_itself_stand_behind_a_symbolic_link(tmp_path: Path, clean: ObjectKey) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = local_store(tmp_path / "link")
    put(store, clean)
    assert store.get(clean) == PAPER


def test_what_a_crash_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    store = local_store(tmp_path)
    part = tmp_path / ".incoming" / "left"
    part.mkdir()
    (part / "content").write_bytes(b"half")
    made = datetime.fromtimestamp(part.stat().st_mtime, tz=UTC)
    assert store.discard_unfinished(before=made - timedelta(days=1)) == 0
    assert store.discard_unfinished(before=made + timedelta(seconds=1)) == 1
    assert unfinished(tmp_path) == []


def test_files_of_others_in_the_store_are_left_alone(tmp_path: Path, clean: ObjectKey) -> None:
    store = local_store(tmp_path)
    put(store, clean)
    (tmp_path / "clean" / clean.tenant / clean.kind / str(clean.year) / "notes").mkdir()
    assert [line.key for line in store.listing(Area.CLEAN, tenant=clean.tenant)] == [clean]


def test_a_part_of_another_version_is_answered_with_the_whole(fetch: Fetch, local: LocalUnderTest) -> None:
    key = new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)
    put(local.store, key)
    link = local.store.presign_get(key, filename="x.pdf", content_type="application/pdf", seconds=60, now=local.now())
    answer = fetch(link.url, headers={"Range": "bytes=0-3", "If-Range": '"another"'})
    assert (answer.status_code, answer.content) == (200, PAPER)


def test_every_answer_is_fenced(fetch: Fetch, local: LocalUnderTest) -> None:
    key = new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)
    put(local.store, key)
    link = local.store.presign_get(key, filename="x.pdf", content_type="application/pdf", seconds=60, now=local.now())
    for url, status in ((link.url, 200), (link.url + "x", 403)):
        answer = fetch(url)
        assert answer.status_code == status
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_all_refused_links_look_the_same_and_tell_nothing(fetch: Fetch, local: LocalUnderTest) -> None:
    key = new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)
    put(local.store, key)
    moment = long_ago(local.now())
    good = local.store.presign_get(key, filename="x", content_type="image/png", seconds=60, now=local.now())
    old = local.store.presign_get(key, filename="x", content_type="image/png", seconds=60, now=moment)
    urls = [old.url, good.url[:-2], local.forged(good.url, key.in_area(Area.QUARANTINE)), f"{good.url}.x"]
    answers = [fetch(url) for url in urls]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    problem = json.loads(answers[0].content)
    assert problem["code"] == "storage.link"
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert str(local.folder) not in answers[0].text


def test_an_upload_may_be_larger_than_a_form_of_the_application(fetch: Fetch, local: LocalUnderTest) -> None:
    key = new_key(Area.QUARANTINE, tenant="north", kind="audio", year=2031)
    body = bytes(3 * 1024**2)
    upload = local.store.presign_put(
        key, content_type="audio/wav", size=len(body), sha256=sha256(body).digest(), seconds=60, now=local.now()
    )
    assert fetch(upload.url, method="PUT", data=body, headers=upload.headers).status_code == 200
    assert local.store.head(key).size == len(body)


def test_a_refused_upload_says_what_was_wrong(fetch: Fetch, local: LocalUnderTest) -> None:
    key = new_key(Area.QUARANTINE, tenant="north", kind="audio", year=2031)
    upload = local.store.presign_put(
        key, content_type="audio/wav", size=4, sha256=sha256(b"good").digest(), seconds=60, now=local.now()
    )
    codes = {
        "storage.too_large": b"longer",
        "storage.length": b"x",
        "storage.checksum": b"evil",
    }
    for code, body in codes.items():
        answer = fetch(upload.url, method="PUT", data=body, headers=upload.headers)
        assert answer.json()["code"] == code
    with pytest.raises(ObjectNotFound):
        local.store.head(key)
