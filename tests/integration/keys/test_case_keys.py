"""What belongs to one case is sealed under a key of that case, which is renewed with the season's and goes with it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import OperationalError

from apella.bootstrap import App
from apella.db.encryption import FieldRefused, key_version
from apella.db.keys import KeyRefused, KeysDestroyed, MasterKey, load_master_key
from apella.db.unit_of_work import Database
from apella.identity import key_rotation
from apella.identity.actor import Actor
from apella.identity.case_keys import CaseVault
from apella.identity.key_rotation import rotate
from apella.identity.master_change import change_master
from apella.identity.model import DataKey
from apella.identity.vault import Vault, Vaults
from apella.notices.gateways import EmbeddedOutbox, Message
from apella.notices.model import NoticeChannel, OutboxMessage
from apella.testing.factories import World
from apella.testing.play import Play

pytestmark = pytest.mark.usefixtures("paperless")
PHONE = "+79111112233"


@pytest.fixture
def play(own: App, world: World) -> Play:
    return Play(own, world)


@pytest.fixture
def case_id(play: Play) -> uuid.UUID:
    """A case with contacts of its own, which has sent a message."""
    case_id = play.file(0, phone=PHONE, email="told@example.ru")
    play.drain()
    return case_id


def keys(play: Play) -> set[tuple[uuid.UUID | None, int]]:
    """The keys that stand: the case or None, and the version."""
    query = select(DataKey.case_id, DataKey.key_version).where(DataKey.season_id == play.world.season_id)
    return play.read(lambda session: {(one, version) for one, version in session.execute(query)})


def contact(app: App, play: Play, case_id: uuid.UUID, *, master: MasterKey | None = None) -> str:
    """The case's telephone, opened by a process that knows nothing yet."""
    tenant_id, case = play.world.rules.tenant.tenant_id, play.case(case_id)
    with app.database.unit_of_work(tenant_id) as work:
        vaults = Vaults(master or app.master)
        vault = vaults.of_season(work.session, tenant_id=tenant_id, season_id=play.world.season_id)
        return vault.of_case(case_id).open("appeal.contact_phone", case_id, case.contact_phone_cipher or b"")


def messages(app: App, play: Play) -> list[tuple[uuid.UUID | None, int, str]]:
    """What went out: of which case, under which version, to which address."""
    tenant_id = play.world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        vault = Vaults(app.master).of_season(work.session, tenant_id=tenant_id, season_id=play.world.season_id)
        return [
            (
                row.case_id,
                key_version(row.address_cipher),
                vault.of_case(row.case_id).open("outbox_message.address", row.id, row.address_cipher),
            )
            for row in work.session.scalars(select(OutboxMessage).order_by(OutboxMessage.created_at))
        ]


def send(play: Play, *, case_id: uuid.UUID | None, key: str) -> None:
    message = Message(
        season_id=play.world.season_id,
        case_id=case_id,
        channel=NoticeChannel.SMS,
        address=PHONE,
        subject="",
        text="Учебное сообщение",
        dedup_key=key,
    )
    play.do("secretary", lambda desk: EmbeddedOutbox().send(desk.session, desk.vault, message))


def turn(owner: Database, app: App, system: Actor) -> int:
    return rotate(
        owner,
        master=app.master,
        actor=system,
        grace=key_rotation.GRACE * 0,
        wait=lambda _: None,
        told=lambda *_: None,
        share=1,
    )


def test_a_case_has_a_key_of_its_own_from_the_first_value_on(own: App, play: Play) -> None:
    bare = play.file(1, channel="school_desk", phone=None, email=None)
    assert keys(play) == {(None, 1)}
    case_id = play.file(0, phone=PHONE)
    assert keys(play) == {(None, 1), (case_id, 1)}
    assert contact(own, play, case_id) == PHONE
    play.drain()
    assert {one for one, _, _ in messages(own, play)} == {bare, case_id}
    assert keys(play) == {(None, 1), (case_id, 1), (bare, 1)}
    with pytest.raises(FieldRefused):
        # Neither the season's key nor another case's opens it.
        play.do("secretary", lambda desk: opened_by(desk.vault, play, case_id))
    with pytest.raises(FieldRefused):
        play.do("secretary", lambda desk: opened_by(desk.vault.of_case(bare), play, case_id))


