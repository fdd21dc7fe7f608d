"""Проверка журнала событий без Апеллы: цепочка хешей каждого региона пересчитывается заново.

    python3 offline_verify.py выгрузка.sql --checkpoints папка --public-key audit.pub
    pg_restore --data-only -t audit_event -t audit_head -f - database.dump | python3 offline_verify.py -
    python3 offline_verify.py --dsn "host=… dbname=apella user=app_ops" --json
    python3 offline_verify.py выписка.html --public-key audit.pub

Читает текст от pg_dump (строки COPY), базу данных (нужен psycopg) или выписку `apella audit export`. Из кода Апеллы не
берёт ничего: этот файл можно унести и прочитать. Подписи проверяет пакет cryptography; без контрольных точек не нужен и
он. Контрольная точка – конец цепочки, подписанный раньше и записанный вне базы: только с ней видно, что цепочку
переписали целиком или обрезали вместе с её концом. Код возврата: 0 – всё цело, 1 – есть нарушения, 2 – не проверено.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import errno
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# What a hash covers, in this order; each part is written as its length in bytes, a colon and the text, or «-» for null.
COVERED = (
    "tenant_id", "seq", "id", "at", "case_at", "season_id", "actor_id", "actor_login", "role", "tag", "subject_type",
    "subject_id", "case_id", "changes", "reason",
)  # fmt: skip
AT, CASE_AT = COVERED.index("at"), COVERED.index("case_at")
EVENTS, HEADS = "audit_event", "audit_head"
COLUMNS = {EVENTS: (*COVERED, "prev_hash", "hash"), HEADS: ("tenant_id", "seq", "hash")}
CHECKPOINT, EXPORT = "apella-checkpoint-1", "apella-export-1"
SIGNED_HTML = b"\n<!-- apella-signature "
SHOWN = 20
_WHY = {
    errno.ENOENT: "такого файла или папки нет",
    errno.ENOTDIR: "часть пути – файл, а не папка",
    errno.EISDIR: "это папка, а не файл",
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
}

_OTHER = "— не то, что стоит в контрольной точке"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \(([^)]*)\) FROM stdin;\s*')
_END = b"\\."
_NULL = b"\\N"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_NUMBER = re.compile(r"[0-9]{1,18}")
_IN_HTML = re.compile(rb'<script type="application/json" id="evidence">(.*?)</script>', re.DOTALL)

Row = Sequence[bytes | None]
"""The values of a table's `COLUMNS`, in their order."""
Checkpoint = Mapping[str, Any]
"""What a checkpoint says: format, tenant, chain, number, first, seq, hash, root, at, why, previous, key."""


class Unreadable(Exception):
    """The input is not what is written by pg_dump or Apella."""


@dataclass(frozen=True)
class Fault:
    """Something that does not fit: a stable code, the event's number where there is one, a sentence."""

    code: str
    seq: int | None
    text: str


# --- The chain --------------------------------------------------------------------------------------------------------


