"""The list of what was erased, outside the database: a restored copy is made to forget again what was to be forgotten.

Each erasure is a signed note beside the checkpoints of the audit, and a second one beside the master key, which is kept
apart from the copies. It holds ids only.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from apella.audit.offline_verify import is_signed, signed_bytes
from apella.audit.signing import SigningKey
from apella.errors import Conflict
from apella.storage.keys import Area, ObjectKey
from apella.storage.port import ObjectExists, ObjectStore
from apella.tenancy.ids import TenantId

FORMAT: Final = "apella-erasure-1"
KIND: Final = "erasure"
FOLDER: Final = "erasures"
"""The folder beside the master key."""
_PLACES: Final = uuid.UUID("0f6a3c1e-6f4b-5d0e-9a27-5b1c8d7e9f42")
_YEAR: Final = 2000


class ErasureForged(Conflict):
    """A note of an erasure is not signed by a key of this installation, or was changed."""

    code = "erasures.forged"


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What was erased: a season, or one participant of it with the `representatives` who represented nobody else.

    `keys` are the data keys that went (`case` or "", version).
    """

    tenant: str
    tenant_id: TenantId
    season_id: uuid.UUID
    person_id: uuid.UUID | None
    keys: Sequence[tuple[str, int]]
    at: datetime
    act_number: str
    act_date: date
    representatives: Sequence[uuid.UUID] = ()

    @property
    def id(self) -> uuid.UUID:
        """The same for the same erasure, however often it is done."""
        return uuid.uuid5(_PLACES, f"{self.tenant}/{self.season_id}/{self.person_id or ''}")


def write(erasure: Erasure, *, store: ObjectStore, key: SigningKey, folder: Path) -> None:
    """Put the note into the store and beside the master key, durably; one that is there already stays as it is.

    Raises StorageUnavailable.
    """
    body = {
        "format": FORMAT,
        "tenant": erasure.tenant,
        "tenant_id": int(erasure.tenant_id),
        "season": str(erasure.season_id),
        "person": None if erasure.person_id is None else str(erasure.person_id),
        "representatives": [str(one) for one in erasure.representatives],
        "keys": [list(one) for one in erasure.keys],
        "at": erasure.at.isoformat(),
        "act_number": erasure.act_number,
        "act_date": erasure.act_date.isoformat(),
        "key": key.fingerprint,
    }
    note = {"erasure": body, "signature": key.sign(signed_bytes(FORMAT, body))}
    data = (json.dumps(note, ensure_ascii=False, indent=1) + "\n").encode()
    place = ObjectKey(area=Area.EVIDENCE, tenant=erasure.tenant, kind=KIND, year=_YEAR, id=erasure.id)
    try:
        store.put(place, data, content_type="application/json", sha256=hashlib.sha256(data).digest())
    except ObjectExists:
        data = store.get(place)
    _put_beside(folder / FOLDER / f"{erasure.id}.json", data)


def stored(store: ObjectStore, *, tenants: Iterable[str], key: SigningKey) -> Iterator[Erasure]:
    """The erasures that the store knows. Raises ErasureForged."""
    for tenant in tenants:
        for found in store.listing(Area.EVIDENCE, tenant=tenant, kind=KIND):
            yield _read(store.get(found.key), key=key, name=found.key.path)


def in_folder(folder: Path, *, key: SigningKey) -> Iterator[Erasure]:
    """The erasures whose notes lie in a folder; none where there is no such folder. Raises ErasureForged."""
    for file in sorted(folder.glob("*.json")):
        yield _read(file.read_bytes(), key=key, name=str(file))


def _read(data: bytes, *, key: SigningKey, name: str) -> Erasure:
    try:
        note = json.loads(data)
        body: dict[str, Any] = note["erasure"]
        signed = body["format"] == FORMAT and is_signed(
            key.trusted, body["key"], signed_bytes(FORMAT, body), note["signature"]
        )
        erasure = Erasure(
            tenant=body["tenant"],
            tenant_id=TenantId(body["tenant_id"]),
            season_id=uuid.UUID(body["season"]),
            person_id=None if body["person"] is None else uuid.UUID(body["person"]),
            keys=[(case, version) for case, version in body["keys"]],
            at=datetime.fromisoformat(body["at"]),
            act_number=body["act_number"],
            act_date=date.fromisoformat(body["act_date"]),
            # Notes of earlier releases name none.
            representatives=[uuid.UUID(one) for one in body.get("representatives", [])],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _forged(name) from error
    if not signed:
        raise _forged(name)
    return erasure


def _forged(name: str) -> ErasureForged:
    return ErasureForged(
        f"Запись о стирании {name} изменена или подписана чужим ключом. Верните файл audit.key, с которым её сделали, "
        "или положите рядом его открытую часть: audit-прежний.pub."
    )


def _put_beside(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
