"""How a command reaches the database: the running instance's, or one that runs for the command alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from apella.embedded.home import Home
from apella.embedded.instance import check_home, opened
from apella.embedded.lock import holder_now, locked
from apella.embedded.postgres import ClusterAddress, check_ours, running_address
from apella.embedded.refusals import InstanceRefused, check_embedded, disk_full_named
from apella.embedded.schema import Schema, current_schema
from apella.settings import Settings

UP = "up"


@contextmanager
def attached(
    settings: Settings, *, command: str, schema: Schema | None = None, create: bool = True
) -> Iterator[Settings]:
    """Yield the settings with the address of a database that answers, for as long as `command` needs it.

    Settings that name a database are used as they are. Otherwise the home's running instance is, after a check that
    it is this home's; else PostgreSQL runs for the block alone. `create` allows a new instance in an empty home.
    Raises InstanceRefused.
    """
    if settings.database_url is not None:
        yield settings
        return
    with attached_cluster(settings, command=command, schema=schema or current_schema(), create=create) as address:
        yield replace(settings, database_url=address.database_url)


@contextmanager
def attached_cluster(
    settings: Settings, *, command: str, schema: Schema, create: bool = False
) -> Iterator[ClusterAddress]:
    """Yield the address of the home's cluster, running already or for the block alone. Raises InstanceRefused."""
    check_embedded(settings, command=command)
    home = Home(settings.home)
    with disk_full_named(home.root):
        holder = holder_now(home)
        if holder is not None and holder.command == UP:
            yield _running(home, settings, schema)
            return
        if not create and not home.record.exists():
            check_home(home, settings, schema, create=False)
        with (
            locked(home, command=command) as ours,
            opened(home, ours, settings=settings, schema=schema, create=create) as instance,
        ):
            yield instance.address


def _running(home: Home, settings: Settings, schema: Schema) -> ClusterAddress:
    address = running_address(home)
    record = check_home(home, settings, schema, create=False) if address else None
    if address is None or record is None or record.schema != schema.newest:
        raise InstanceRefused(
            "Apella запускается или останавливается. Повторите через несколько секунд.", code="instance.not_ready"
        )
    check_ours(address, instance_id=record.instance_id)
    return address