@dataclass
class TenantChain:
    """One tenant's events, put in order as they come.

    `checkpoints` are those that hold, in their order; `known` are numbers with the beginnings of their hashes, from
    paper.
    """

    checkpoints: Sequence[Checkpoint] = ()
    known: dict[int, str] = field(default_factory=dict)
    name: str | None = None
    events: int = 0
    seq: int = 0
    hash: bytes = b""
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _waiting: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _leaves: list[bytes] = field(default_factory=list)
    _next: int = 0

    @property
    def points(self) -> int:
        """How many checkpoints the chain is compared with."""
        return len(self.checkpoints) + len(self.known)

    def add(self, row: Row) -> None:
        """Check an event by itself, and the order as far as it is known."""
        self.events += 1
        seq = int(row[1] or 0)
        before, own = _bytes(row[-2]), _bytes(row[-1])
        if not is_intact(row, before, own):
            self._fault("event_changed", seq, f"событие {seq} изменено: его содержание не сходится с его хешем")
        if seq <= self.seq or seq in self._waiting:
            self._fault("event_repeated", seq, f"событие {seq} встречается дважды или вставлено")
            return
        if seq == self.seq + 1:
            self._link(before, own)
        else:
            self._waiting[seq] = (before, own)
        if self._waiting:
            self._go_on()

    def finish(self) -> None:
        """Look at what is missing, and at the checkpoints beyond the end."""
        self.close_gaps()
        for seq in sorted({one["seq"] for one in self.checkpoints[self._next :]} | self.known.keys()):
            if seq > self.seq:
                text = f"цепочка кончается на {self.seq}, а контрольная точка стоит на {seq}"
                self._fault("chain_cut", self.seq, text)

    def close_gaps(self) -> None:
        """Go on behind what is missing among the events that came."""
        while self._waiting:
            first = min(self._waiting)
            self._fault("events_missing", self.seq + 1, f"нет событий с {self.seq + 1} по {first - 1}")
            self.seq, self.hash = first - 1, self._waiting[first][0]
            self._go_on()

    def check_head(self, row: Row) -> None:
        """Compare the end with the one that the database keeps apart."""
        if (int(row[1] or 0), _bytes(row[-1])) != (self.seq, self.hash):
            text = f"последнее событие {self.seq} — не то, что записано концом цепочки"
            self._fault("head_differs", self.seq, text)

    def _go_on(self) -> None:
        while (link := self._waiting.pop(self.seq + 1, None)) is not None:
            self._link(*link)

    def _link(self, before: bytes, own: bytes) -> None:
        self.seq += 1
        if before != self.hash:
            self._fault("link_broken", self.seq, f"событие {self.seq} не продолжает предыдущее")
        self.hash = own
        if self._next < len(self.checkpoints):
            self._compare(self.checkpoints[self._next])
        if self.known and self.seq in self.known and not own.hex().startswith(self.known[self.seq]):
            self._fault("checkpoint_differs", self.seq, f"событие {self.seq} {_OTHER}")

    def _compare(self, wanted: Checkpoint) -> None:
        if "root" in wanted and self.seq >= wanted["first"]:
            self._leaves.append(self.hash)
        if self.seq < wanted["seq"]:
            return
        same = self.hash.hex() == wanted["hash"] and wanted.get("root") in (None, merkle_root(self._leaves).hex())
        if self.seq > wanted["seq"] or not same:
            self._fault("checkpoint_differs", wanted["seq"], f"событие {wanted['seq']} {_OTHER}")
        self._leaves.clear()
        self._next += 1

    def _fault(self, code: str, seq: int | None, text: str) -> None:
        self.faults.append(Fault(code, seq, text))


def is_intact(row: Row, before: bytes, own: bytes) -> bool:
    """Whether an event's content, after the hash of the one before, gives its own hash."""
    try:
        return hashlib.sha256(before + canonical(row)).digest() == own
    except ValueError:
        return False  # an instant that no clock shows, such as «infinity»


def canonical(row: Row) -> bytes:
    """The bytes that an event's hash covers, after the hash of the event before."""
    values = list(row[: len(COVERED)])
    values[AT], values[CASE_AT] = _microseconds(row[AT]), _microseconds(row[CASE_AT])
    return b"".join([b"-" if value is None else b"%d:%b" % (len(value), value) for value in values])


