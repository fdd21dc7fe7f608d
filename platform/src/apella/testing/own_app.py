"""An application on a database of its own, for tests that change what all seasons of a tenant share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apella.registered_jobs  # noqa: F401 the import registers the handlers
from apella.bootstrap import App, make_app
from apella.testing.database import fresh_name
from apella.testing.postgres import SharedCluster


@contextmanager
def own_app(*, home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    """Make the parts of an embedded instance on a clone of the template, and drop the clone afterwards.

    Its files lie in a folder of its own below `home`: the checkpoints of two databases would not fit together.
    """
    name = fresh_name("own")
    url = cluster.clone(template, name)
    app = make_app(
        {"APELLA_HOME": str(home / name), "APELLA_TENANTS": str(home / "tenants"), "APELLA_DATABASE_URL": url}
    )
    try:
        yield app
    finally:
        app.database.engine.dispose()
        app.relay_engine.dispose()
        cluster.drop(name)
