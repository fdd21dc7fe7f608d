"""Whatever a superuser without triggers does to a sealed chain is found, with the tenant and the number (T5.1)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row

from apella.audit.offline_verify import CHECKPOINT, fingerprint, signed_bytes
from apella.bootstrap import App
from apella.testing.sealed import Sealed
from apella.testing.sizes import figure, size

TAMPERINGS = size("T5.1 tamperings in the database", small=60, full=1_000)
LENGTH, TAIL = 30, 4
SEAL_EVERY = 6

Connection = psycopg.Connection[Any]
Points = list[dict[str, Any]]

# Another value for each column that a hash covers.
EDITS = {
    "id": "gen_random_uuid()",
    "at": "at + interval '1 microsecond'",
    "case_at": "now()",
    "season_id": "gen_random_uuid()",
    "actor_id": "gen_random_uuid()",
    "actor_login": "actor_login || '1'",
    "role": "'chair'",
    "tag": "'appeal:state:close'",
    "subject_type": "'work'",
    "subject_id": "gen_random_uuid()",
    "case_id": "gen_random_uuid()",
    "changes": "replace(changes, '{', '{ ')",
    "reason": "'given'",
    "hash": "sha256(hash)",
    "prev_hash": "sha256(prev_hash)",
}


def edit(db: Connection, chance: random.Random, seq: int) -> set[int]:
    column = chance.choice(list(EDITS))
    db.execute(f"update audit_event set {column} = {EDITS[column]} where seq = %s".encode(), (seq,))  # noqa: S608 a fixed list
    return {seq}


def delete(db: Connection, chance: random.Random, seq: int) -> set[int]:
    db.execute("delete from audit_event where seq = %s", (seq,))
    return {seq}


def swap(db: Connection, chance: random.Random, seq: int) -> set[int]:
    other = chance.choice([one for one in range(1, LENGTH) if one != seq])
    for old, new in ((seq, 1_000_000), (other, seq), (1_000_000, other)):
        db.execute("update audit_event set seq = %s where seq = %s", (new, old))
    return {seq, other}


def double(db: Connection, chance: random.Random, seq: int) -> set[int]:
    """An event that never was, with a hash that fits what stands before it, at the chain's end."""
    db.execute(
        "insert into audit_event select (jsonb_populate_record(e, jsonb_build_object('seq', %s::bigint,"
        " 'id', gen_random_uuid()))).* from audit_event e where seq = %s",
        (LENGTH + TAIL + chance.randrange(1, 3), seq),
    )
    return {LENGTH + TAIL + 1, LENGTH + TAIL + 2}


def insert(db: Connection, chance: random.Random, seq: int) -> set[int]:
    """An event squeezed in: everything after it moves on by one, with hashes of its own."""
    db.execute("update audit_event set seq = seq + 1000 where seq > %s", (seq,))
    db.execute("update audit_event set seq = seq - 999 where seq > 1000")
    db.execute(
        "insert into audit_event select (jsonb_populate_record(e, jsonb_build_object('seq', seq + 1,"
        " 'id', gen_random_uuid(), 'tag', 'appeal:state:close'))).* from audit_event e where seq = %s",
        (seq,),
    )
    rebuild(db, from_seq=seq + 1 if chance.random() < 0.5 else LENGTH + TAIL + 1)
    return set(range(seq, LENGTH + TAIL + 2))


def cut(db: Connection, chance: random.Random, seq: int) -> set[int]:
    db.execute("delete from audit_event where seq > %s", (seq,))
    if chance.random() < 0.7:
        db.execute("update audit_head h set (seq, hash) = (select seq, hash from audit_event where seq = %s)", (seq,))
    return {seq}


def rewrite(db: Connection, chance: random.Random, seq: int) -> set[int]:
    """A changed event, and every hash after it counted anew, the head included."""
    db.execute("update audit_event set tag = 'appeal:state:close', actor_login = 'another' where seq = %s", (seq,))
    rebuild(db, from_seq=seq)
    del chance
    return set(range(seq, LENGTH + SEAL_EVERY))


def rebuild(db: Connection, *, from_seq: int) -> None:
    rows = db.cursor(row_factory=dict_row).execute(
        "select seq, hash, audit_canonical(e) as said from audit_event e order by seq"
    )
    before = b""
    for row in rows.fetchall():
        own = hashlib.sha256(before + row["said"]).digest() if row["seq"] >= from_seq else row["hash"]
        if row["seq"] >= from_seq:
            db.execute("update audit_event set prev_hash = %s, hash = %s where seq = %s", (before, own, row["seq"]))
        before = own
    db.execute(
        "update audit_head h set (seq, hash) = (select seq, hash from audit_event where tenant_id = h.tenant_id"
        " order by seq desc limit 1)"
    )


KINDS: tuple[Callable[[Connection, random.Random, int], set[int]], ...] = (
    edit, edit, delete, swap, double, insert, cut, rewrite,
)  # fmt: skip