def _microseconds(instant: bytes | None) -> bytes | None:
    """An instant as the hash takes it: microseconds since 1970."""
    return None if instant is None else b"%d" % ((datetime.fromisoformat(instant.decode()) - _EPOCH) // _MICROSECOND)


def verify(
    tables: Iterable[tuple[str, Row]], chains: dict[int, TenantChain], *, tenants: frozenset[int] | None = None
) -> dict[int, TenantChain]:
    """Recount the chains of all tenants, or of some; `tables` gives the rows of both tables, in any order."""
    heads: dict[int, Row] = {}
    for table, row in tables:
        tenant = int(row[0] or 0)
        if tenants is not None and tenant not in tenants:
            continue
        if table == HEADS:
            heads[tenant] = row
        else:
            (chains.get(tenant) or chains.setdefault(tenant, TenantChain())).add(row)
    for one in chains.values():
        one.finish()
    for tenant, head in heads.items():
        chains.setdefault(tenant, TenantChain()).check_head(head)
    if heads:
        for tenant in chains.keys() - heads.keys():
            if chains[tenant].events:
                chains[tenant].faults.append(Fault("head_missing", None, "конец цепочки в базе не записан"))
    return chains


# --- Merkle trees (RFC 6962): one event is proved without showing the others ------------------------------------------


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of events, empty over none."""
    return merkle_levels(leaves)[-1][0] if leaves else b""


def merkle_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level of the tree, the leaves first; an odd node at the end goes up as it is."""
    levels = [[hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        above = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        levels.append(above + ([below[-1]] if len(below) % 2 else []))
    return levels


def merkle_path(levels: Sequence[Sequence[bytes]], place: int) -> list[str]:
    """What proves the leaf at `place`: its neighbours up to the root, each with the side that it stands on."""
    path = []
    for level in levels[:-1]:
        beside = place ^ 1
        if beside < len(level):
            path.append(("L" if beside < place else "R") + level[beside].hex())
        place //= 2
    return path


def merkle_climb(leaf: bytes, path: Sequence[str]) -> bytes:
    """The root that a leaf and its path lead to. Raises ValueError for a path that is none."""
    node = hashlib.sha256(b"\0" + leaf).digest()
    for step in path:
        beside = bytes.fromhex(step[1:])
        node = hashlib.sha256(b"\1" + (beside + node if step[0] == "L" else node + beside)).digest()
    return node


# --- Checkpoints and signatures ---------------------------------------------------------------------------------------


def signed_bytes(kind: str, value: Mapping[str, Any]) -> bytes:
    """The bytes that a signature covers: what it is about, then JSON with sorted keys and no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{kind}\n{text}".encode()


def load_keys(files: Iterable[Path]) -> dict[str, Any]:
    """Public keys from PEM files by their fingerprints. Raises Unreadable."""
    keys: dict[str, Any] = {}
    for file in files:
        try:
            keys |= [read_key(file.read_bytes())]
        except ValueError as error:
            raise Unreadable(f"{file}: здесь нет открытого ключа Ed25519 в виде PEM.") from error
    return keys


def read_key(pem: bytes) -> tuple[str, Any]:
    """A public key out of PEM, with its fingerprint before it. Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("another kind of key")  # noqa: TRY004 what is wrong is the file's content
    return fingerprint(key.public_bytes_raw()), key


def fingerprint(raw: bytes) -> str:
    """How a public key is named: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(raw).hexdigest()[:16]


def is_signed(keys: Mapping[str, Any], key: str, message: bytes, signature: str) -> bool:
    """Whether one of the trusted keys, that of this fingerprint, signed the message."""
    from cryptography.exceptions import InvalidSignature

    if key not in keys:
        return False
    try:
        keys[key].verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_checkpoints(folder: Path) -> list[dict[str, Any]]:
    """Every checkpoint in a folder and those below it; other files there are passed over. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable(f"{folder}: такой папки с контрольными точками нет.")
    files = (file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
    found = [signed for data in files if (signed := parsed_checkpoint(data)) is not None]
    if not found:
        raise Unreadable(f"{folder}: в этой папке нет ни одной контрольной точки.")
    return found


def parsed_checkpoint(data: bytes) -> dict[str, Any] | None:
    """A signed checkpoint out of its file; None when the file is something else."""
    try:
        signed = json.loads(data)
        body = signed["checkpoint"]
        numbers = (body["chain"], body["number"], body["seq"], body["first"])
        texts = (signed["signature"], body["format"], body["key"], body["previous"], body["hash"], body["root"])
    except (ValueError, KeyError, TypeError):
        return None
    fits = all(isinstance(one, int) for one in numbers) and all(isinstance(one, str) for one in texts)
    return signed if fits and body["format"] == CHECKPOINT else None


def chains_of(signed: Iterable[Mapping[str, Any]], keys: Mapping[str, Any]) -> dict[int, TenantChain]:
    """Check the checkpoints themselves, and prepare each tenant's chain to be compared with those that hold."""
    by_chain: dict[int, dict[int, list[Mapping[str, Any]]]] = {}
    for one in signed:
        by_chain.setdefault(one["checkpoint"]["chain"], {}).setdefault(one["checkpoint"]["number"], []).append(one)
    return {chain: _checked_points(found, keys) for chain, found in by_chain.items()}


def _checked_points(found: Mapping[int, Sequence[Mapping[str, Any]]], keys: Mapping[str, Any]) -> TenantChain:
    chain, holding, last = TenantChain(), list[Checkpoint](), None
    for number in sorted(found):
        body = found[number][0]["checkpoint"]
        chain.name = str(body.get("tenant"))
        message = signed_bytes(CHECKPOINT, body)
        said = f"контрольная точка {number} на событии {body['seq']}"
        if not is_signed(keys, body["key"], message, found[number][0]["signature"]):
            chain.faults.append(Fault("checkpoint_forged", body["seq"], f"{said} не подписана доверенным ключом"))
            continue
        if any(other["checkpoint"] != body for other in found[number][1:]):
            chain.faults.append(Fault("checkpoint_forged", body["seq"], f"{said} есть в двух разных видах"))
        if last is not None and number > last["number"] + 1:
            text = f"нет контрольных точек с {last['number'] + 1} по {number - 1}"
            chain.faults.append(Fault("checkpoint_missing", body["seq"], text))
        elif last is not None and hashlib.sha256(signed_bytes(CHECKPOINT, last)).hexdigest() != body["previous"]:
            chain.faults.append(Fault("checkpoint_order", body["seq"], f"{said} не продолжает предыдущую"))
        if body.get("why") == "restored":
            lost = [one for one in holding if one["seq"] >= body["first"]]
            holding = holding[: len(holding) - len(lost)]
            if lost:
                span = f"с {body['first']} по {lost[-1]['seq']}"
                chain.notes.append(f"{said}: базу вернули из копии, прежние события {span} утрачены")
        last = body
        holding.append(body)
    chain.checkpoints = [one for one in holding if one["seq"]]
    return chain


# --- An export --------------------------------------------------------------------------------------------------------


def read_export(data: bytes) -> dict[str, Any]:
    """The evidence out of an export, as JSON or inside its HTML page. Raises Unreadable."""
    inside = _IN_HTML.search(data)
    try:
        signed = dict(json.loads(inside[1] if inside else data))
        kind = signed["export"]["format"]
    except (ValueError, KeyError, TypeError):
        signed, kind = {}, None
    if kind != EXPORT:
        raise Unreadable("Это не выписка из журнала: её делает команда apella audit export.")
    return signed


def verify_export(data: bytes, keys: Mapping[str, Any]) -> tuple[int, TenantChain]:
    """Check an export: its signature, each event by itself, and each event's place under a signed checkpoint."""
    signed = read_export(data)
    export = signed["export"]
    faults, text = list[Fault](), "выписка не подписана доверенным ключом или изменена после подписи"
    if not is_signed(keys, export["key"], signed_bytes(EXPORT, export), signed["signature"]):
        faults.append(Fault("export_changed", None, text))
    page, mark, end = data.rpartition(SIGNED_HTML)
    signature = end.partition(b" ")[0].decode("ascii", "replace")
    if _IN_HTML.search(data) and not (mark and is_signed(keys, export["key"], page, signature)):
        faults.append(Fault("export_changed", None, "страница выписки изменена после подписи"))
    # An export carries the checkpoints that its events stand under, so those between them may be missing.
    points = {one["checkpoint"]["number"]: one for one in export["checkpoints"]}
    for one in points.values():
        message = signed_bytes(CHECKPOINT, one["checkpoint"])
        if not is_signed(keys, one["checkpoint"]["key"], message, one["signature"]):
            text = f"контрольная точка {one['checkpoint']['number']} не подписана доверенным ключом"
            faults.append(Fault("checkpoint_forged", one["checkpoint"]["seq"], text))
    for event in export["events"]:
        seq = event["seq"]
        row = [None if event[name] is None else str(event[name]).encode() for name in COVERED]
        before, own = bytes.fromhex(event["prev_hash"]), bytes.fromhex(event["hash"])
        if not is_intact(row, before, own):
            faults.append(Fault("event_changed", seq, f"событие {seq} изменено: содержание не сходится с хешем"))
        point = points.get(event["checkpoint"], {"checkpoint": {"first": 0, "seq": 0, "root": ""}})["checkpoint"]
        if not point["first"] <= seq <= point["seq"] or merkle_climb(own, event["proof"]).hex() != point["root"]:
            faults.append(Fault("proof_differs", seq, f"событие {seq} не доказано подписанной контрольной точкой"))
    last: Mapping[str, Any] = export["events"][-1] if export["events"] else {"seq": 0, "hash": ""}
    return export["chain"], TenantChain(
        name=export["tenant"],
        events=len(export["events"]),
        seq=last["seq"],
        hash=bytes.fromhex(last["hash"]),
        faults=faults,
    )


# --- Sources ----------------------------------------------------------------------------------------------------------


def read_dump(lines: Iterable[bytes]) -> Iterator[tuple[str, Row]]:
    """Read the rows of both tables out of what pg_dump or pg_restore wrote as text. Raises Unreadable."""
    source = iter(lines)
    found = False
    for line in source:
        begin = _COPY.fullmatch(line)
        if begin is None or begin[1].decode() not in (EVENTS, HEADS):
            continue
        table, names = begin[1].decode(), [name.strip(' "') for name in begin[2].decode().split(",")]
        found = found or table == EVENTS
        if missing := set(COLUMNS[table]) - set(names):
            raise Unreadable(f"В выгрузке таблицы {table} нет столбцов: {', '.join(sorted(missing))}.")
        places = [names.index(name) for name in COLUMNS[table]]
        for data in source:
            text = data.rstrip(b"\r\n")
            if text == _END:
                break
            values = _values(text, len(names))
            yield table, [values[place] for place in places]
        else:
            raise Unreadable("Выгрузка обрывается: получите её заново.")
    if not found:
        raise Unreadable("Таблицы audit_event в выгрузке нет: нужен текст, который пишут pg_dump и pg_restore.")


def read_database(dsn: str) -> Iterator[tuple[str, Row]]:
    """Read both tables at one moment from a database, by a role that sees every tenant."""
    import psycopg

    settings = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c default_transaction_read_only=on"
    with psycopg.connect(dsn, options=settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table, names in COLUMNS.items():
            query = psycopg.sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
                psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names)), psycopg.sql.Identifier(table)
            )
            with connection.cursor().copy(query) as copy:
                rest = b""
                for block in copy:
                    *lines, rest = (rest + bytes(block)).split(b"\n")
                    for line in lines:
                        yield table, _values(line, len(names))


def _values(line: bytes, count: int) -> list[bytes | None]:
    """Take a line of COPY apart: tabs between, a backslash before what is not meant as it stands."""
    values = line.split(b"\t")
    if len(values) != count:
        raise Unreadable("В строке выгрузки не столько полей, сколько названо: получите её заново.")
    return [value if b"\\" not in value else None if value == _NULL else _plain(value) for value in values]


def _plain(value: bytes) -> bytes:
    if value.startswith(rb"\\") and value.count(b"\\") == 2:
        return value[1:]  # what every hash looks like
    return _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), value)


