"""What stops an embedded instance, as sentences that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apella.errors import ApellaError
from apella.settings import Settings

_NO_SPACE_IN_SQL = "53100"


class InstanceRefused(ApellaError):
    """The instance cannot start, or may not be touched as it stands; `code` says why."""

    code = "instance.refused"


def check_embedded(settings: Settings, *, command: str) -> None:
    """Raise InstanceRefused unless Apella brings its own PostgreSQL here, which `command` is about."""
    if not settings.embedded:
        raise InstanceRefused(
            f"Команда apella {command} работает со своим PostgreSQL на одной машине (APELLA_MODE=embedded). В рабочем"
            " режиме части web, relay и worker запускают диспетчером служб, а копии делают средствами вашей базы.",
            code="instance.production",
        )


def disk_full(folder: Path) -> InstanceRefused:
    """The refusal that names the folder whose disk has no space left."""
    return InstanceRefused(
        f"На диске с папкой {folder} закончилось место. Освободите его и повторите: записанное раньше цело.",
        code="instance.disk_full",
    )


@contextmanager
def disk_full_named(folder: Path) -> Iterator[None]:
    """Turn «no space left on device», from the system or from PostgreSQL, into one sentence about `folder`."""
    try:
        yield
    except Exception as error:
        if _is_disk_full(error):
            raise disk_full(folder) from error
        raise


def _is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    for candidate in (error, getattr(error, "orig", None)):
        if getattr(candidate, "sqlstate", None) == _NO_SPACE_IN_SQL:
            return True
    return False
