"""Scans and recordings on their way into the object store."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from apella.demo.season import Scans
from apella.registry.model import Work, WorkFile
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import FileState, StoredFile
from apella.storage.port import StorageUnavailable
from apella.testing.registry import Registry


def files_of(registry: Registry) -> dict[tuple[str, str, int], StoredFile]:
    """The files of the season's works."""
    query = (
        select(Work.code, WorkFile.kind, WorkFile.page, StoredFile)
        .join(WorkFile, WorkFile.work_id == Work.id)
        .join(StoredFile, StoredFile.id == WorkFile.file_id)
        .where(Work.season_id == registry.season_id)
    )
    rows = registry.read(lambda session: session.execute(query).all())
    return {(code, kind, page): file for code, kind, page, file in rows}


def test_every_file_lies_in_the_clean_area_under_a_key_of_its_own(registry: Registry) -> None:
    delivery = registry.delivery(registry.season(participants=1, scans=Scans.ALL))
    report = registry.take(delivery)
    files = files_of(registry)
    assert report.counts["files_added"] == len(files) == len(delivery.files) > 0
    for delivered in delivery.files:
        row = delivered.row
        file = files[row.work_code, row.kind, row.page]
        key = ObjectKey.parse(file.key, area=Area.CLEAN)
        content = registry.app.store.get(key, sha256=file.sha256)
        assert content == (delivery.directory / row.file).read_bytes()
        assert (file.state, file.size) == (FileState.CLEAN, len(content))
        assert (key.tenant, key.year) == ("north", 2026)
        assert file.checked_at is not None
        assert "/" not in file.file_name


def test_the_same_scans_again_are_not_stored_twice(registry: Registry) -> None:
    season = registry.season(participants=1, scans=Scans.ALL)
    registry.take(season)
    before = {place: file.id for place, file in files_of(registry).items()}
    again = replace(registry.delivery(season), sha256=b"x" * 32)
    assert not registry.take(again).changed
    assert {place: file.id for place, file in files_of(registry).items()} == before


def test_a_changed_scan_is_stored_beside_the_earlier_one(registry: Registry) -> None:
    season = registry.season(participants=1, scans=Scans.ALL)
    registry.take(season)
    before = files_of(registry)
    delivery = registry.delivery(season)
    first, second = delivery.files[0], delivery.files[1]
    # The second page's picture comes in the place of the first.
    row = first.row._replace(file=second.row.file, sha256=second.row.sha256)
    swapped = replace(first, row=row, sha256=second.sha256)
    report = registry.take(replace(delivery, sha256=b"x" * 32, files=(swapped, *delivery.files[1:])))
    assert report.counts["files_added"] == 1
    place = (first.row.work_code, first.row.kind, first.row.page)
    after = files_of(registry)[place]
    assert after.id != before[place].id
    assert after.sha256 == second.sha256
    kept = registry.read(lambda s: s.scalars(select(StoredFile).where(StoredFile.id == before[place].id)).one())
    assert registry.app.store.get(ObjectKey.parse(kept.key, area=Area.CLEAN), sha256=kept.sha256)


def test_a_store_that_fails_half_way_leaves_no_row(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = registry.delivery(registry.season(participants=1, scans=Scans.ALL))
    put = registry.app.store.put
    calls = 0

    def fails_at_the_third(*args: Any, **wishes: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise StorageUnavailable("Хранилище файлов сейчас недоступно.")
        return put(*args, **wishes)

    with monkeypatch.context() as patched:
        patched.setattr(registry.app.store, "put", fails_at_the_third)
        with pytest.raises(StorageUnavailable):
            registry.take(delivery)
    works = select(Work.id).where(Work.season_id == registry.season_id)
    assert registry.read(lambda session: session.scalars(works).all()) == []
    assert registry.take(delivery).counts["files_added"] == len(delivery.files)


def test_a_scan_that_changed_after_the_check_is_not_stored(registry: Registry) -> None:
    delivery = registry.delivery(registry.season(participants=1, scans=Scans.ALL))
    first, second = delivery.files[0].row, delivery.files[1].row
    other = (delivery.directory / second.file).read_bytes()
    Path(delivery.directory / first.file).write_bytes(other)
    assert hashlib.sha256(other).hexdigest() != first.sha256
    with pytest.raises(Exception, match="контрольной суммой"):
        registry.take(delivery)
    assert files_of(registry) == {}