def _bytes(value: bytes | None) -> bytes:
    r"""A hash out of its notation \x01ab…"""
    return bytes.fromhex((value or b"")[2:].decode())


# --- The command ------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name and say what was found."""
    parser = argparse.ArgumentParser(description="Проверка журнала событий по цепочке хешей.")
    parser.add_argument("file", nargs="?", metavar="ФАЙЛ", help="выписка или текст от pg_dump; «-» — со входа")
    parser.add_argument("--dsn", help="строка подключения к базе; роль — app_ops")
    parser.add_argument("--tenant", action="append", metavar="РЕГИОН", help="номер или имя региона; без этого все")
    parser.add_argument("--checkpoints", type=Path, metavar="ПАПКА", help="папка с контрольными точками")
    parser.add_argument("--public-key", type=Path, action="append", default=[], metavar="ФАЙЛ", help="открытый ключ")
    parser.add_argument("--json", action="store_true", help="ответить в виде JSON")
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=_checkpoint,
        metavar="РЕГИОН:НОМЕР:ХЕШ",
        help="конец цепочки с бумажного протокола или из письма; хеш – первые знаки, не меньше 12",
    )
    wishes = parser.parse_args(arguments)
    if (wishes.file is None) == (wishes.dsn is None):
        parser.error("укажите файл или --dsn")
    try:
        chains = _checked(wishes)
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'Файл'}: не читается ({_WHY.get(error.errno or 0, 'сбой чтения')}).\n")
        return 2
    except ImportError as error:
        sys.stderr.write(f"Нет пакета {error.name}: установите его и повторите.\n")
        return 2
    sys.stdout.write(as_json(chains) if wishes.json else as_text(chains))
    return 1 if any(found.faults for found in chains.values()) else 0