@pytest.fixture
def chain(sealed: Sealed) -> Sealed:
    """Events with a checkpoint after every few, and some after the last one."""
    for _ in range(LENGTH // SEAL_EVERY):
        sealed.write(SEAL_EVERY)
        sealed.seal()
    sealed.write(TAIL)
    Sealed(sealed.app, "south").write(3)
    return sealed


@pytest.mark.proof("T5.1")
def test_every_tampering_is_found_at_its_place(chain: Sealed, own_superuser: Connection) -> None:
    chance = random.Random(20260621)  # noqa: S311 a seeded test, nothing secret
    points = chain.stored()
    assert chain.verified(own_superuser, points=points).faults == []
    own_superuser.execute("set local session_replication_role = replica")
    # South keeps its events: what is done is done to north alone.
    own_superuser.execute("delete from audit_event where tenant_id <> %s", (int(chain.tenant_id),))
    own_superuser.execute("delete from audit_head where tenant_id <> %s", (int(chain.tenant_id),))
    done: dict[str, int] = {}
    for number in range(TAMPERINGS):
        kind = KINDS[number % len(KINDS)]
        seq = chance.randrange(1, LENGTH)
        with own_superuser.transaction(force_rollback=True):
            places = kind(own_superuser, chance, seq)
            found = chain.verified(own_superuser, points=points)
        assert found.name == "north"
        assert {fault.seq for fault in found.faults} & places, (kind.__name__, seq, found.faults)
        done[kind.__name__] = done.get(kind.__name__, 0) + 1
    assert chain.verified(own_superuser, points=points).faults == []
    figure("T5.1 kinds of tampering", len(done))


def test_another_tenant_s_chain_stays_whole(chain: Sealed, own_superuser: Connection) -> None:
    south = Sealed(chain.app, "south")
    south.seal()
    own_superuser.execute("update audit_event set tag = 'x' where tenant_id = %s and seq = 3", (int(chain.tenant_id),))
    assert [fault.seq for fault in chain.verified(own_superuser).faults] == [3]
    assert south.verified(own_superuser).faults == []


# --- Checkpoints themselves -------------------------------------------------------------------------------------------


def forged(chain: Sealed) -> Points:
    """The last checkpoint names another hash, and somebody else signed it."""
    points = chain.stored()
    body, other = points[-1]["checkpoint"], Ed25519PrivateKey.generate()
    body["hash"] = "00" * 32
    body["key"] = fingerprint(other.public_key().public_bytes_raw())
    points[-1]["signature"] = other.sign(signed_bytes(CHECKPOINT, body)).hex()
    return points


def altered(chain: Sealed) -> Points:
    points = chain.stored()
    points[2]["checkpoint"]["seq"] -= 1
    return points


def taken_out(chain: Sealed) -> Points:
    points = chain.stored()
    del points[2]
    return points


def twofold(chain: Sealed) -> Points:
    """Two checkpoints of one number, both properly signed: somebody used the key twice."""
    points = chain.stored()
    body = {**points[2]["checkpoint"], "at": "2026-01-01T00:00:00+00:00"}
    return [*points, {"checkpoint": body, "signature": chain.app.audit_key.sign(signed_bytes(CHECKPOINT, body))}]


def unlinked(chain: Sealed) -> Points:
    """A checkpoint that is properly signed but does not know the one before it."""
    points = chain.stored()
    body = {**points[2]["checkpoint"], "previous": "00" * 32}
    points[2] = {"checkpoint": body, "signature": chain.app.audit_key.sign(signed_bytes(CHECKPOINT, body))}
    return points


def made_up_tree(chain: Sealed) -> Points:
    points = chain.stored()
    body = {**points[-1]["checkpoint"], "root": "00" * 32}
    points[-1] = {"checkpoint": body, "signature": chain.app.audit_key.sign(signed_bytes(CHECKPOINT, body))}
    return points


CASES = [
    (forged, "checkpoint_forged", "контрольная точка 5 на событии 30 не подписана доверенным ключом"),
    (altered, "checkpoint_forged", "контрольная точка 3 на событии 17 не подписана доверенным ключом"),
    (taken_out, "checkpoint_missing", "нет контрольных точек с 3 по 3"),
    (twofold, "checkpoint_forged", "контрольная точка 3 на событии 18 есть в двух разных видах"),
    (unlinked, "checkpoint_order", "контрольная точка 3 на событии 18 не продолжает предыдущую"),
    (made_up_tree, "checkpoint_differs", "событие 30 — не то, что стоит в контрольной точке"),
]


@pytest.mark.proof("T5.1")
@pytest.mark.parametrize(("tamper", "code", "sentence"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_checkpoint_that_is_not_right_is_found(
    chain: Sealed, own_superuser: Connection, tamper: Callable[[Sealed], Points], code: str, sentence: str
) -> None:
    found = chain.verified(own_superuser, points=tamper(chain))
    assert (code, sentence) in {(fault.code, fault.text) for fault in found.faults}


@pytest.fixture
def other_key(own: App, chain: Sealed) -> Iterator[None]:
    """The installation signs with a new key; the former public one lies beside it, or not."""
    del chain
    path = own.settings.master_key_file.with_name("audit.key")
    path.with_name("audit-2025.pub").write_text(own.audit_key.public_pem)
    path.unlink()
    own.__dict__.pop("audit_key")
    yield
    own.__dict__.pop("audit_key", None)


def test_a_change_of_keys_keeps_what_the_former_key_signed(
    chain: Sealed, own_superuser: Connection, other_key: None
) -> None:
    chain.write(1)
    chain.seal()
    assert len(chain.app.audit_key.trusted) == 2
    assert chain.verified(own_superuser).faults == []
    assert {one["checkpoint"]["key"] for one in chain.stored()} == set(chain.app.audit_key.trusted)
