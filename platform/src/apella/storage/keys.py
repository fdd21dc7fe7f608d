"""Keys of stored objects: made by the server, never from a file's name."""

from __future__ import annotations

import dataclasses
import enum
import re
import uuid
from dataclasses import dataclass
from typing import Self

from apella.db.ids import new_id
from apella.errors import Malformed

_TENANT = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_KIND = r"[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?"
_YEAR = r"[1-9][0-9]{3}"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(f"(?P<tenant>{_TENANT})/(?P<kind>{_KIND})/(?P<year>{_YEAR})/(?P<id>{_ID})")


class Area(enum.StrEnum):
    """quarantine: unchecked uploads, the only area with upload links; clean: everything that may be served.

    evidence: what proves that nothing was changed; it is never deleted, and no link leads there.
    """

    QUARANTINE = "quarantine"
    CLEAN = "clean"
    EVIDENCE = "evidence"


@dataclass(frozen=True, kw_only=True)
class ObjectKey:
    """Where an object lies: `path` is what a row keeps (`tenant/kind/year/id`), `area` follows from the row's state.

    Every part is matched against a narrow alphabet, so that no key can name a place outside its area.
    Raises Malformed (`storage.key`).
    """

    area: Area
    tenant: str
    kind: str
    year: int
    id: uuid.UUID

    def __post_init__(self) -> None:
        if _PATH.fullmatch(self.path) is None:
            raise _malformed()

    @property
    def path(self) -> str:
        """The key inside its area."""
        return f"{self.tenant}/{self.kind}/{self.year}/{self.id}"

    def in_area(self, area: Area) -> Self:
        """The same object's key in another area."""
        return dataclasses.replace(self, area=area)

    @classmethod
    def parse(cls, path: str, *, area: Area) -> Self:
        """Read a row's `path` back. Raises Malformed (`storage.key`)."""
        key = cls.recognise(path, area=area)
        if key is None:
            raise _malformed()
        return key

    @classmethod
    def recognise(cls, path: str, *, area: Area) -> Self | None:
        """Read a path found in a store; None when it is none of ours."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        return cls(
            area=area,
            tenant=match["tenant"],
            kind=match["kind"],
            year=int(match["year"]),
            id=uuid.UUID(match["id"]),
        )


def new_key(area: Area, *, tenant: str, kind: str, year: int) -> ObjectKey:
    """Make a key that nothing else has: `tenant` is the slug, `kind` the sort of file, `year` the season's.

    Raises Malformed (`storage.key`).
    """
    return ObjectKey(area=area, tenant=tenant, kind=kind, year=year, id=new_id())


def listing_prefix(*, tenant: str, kind: str | None = None) -> str:
    """Give the beginning that all paths of a tenant (and kind) share. Raises Malformed (`storage.key`)."""
    if re.fullmatch(_TENANT, tenant) is None or (kind is not None and re.fullmatch(_KIND, kind) is None):
        raise _malformed()
    return f"{tenant}/" if kind is None else f"{tenant}/{kind}/"


def _malformed() -> Malformed:
    return Malformed("Такого имени у сохранённого файла быть не может.", code="storage.key")
