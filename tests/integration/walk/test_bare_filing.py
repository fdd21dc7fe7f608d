"""What filing over HTTP is measured against writes the rows that a filing writes."""

from __future__ import annotations

from sqlalchemy import make_url

from apella.testing.bare_filing import BareFiling
from apella.testing.bulk import Filer
from apella.testing.http_walk import HttpWalk
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.postgres import SharedCluster


def test_a_bare_connection_files_as_the_application_does(
    play: StartPlay, client_for: ClientFor, cluster: SharedCluster, database_url: str
) -> None:
    north = HttpWalk(play(participants=2), client_for)
    filed = north.client(0).post("appeals", north.application(0, phone="+7 900 111-22-33"), key=True)
    assert filed.status_code == 201
    person, work = north.play.actor(1).person_id, north.play.world.works[1]
    assert person is not None
    filer = Filer(token="", person_id=person, work_id=work)
    database = make_url(database_url).database
    with cluster.address.connect(user="app_rw", dbname=database) as connection:
        bare = BareFiling(connection, north.play.world.rules, filed.get_json()["id"], subject_code="04")
        bare.file(filer)
    (case,) = north.client(1).get("appeals").get_json()["items"]
    assert case["state"] == filed.get_json()["state"]
    assert len(north.client("secretary").get(f"appeals/{case['id']}/deadlines").get_json()) == len(
        north.client("secretary").get(f"appeals/{filed.get_json()['id']}/deadlines").get_json()
    )
    assert bare.rows > 10