def _checked(wishes: argparse.Namespace) -> dict[int, TenantChain]:
    keys = load_keys(wishes.public_key)
    data = b""
    if wishes.file not in (None, "-"):
        with Path(wishes.file).open("rb") as file:
            data = file.read(1)
    if data in (b"{", b"<"):
        if not keys:
            raise Unreadable("Подпись выписки не проверить без --public-key: возьмите ключ не из самой выписки.")
        return dict([verify_export(Path(wishes.file).read_bytes(), keys)])
    chains: dict[int, TenantChain] = {}
    if wishes.checkpoints is not None:
        if not keys:
            raise Unreadable("Подписи контрольных точек не проверить без --public-key.")
        chains = chains_of(read_checkpoints(wishes.checkpoints), keys)
    for tenant, seq, value in wishes.checkpoint:
        chains.setdefault(tenant, TenantChain()).known[seq] = value
    names = {found.name: tenant for tenant, found in chains.items() if found.name}
    if wishes.dsn is not None:
        names |= _names(wishes.dsn)
        for name, tenant in names.items():
            chains.setdefault(tenant, TenantChain()).name = name
    tenants = None
    if wishes.tenant:
        unknown = [one for one in wishes.tenant if not _NUMBER.fullmatch(one) and one not in names]
        if unknown:
            known = f" Есть: {', '.join(sorted(names))}." if names else ""
            raise Unreadable(f"Регион {unknown[0]} не найден: укажите имя его папки или его номер.{known}")
        tenants = frozenset(int(one) if _NUMBER.fullmatch(one) else names[one] for one in wishes.tenant)
        chains = {tenant: chains.get(tenant, TenantChain()) for tenant in tenants}
    found = verify(_source(wishes.file, wishes.dsn), chains, tenants=tenants)
    return {tenant: one for tenant, one in found.items() if one.events or one.faults or one.points or tenants}


