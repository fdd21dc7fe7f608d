"""The folder of an instance: what lies where, who may use it, whether there is room."""

from __future__ import annotations

import errno
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from apella.embedded.binaries import POSTGRES_MAJOR
from apella.embedded.refusals import InstanceRefused
from apella.settings import INSTANCE_RECORD

_MEGABYTE = 1024 * 1024
# A new cluster takes 40 MB, its log up to 512 MB under load; less than this and the first busy hour fills the disk.
FREE_SPACE_FLOOR = 300 * _MEGABYTE


@dataclass(frozen=True)
class Home:
    """The places inside $APELLA_HOME."""

    root: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data, by cluster, and its passwords."""
        return self.root / "postgres"

    @property
    def data(self) -> Path:
        """The data folder of the cluster; it exists only when it is complete."""
        return self.postgres / "data"

    @property
    def passfile(self) -> Path:
        """The passwords of the database roles, in libpq's own format."""
        return self.postgres / "pgpass"

    @property
    def objects(self) -> Path:
        """The files of the local object store."""
        return self.root / "objects"

    @property
    def keys(self) -> Path:
        """The master key, unless the settings place it elsewhere."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """One log per part."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What is worth something only while the instance runs."""
        return self.root / "run"

    @property
    def record(self) -> Path:
        """What this folder is: see `apella.embedded.record`."""
        return self.root / INSTANCE_RECORD

    @property
    def lock(self) -> Path:
        """The file whose lock the running process holds."""
        return self.root / "lock"

    def make(self) -> None:
        """Make the folders that are missing, closed to other people. Raises InstanceRefused without the right to."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.postgres, self.objects, self.keys, self.logs, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise self._not_writable() from error
        except OSError as error:
            if error.errno == errno.EROFS:
                raise self._not_writable() from error
            raise

    def _not_writable(self) -> InstanceRefused:
        return InstanceRefused(
            f"В папку данных {self.root} нельзя писать. Укажите другую: APELLA_HOME=/путь/к/папке.",
            code="instance.not_writable",
        )

    def check_space(self) -> None:
        """Raise InstanceRefused when the disk has less than the floor left."""
        free = shutil.disk_usage(self.root).free
        if free < FREE_SPACE_FLOOR:
            raise InstanceRefused(
                f"На диске с папкой {self.root} мало места: свободно {free // _MEGABYTE} МБ, нужно не меньше"
                f" {FREE_SPACE_FLOOR // _MEGABYTE} МБ. Освободите место и повторите.",
                code="instance.disk_low",
            )

    def check_postgres_major(self) -> None:
        """Raise InstanceRefused when the cluster was made by another major version of PostgreSQL."""
        try:
            major = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if major != str(POSTGRES_MAJOR):
            raise InstanceRefused(
                f"Папка данных {self.root} создана PostgreSQL {major}, а эта версия Apella работает с PostgreSQL"
                f" {POSTGRES_MAJOR}. Прежней версией Apella сделайте apella backup и восстановите копию в новую папку.",
                code="instance.postgres_major",
            )


def check_port(port: int) -> None:
    """Raise InstanceRefused when nothing of ours could listen on 127.0.0.1:`port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What gunicorn sets too: connections that linger after a stop do not count as «in use».
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise InstanceRefused(
                f"Порт {port} доступен только администратору. Выберите порт от 1024, например: APELLA_PORT=8000.",
                code="instance.port_forbidden",
            ) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise InstanceRefused(
                f"Порт {port} занят другой программой. Остановите её или выберите другой порт, например:"
                f" APELLA_PORT={port + 1 if port < 65535 else port - 1}.",
                code="instance.port_in_use",
            ) from error
