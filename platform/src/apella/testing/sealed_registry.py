"""People with sealed values, for tests of the keys: what each was given last is known."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func as sql
from sqlalchemy import select

from apella.bootstrap import App
from apella.db.encrypted_columns import ENCRYPTED
from apella.db.encryption import key_version
from apella.db.ids import new_id
from apella.identity.key_rotation import is_older
from apella.identity.model import DataKey, Person, PersonKind
from apella.identity.vault import Vaults
from apella.registry.importing_bulk import insert_rows
from apella.tenancy.ids import TenantId

FIELDS: Final = ("document", "phone", "email")


@dataclass
class Registry:
    """People with three sealed values each; `given` is what was acknowledged last."""

    app: App
    tenant_id: TenantId
    season_id: uuid.UUID
    given: dict[uuid.UUID, dict[str, str]] = field(default_factory=dict)

    def fill(self, count: int, *, start: int = 0) -> None:
        """Enter people, as an import does; those of one season begin at different numbers."""
        for first in range(start, start + count, 5000):
            with self.app.database.unit_of_work(self.tenant_id) as work:
                vault = self.app.vaults.of_season(work.session, tenant_id=self.tenant_id, season_id=self.season_id)
                rows = []
                for number in range(first, min(first + 5000, start + count)):
                    mine = {
                        "document": f"77{number:08d}",
                        "phone": f"+7901{number:07d}",
                        "email": f"r{number}@example.ru",
                    }
                    row: dict[str, Any] = {
                        "id": new_id(),
                        "season_id": self.season_id,
                        "kind": PersonKind.PARTICIPANT,
                        "login": f"r{number:08d}",
                        "surname": "Примеров",
                        "given_name": "Тест",
                        "sort_key": "примеров тест",
                    }
                    for name, value in mine.items():
                        row[f"{name}_cipher"] = vault.seal(f"person.{name}", row["id"], value)
                        row[f"{name}_index"] = vault.index(f"person.{name}", value)
                    rows.append(row)
                    self.given[row["id"]] = mine
                insert_rows(work.session, Person, rows)

    def read(self, vaults: Vaults, person_id: uuid.UUID) -> dict[str, str]:
        """Read a person's values as a page does."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            vault = vaults.of_season(work.session, tenant_id=self.tenant_id, season_id=self.season_id)
            person = work.session.get_one(Person, (self.tenant_id, person_id))
            return {name: vault.open(f"person.{name}", person_id, getattr(person, f"{name}_cipher")) for name in FIELDS}

    def write(self, vaults: Vaults, person_id: uuid.UUID, phone: str) -> None:
        """Give a person another telephone as a page does."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            vault = vaults.of_season(work.session, tenant_id=self.tenant_id, season_id=self.season_id)
            vault.fill_person(work.session.get_one(Person, (self.tenant_id, person_id)), document=None, phone=phone)
        self.given[person_id]["phone"] = phone

    def versions(self) -> set[int]:
        """The versions of the season's keys that stand."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            query = select(DataKey.key_version).where(DataKey.season_id == self.season_id, DataKey.case_id.is_(None))
            return set(work.session.scalars(query))

    def older(self, version: int) -> int:
        """How many people have a value under an older key."""
        (people,) = (one for one in ENCRYPTED if one.table == "person")
        with self.app.database.unit_of_work(self.tenant_id) as work:
            query = select(sql.count()).where(Person.season_id == self.season_id, is_older(people, version))
            return work.session.scalars(query).one()

    def wrong(self, version: int) -> list[str]:
        """What is amiss: values that are not what was acknowledged last, or not under this key; people who are lost."""
        vaults, found, seen = Vaults(self.app.master), [], set()
        with self.app.database.unit_of_work(self.tenant_id) as work:
            vault = vaults.of_season(work.session, tenant_id=self.tenant_id, season_id=self.season_id)
            columns = [getattr(Person, f"{name}_cipher") for name in FIELDS]
            query = select(Person.id, *columns).where(Person.season_id == self.season_id)
            for person_id, *sealed in work.session.execute(query, execution_options={"yield_per": 1000}):
                seen.add(person_id)
                for name, value in zip(FIELDS, sealed, strict=True):
                    if value is None:
                        continue
                    opened = vault.open(f"person.{name}", person_id, value)
                    if key_version(value) != version or opened != self.given.get(person_id, {}).get(name, opened):
                        found.append(f"{name} of {person_id}")
        return [*found, *(f"lost {person_id}" for person_id in self.given.keys() - seen)]
