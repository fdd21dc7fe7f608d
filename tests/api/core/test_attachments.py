"""A paper to a case over HTTP, as a program sends it: announced, put where the answer says, checked, opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from apella.db.ids import new_id
from apella.testing.client import Client
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.uploads import jpeg, pdf

pytestmark = pytest.mark.usefixtures("paperless")


def about(content: bytes, name: str = "Справка.pdf", **changes: Any) -> dict[str, Any]:
    return {
        "kind": "other",
        "file_name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **changes,
    }


def put(client: Client, upload: Mapping[str, Any], content: bytes) -> int:
    """Send the bytes as the answer says: neither a session nor a form token goes with them."""
    sender = client.http.application.test_client()
    parts = urlsplit(upload["url"])
    return sender.put(parts.path, data=content, headers=dict(upload["headers"])).status_code


def paths(case: str) -> str:
    return f"appeals/{case}/attachments"


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


def test_a_paper_is_sent_checked_and_opened(north: Play, client_for: ClientFor) -> None:
    case, content = str(north.file()), pdf()
    participant, secretary = client_for(north.actor(0)), client_for(north.actor("secretary"))
    announced = participant.post(paths(case), about(content))
    assert announced.status_code == 201
    row = announced.get_json()
    assert row["state"] == "quarantine"
    link = f"{paths(case)}/{row['id']}/link"
    assert secretary.post(link, {}).get_json()["code"] == "attachment.unchecked"
    assert put(participant, row["upload"], content) == 200
    assert participant.post(f"{paths(case)}/{row['id']}/sent", {}).status_code == 200
    north.drain()
    (mine,) = participant.get(paths(case)).get_json()
    assert (mine["state"], mine["message"], mine["mine"]) == ("clean", "Файл принят", True)
    (theirs,) = secretary.get(paths(case)).get_json()
    assert not theirs["mine"]
    url = secretary.post(link, {}).get_json()["url"]
    with secretary.http.get(urlsplit(url).path) as answer:
        assert answer.data == content
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_was_refused_is_told_to_its_sender_and_to_the_commission(north: Play, client_for: ClientFor) -> None:
    case, content = str(north.file()), b"MZ" + bytes(100)
    participant, secretary = client_for(north.actor(0)), client_for(north.actor("secretary"))
    row = participant.post(paths(case), about(content)).get_json()
    assert put(participant, row["upload"], content) == 200
    participant.post(f"{paths(case)}/{row['id']}/sent", {})
    north.drain()
    for reader in (participant, secretary):
        (found,) = reader.get(paths(case)).get_json()
        assert found["state"] == "rejected"
        assert "не принимаются" in found["message"]
    refused = secretary.post(f"{paths(case)}/{row['id']}/link", {})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "attachment.rejected")
    page = secretary.get(f"/north/cases/{case}").get_data(as_text=True)
    assert "Файл к делу не принят" in page


def test_bytes_other_than_the_announced_ones_do_not_come_in(north: Play, client_for: ClientFor) -> None:
    case, content = str(north.file()), pdf()
    participant = client_for(north.actor(0))
    row = participant.post(paths(case), about(content)).get_json()
    assert put(participant, row["upload"], content[:-1] + b"x") == 400
    assert put(participant, row["upload"], content + b"x") == 413


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"file_name": "a.exe"}, 422, "upload.type"),
        ({"file_name": "a.pdf.zip"}, 422, "upload.type"),
        ({"file_name": "a.mp3"}, 422, "upload.type"),
        ({"size": 31 * 1024**2}, 413, "upload.too_large"),
        ({"size": 0}, 422, "malformed"),
        ({"sha256": "00"}, 422, "malformed"),
        ({"kind": "virus"}, 422, "malformed"),
    ],
)
def test_what_cannot_be_a_paper_is_refused_before_it_is_sent(
    north: Play, client_for: ClientFor, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = client_for(north.actor(0)).post(paths(str(north.file())), about(b"x", **changes))
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_only_the_sender_says_that_a_file_was_sent(north: Play, client_for: ClientFor) -> None:
    case = str(north.file())
    row = client_for(north.actor(0)).post(paths(case), about(pdf())).get_json()
    other = client_for(north.actor("secretary")).post(f"{paths(case)}/{row['id']}/sent", {})
    assert (other.status_code, other.get_json()["code"]) == (404, "attachment.unknown")


def test_a_file_belongs_to_its_case_and_a_case_to_its_people(north: Play, client_for: ClientFor) -> None:
    case, another = str(north.file()), str(north.file(1))
    participant = client_for(north.actor(0))
    row = participant.post(paths(case), about(pdf())).get_json()
    assert participant.post(paths(another), about(pdf())).status_code == 404
    assert client_for(north.actor(1)).get(paths(case)).status_code == 404
    secretary = client_for(north.actor("secretary"))
    assert secretary.post(f"{paths(another)}/{row['id']}/link", {}).status_code == 404
    assert secretary.post(f"{paths(case)}/{new_id()}/link", {}).status_code == 404


def test_a_photo_loses_its_place_on_the_way(north: Play, client_for: ClientFor) -> None:
    case, content = str(north.file()), jpeg(place="Дом у реки")
    participant = client_for(north.actor(0))
    row = participant.post(paths(case), about(content, "Фото.jpg")).get_json()
    put(participant, row["upload"], content)
    participant.post(f"{paths(case)}/{row['id']}/sent", {})
    north.drain()
    url = participant.post(f"{paths(case)}/{row['id']}/link", {}).get_json()["url"]
    with participant.http.get(urlsplit(url).path) as answer:
        assert "Дом у реки".encode() not in answer.data