def opened_by(vault: Vault | CaseVault, play: Play, case_id: uuid.UUID) -> str:
    return vault.open("appeal.contact_phone", case_id, play.case(case_id).contact_phone_cipher or b"")


def test_what_is_of_no_case_is_under_the_season_s_key(own: App, play: Play) -> None:
    send(play, case_id=None, key="of nobody")
    assert messages(own, play) == [(None, 1, PHONE)]
    assert keys(play) == {(None, 1)}


def test_of_two_who_write_the_first_value_at_once_both_are_read(own: App, play: Play) -> None:
    case_id = play.file(1, channel="school_desk", phone=None, email=None)
    gate = Barrier(2)

    def write(number: int) -> None:
        gate.wait(10)
        send(play, case_id=case_id, key=f"message {number}")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write, number) for number in range(2)]:
            done.result(timeout=30)
    assert messages(own, play) == [(case_id, 1, PHONE)] * 2
    assert keys(play) == {(None, 1), (case_id, 1)}


def test_a_rotation_renews_the_cases_keys_too(
    own: App, owner: Database, play: Play, system: Actor, case_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = play.case(case_id).contact_phone_cipher
    send(play, case_id=None, key="of nobody")
    assert turn(owner, own, system) == 2
    assert keys(play) == {(None, 2), (case_id, 2)}
    assert contact(own, play, case_id) == PHONE
    assert play.case(case_id).contact_phone_cipher != before
    assert {version for _, version, _ in messages(own, play)} == {2}
    # A case of the new key's time, and one that had no key.
    monkeypatch.setitem(vars(own), "vaults", Vaults(own.master))
    play.file(1, phone=PHONE)
    send(play, case_id=case_id, key="later")
    assert turn(owner, own, system) == 3
    assert {version for _, version in keys(play)} == {3}
    assert {version for _, version, _ in messages(own, play)} == {3}


def test_a_process_that_slept_files_nothing_under_a_destroyed_key(
    own: App, owner: Database, play: Play, system: Actor, case_id: uuid.UUID
) -> None:
    tenant_id, season_id = play.world.rules.tenant.tenant_id, play.world.season_id
    asleep = Vaults(own.master)
    with own.database.unit_of_work(tenant_id) as work:
        asleep.of_season(work.session, tenant_id=tenant_id, season_id=season_id)
    turn(owner, own, system)
    row_id = play.read(lambda session: session.scalars(select(OutboxMessage.id)).first())
    assert row_id is not None
    with own.database.unit_of_work(tenant_id) as work:
        vault = asleep.of_season(work.session, tenant_id=tenant_id, season_id=season_id).of_case(case_id)
        row = work.session.get_one(OutboxMessage, (tenant_id, row_id))
        row.address_cipher = vault.seal("outbox_message.address", row_id, PHONE)
        with pytest.raises(OperationalError, match="no data key 1 stands"):
            work.session.flush()
        work.discard()
    assert (None, 1) not in keys(play)
    assert (case_id, 1) not in keys(play)


def test_the_database_refuses_a_value_whose_case_has_no_key(
    own: App, owner: Database, play: Play, case_id: uuid.UUID
) -> None:
    tenant_id = play.world.rules.tenant.tenant_id
    with owner.unit_of_work(tenant_id) as work:
        work.session.execute(delete(DataKey).where(DataKey.case_id == case_id))
    with own.database.unit_of_work(tenant_id) as work, pytest.raises(OperationalError, match="no data key 1 stands"):
        work.session.execute(text("UPDATE appeal SET contact_phone_cipher = contact_phone_cipher"))
    with pytest.raises(KeysDestroyed):
        contact(own, play, case_id)


def test_another_master_key_wraps_the_cases_keys_too(
    own: App, owner: Database, play: Play, case_id: uuid.UUID, new_file: Path
) -> None:
    new = load_master_key(new_file)
    changed = change_master(owner, tenant_id=play.world.rules.tenant.tenant_id, slug="north", old=own.master, new=new)
    assert changed.keys == 2
    assert contact(own, play, case_id, master=new) == PHONE
    with pytest.raises(KeyRefused) as refused:
        contact(own, play, case_id)
    assert refused.value.error_code == "keys.master"
