"""The settings of one process: a frozen value built once from the environment."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apella.errors import ConfigurationError

INSTANCE_RECORD = "instance.toml"
"""What a home is stands in this file of it, from the moment it holds data."""
MOST_PROXIES = 9
NO_SCANNER = "off"
"""The value of APELLA_CLAMD by which an operator does without a scanner."""


class Mode(enum.StrEnum):
    """How Apella runs: with parts of its own on one machine, or with the operator's parts."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says. Paths are absolute.

    `database_url` names the cluster and the database without a user: each process connects with its own role
    (`apella.db.engine.DbRole`), whose password libpq reads from the file that PGPASSFILE names. `trusted_proxies` is
    how many proxies of the operator stand before Apella: so many X-Forwarded-* values from the right are believed.
    `tenants` are folders with tenants' tables beside those that are shipped (`apella.tenancy.files`). `database_pooled`
    says that a pooler stands before PostgreSQL that changes the connection after every transaction. `clamd` is where
    the malware scanner listens, or `NO_SCANNER`; an embedded instance need not say.
    """

    home: Path
    port: int
    mode: Mode
    database_url: str | None
    redis_url: str | None
    tenants: tuple[Path, ...]
    master_key_file: Path
    trusted_proxies: int
    database_pooled: bool = False
    clamd: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether Apella brings PostgreSQL, Redis, the sign-in and the outbox itself."""
        return self.mode is Mode.EMBEDDED

    @property
    def tenants_variable(self) -> str:
        """`tenants` as APELLA_TENANTS has them, for a process of the same instance."""
        return os.pathsep.join(map(str, self.tenants))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read APELLA_*; raise ConfigurationError naming the variable and what would be right."""
        home = Path(environment.get("APELLA_HOME", ".apella")).absolute()
        raw_mode = environment.get("APELLA_MODE", Mode.EMBEDDED)
        try:
            mode = Mode(raw_mode)
        except ValueError as error:
            raise ConfigurationError(
                f"APELLA_MODE={raw_mode}: такого режима нет, укажите embedded или production.", code="settings.mode"
            ) from error
        raw_port = environment.get("APELLA_PORT", "8000")
        if not raw_port.isdecimal() or not 1 <= int(raw_port) <= 65535:
            raise ConfigurationError(
                f"APELLA_PORT={raw_port}: укажите номер порта от 1 до 65535.", code="settings.port"
            )
        raw_proxies = environment.get("APELLA_TRUSTED_PROXIES", "0")
        if not raw_proxies.isdecimal() or int(raw_proxies) > MOST_PROXIES:
            raise ConfigurationError(
                f"APELLA_TRUSTED_PROXIES={raw_proxies}: укажите, сколько ваших прокси стоит перед Apella, "
                f"от 0 до {MOST_PROXIES}.",
                code="settings.proxies",
            )
        raw_pooled = environment.get("APELLA_DATABASE_POOLED", "0")
        if raw_pooled not in {"0", "1"}:
            raise ConfigurationError(
                f"APELLA_DATABASE_POOLED={raw_pooled}: укажите 1, если перед PostgreSQL стоит PgBouncer в режиме "
                "transaction, иначе 0.",
                code="settings.pooled",
            )
        tenants = environment.get("APELLA_TENANTS", "")
        key_file = environment.get("APELLA_MASTER_KEY_FILE")
        settings = cls(
            home=home,
            port=int(raw_port),
            mode=mode,
            database_url=environment.get("APELLA_DATABASE_URL"),
            redis_url=environment.get("APELLA_REDIS_URL"),
            tenants=tuple(Path(one).absolute() for one in tenants.split(os.pathsep) if one),
            master_key_file=Path(key_file).absolute() if key_file else home / "keys" / "master.key",
            trusted_proxies=int(raw_proxies),
            database_pooled=raw_pooled == "1",
            clamd=environment.get("APELLA_CLAMD") or None,
        )
        if mode is Mode.PRODUCTION:
            missing = [
                name
                for name in ("APELLA_DATABASE_URL", "APELLA_REDIS_URL", "APELLA_MASTER_KEY_FILE", "APELLA_CLAMD")
                if not environment.get(name)
            ]
            if missing:
                raise ConfigurationError(
                    f"Рабочий режим не запустится без {', '.join(missing)}: укажите их в окружении. "
                    f"Если проверки файлов на вирусы не будет, скажите это явно: APELLA_CLAMD={NO_SCANNER}.",
                    code="settings.missing",
                )
        return settings
