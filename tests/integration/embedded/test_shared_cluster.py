"""The cluster that a test run shares: `apella.testing.postgres`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from apella.embedded.home import Home
from apella.embedded.lock import holder_now
from apella.embedded.processes import serving
from apella.testing.embedded import connected, read_notes, toy_schema, wait_until, write_note
from apella.testing.postgres import start_cluster

ANOTHER = """
import sys; from pathlib import Path; from apella.testing.postgres import start_cluster
cluster = start_cluster(Path(sys.argv[1]))
sys.stdout.write(cluster.clone('apella_template', 'of_another') + '\\n'); sys.stdout.flush()
sys.stdin.read()
"""


def ended(home: Path) -> bool:
    return holder_now(Home(home)) is None and serving(Home(home).data) == []


def test_processes_share_a_cluster_that_ends_with_the_last_of_them(tmp_path: Path) -> None:
    made = []

    def migrate(database_url: str) -> None:
        made.append(database_url)
        toy_schema().upgrade(database_url)

    with start_cluster(tmp_path) as cluster:
        template = cluster.create_template(migrate)
        assert cluster.create_template(migrate) == template
        assert len(made) == 1
        mine = cluster.clone(template, "mine")
        write_note(mine, "only here")
        assert read_notes(cluster.clone(template, "beside")) == []
        with subprocess.Popen(
            [sys.executable, "-c", ANOTHER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as another:
            assert another.stdout is not None
            theirs = another.stdout.readline().decode().strip()
            assert read_notes(theirs) == []
            another.kill()
            another.wait()
        with connected(mine, user="app_owner"):
            cluster.drop("mine")
        assert read_notes(theirs) == []
        assert not ended(tmp_path)
    wait_until(lambda: ended(tmp_path))
    with start_cluster(tmp_path, fsync=True) as cluster, cluster.address.connect(user="app_ops") as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)
