"""Logs that hold identifiers only: one JSON object a line, and nothing that was not allowed by name.

Personal data reaches a log through arguments, extra fields and the messages of exceptions. So a message is kept as it
was written, of its arguments only numbers, moments, identifiers and values of enumerations appear; extra fields appear
only under the names below; of an exception its class, its stable code and its place are kept, never its message.
"""

from __future__ import annotations

import contextlib
import enum
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

HIDDEN = "***"
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_ROUTE = re.compile(r"/[A-Za-z0-9_./<>:-]{0,200}")
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Addresses and long numbers, however they are spaced; identifiers of rows and moments are let through.
_PERSONAL = re.compile(
    rf"(?<![\w-])(?P<kept>{_UUID.pattern}|\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)(?![\w-])"
    r"|\S+@\S+|\+?\d(?:[\s()№-]*\d){6,}"
)
# Libraries write English: Cyrillic in what they log is somebody's data.
_CYRILLIC = re.compile(r"[А-Яа-яЁё]+(?:[\s.-]+[А-Яа-яЁё]+)*")
_PHONE_LIKE = 100_000_000
_FRAMES = 12

_bound: ContextVar[Mapping[str, object]] = ContextVar("apella_log_fields", default={})  # noqa: B039 never changed in place


def _is_id(value: object) -> bool:
    return isinstance(value, uuid.UUID) or (isinstance(value, str) and _UUID.fullmatch(value) is not None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < _PHONE_LIKE


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_is_code = _matches(_CODE)

# Name of an extra field -> what its value must be. A field that is not here is dropped.
ALLOWED: Mapping[str, Callable[[object], bool]] = {
    "account_id": _is_id,
    "action": _is_code,
    "attempts": _is_number,
    "case_id": _is_id,
    "code": _is_code,
    "count": _is_number,
    "duration_ms": _is_number,
    "error": _is_code,
    "incident": _is_id,
    "job": _is_code,
    "method": _is_code,
    "person_id": _is_id,
    "pid": _is_number,
    "port": _is_number,
    "request_id": _matches(REQUEST_ID),
    "route": _matches(_ROUTE),
    "season_id": _is_id,
    "state": _is_code,
    "status": _is_number,
    "task_id": _is_id,
    "tenant": _is_code,
}
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextlib.contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add these fields to every line logged inside the block; names and values as in ALLOWED."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def new_request_id() -> str:
    """Make the id by which one request or job is found in the logs."""
    return uuid.uuid4().hex


def request_id_from(header: str | None) -> str:
    """Take over the caller's request id when it is one; else make a new one."""
    return header if header and REQUEST_ID.fullmatch(header) else new_request_id()


class JsonFormatter(logging.Formatter):
    """Writes one record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; nothing in it comes from an argument, field or exception that is not known to be harmless."""
        fields, dropped = allowed_fields(record)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": safe_message(record),
            **fields,
        }
        if dropped:
            line["dropped"] = dropped
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = [_described(error) for error in _chain(record.exc_info[1])]
        return json.dumps(line, ensure_ascii=False)


def allowed_fields(record: logging.LogRecord) -> tuple[dict[str, object], list[str]]:
    """Give the record's extra and bound fields that are allowed, and the names, never the values, of the others."""
    extra = {name: value for name, value in vars(record).items() if name not in _OWN}
    given = {**_bound.get(), **extra}
    kept = {name: value for name, value in given.items() if name in ALLOWED and ALLOWED[name](value)}
    shown: dict[str, object] = {
        name: value if isinstance(value, int | float | str) else str(value) for name, value in kept.items()
    }
    return shown, sorted(given.keys() - kept.keys())


def safe_message(record: logging.LogRecord) -> str:
    """Give the message with its harmless arguments; what looks like a number of a person or an address is hidden."""
    # An exception given as the message would bring its text, which nobody has looked at.
    template = record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__
    args = record.args
    if isinstance(args, Mapping):
        shown: Any = {name: _argument(value) for name, value in args.items()}
    else:
        shown = tuple(_argument(value) for value in args or ())
    try:
        text = template % shown if shown else template
    except (TypeError, ValueError, KeyError):
        text = template
    if not f"{record.name}.".startswith("apella."):
        text = _CYRILLIC.sub(HIDDEN, text)
    return _PERSONAL.sub(lambda found: found["kept"] or HIDDEN, text)


def configure(stream: TextIO, *, level: int = logging.INFO) -> None:
    """Make every logger of this process write to `stream` in this form only; doing it again changes the stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    for old in tuple(root.handlers):
        if isinstance(old.formatter, JsonFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)


def _argument(value: object) -> object:
    """Give what cannot tell who somebody is; numbers stay numbers for %d."""
    if value is None or isinstance(value, int | float | uuid.UUID | datetime | enum.Enum):
        return value
    return HIDDEN


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _described(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    described: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}", "at": _frames(error.__traceback__)}
    for name, attribute, is_harmless in (
        ("code", "error_code", _is_code),
        ("sqlstate", "sqlstate", _matches(_SQLSTATE)),
        ("errno", "errno", _is_number),
    ):
        value = getattr(error, attribute, None)
        if is_harmless(value):
            described[name] = value
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    if _is_code(constraint):
        described["constraint"] = constraint
    return described


def _frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_qualname}")
        traceback = traceback.tb_next
    return frames[-_FRAMES:]
