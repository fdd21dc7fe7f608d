"""The outbox of an embedded instance: what is kept of a message, and what the page shows of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from apella.notices.gateways import EmbeddedOutbox, Message
from apella.notices.model import NoticeChannel, OutboxMessage
from apella.tenancy.model import Season
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

ADDRESS, TEXT = "+7 900 123-45-67", "Учебное сообщение «для вас»"


def keep(play: Play, *keys: str, text: str = TEXT, channel: NoticeChannel = NoticeChannel.SMS) -> None:
    def send(desk: Any) -> None:
        for key in keys:
            message = Message(
                season_id=play.world.season_id,
                channel=channel,
                address=ADDRESS,
                subject="Учебная тема",
                text=text,
                dedup_key=f"{play.world.season_id}:{key}",
            )
            EmbeddedOutbox().send(desk.session, desk.vault, message)

    play.do("secretary", send)


def rows(play: Play) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.season_id == play.world.season_id)
    return play.read(lambda session: list(session.scalars(query)))


def season_code(play: Play) -> str:
    tenant_id = play.world.rules.tenant.tenant_id
    return play.read(lambda session: session.get_one(Season, (tenant_id, play.world.season_id)).code)


def shown(web: Flask, play: Play, **more: str) -> list[dict[str, str]]:
    query = {"tenant": play.world.rules.slug, "season": season_code(play), **more}
    answer = web.test_client().get("/embedded/outbox", query_string=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.get_json()["messages"]
    return found


def test_a_message_is_kept_once_and_sealed(play: StartPlay) -> None:
    north = play()
    keep(north, "first", "first")
    keep(north, "first", text="Другие слова")
    keep(north, "second")
    kept = rows(north)
    assert sorted(row.dedup_key.rpartition(":")[2] for row in kept) == ["first", "second"]
    for row in kept:
        assert ADDRESS.encode() not in row.address_cipher
        assert TEXT.encode() not in row.text_cipher
    # The same words to the same telephone are not seen to be the same.
    assert len({row.address_cipher for row in kept}) == len({row.text_cipher for row in kept}) == 2


def test_the_page_shows_messages_of_one_season_the_newest_first(play: StartPlay, web: Flask) -> None:
    north, other = play(), play()
    keep(north, "first")
    keep(other, "first", text="Сообщение другого сезона")
    keep(north, "second", text="Второе <b>сообщение</b>", channel=NoticeChannel.EMAIL)
    newest, oldest = shown(web, north)
    assert [(row["channel"], row["address"], row["text"]) for row in (newest, oldest)] == [
        ("email", ADDRESS, "Второе <b>сообщение</b>"),
        ("sms", ADDRESS, TEXT),
    ]
    # The time is the season's, with the region's zone.
    assert newest["at"][:16] == north.now().astimezone(north.world.rules.zone).isoformat()[:16]
    assert newest["season"] == season_code(north)
    page = (
        web.test_client()
        .get("/embedded/outbox", query_string={"tenant": "north", "season": season_code(north)})
        .get_data(as_text=True)
    )
    assert page.index("Второе &lt;b&gt;сообщение&lt;/b&gt;") < page.index(TEXT)
    assert ADDRESS in page
    assert "Сообщение другого сезона" not in page
    assert shown(web, north, tenant="south") == []


@pytest.mark.usefixtures("paperless")
def test_the_page_shows_what_a_case_sent(play: StartPlay, web: Flask) -> None:
    north = play()
    case_id = north.file()
    assert shown(web, north) == []
    north.drain()
    (message,) = shown(web, north)
    assert (message["channel"], message["address"]) == ("sms", "+7 900 000-00-00")
    assert north.case(case_id).receipt_number in message["text"]
    # Who reads the page as a page sees the same words.
    page = web.test_client().get("/embedded/outbox", query_string={"tenant": "north", "season": season_code(north)})
    assert north.case(case_id).receipt_number in page.get_data(as_text=True)