def _names(dsn: str) -> dict[str, int]:
    import psycopg

    with psycopg.connect(dsn) as connection:
        return {str(slug): int(tenant) for tenant, slug in connection.execute("SELECT id, slug FROM tenant")}


def _source(dump: str | None, dsn: str | None) -> Iterator[tuple[str, Row]]:
    if dsn is not None:
        yield from read_database(dsn)
    elif dump == "-":
        yield from read_dump(sys.stdin.buffer)
    else:
        with Path(dump or "").open("rb") as file:
            yield from read_dump(file)


def _checkpoint(text: str) -> tuple[int, int, str]:
    tenant, _, rest = text.partition(":")
    seq, _, value = rest.partition(":")
    if not (_NUMBER.fullmatch(tenant) and _NUMBER.fullmatch(seq) and re.fullmatch("[0-9a-f]{12,64}", value)):
        raise argparse.ArgumentTypeError("контрольная точка записывается как 7:1200:хеш, от 12 до 64 знаков хеша")
    return int(tenant), int(seq), value


def as_text(chains: Mapping[int, TenantChain]) -> str:
    """The verdict for people."""
    lines = []
    for tenant, found in sorted(chains.items()):
        state = "нарушена" if found.faults else "цела"
        name = f" ({found.name})" if found.name else ""
        end = f", конец {found.seq}:{found.hash.hex()}" if found.seq else ""
        points = f", контрольных точек {found.points}" if found.points else ""
        lines.append(f"Регион {tenant}{name}: событий {found.events}, цепочка {state}{end}{points}")
        lines += [f"  {fault.text}" for fault in found.faults[:SHOWN]]
        if len(found.faults) > SHOWN:
            lines.append(f"  и ещё нарушений: {len(found.faults) - SHOWN}")
        lines += [f"  К сведению: {note}" for note in found.notes]
    return "".join(f"{line}\n" for line in lines)


def as_json(chains: Mapping[int, TenantChain]) -> str:
    """The verdict for programs."""
    found = [
        {
            "chain": tenant,
            "tenant": one.name,
            "events": one.events,
            "end": {"seq": one.seq, "hash": one.hash.hex()},
            "checkpoints": one.points,
            "faults": [asdict(fault) for fault in one.faults],
            "notes": one.notes,
        }
        for tenant, one in sorted(chains.items())
    ]
    whole = not any(one.faults for one in chains.values())
    return json.dumps({"whole": whole, "chains": found}, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
