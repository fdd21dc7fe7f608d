"""A log line holds what was allowed by name, and nothing else, whatever is thrown at it."""

from __future__ import annotations

import enum
import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.errors import NotFound
from apella.logs import (
    ALLOWED,
    HIDDEN,
    JsonFormatter,
    bound,
    configure,
    new_request_id,
    request_id_from,
    safe_message,
)

NAME, PHONE, DOCUMENT, MAIL = "Иванова Мария Петровна", "+7 900 123-45-67", "83 04 № 123456", "ivanova@example.ru"
CANARIES = (NAME, "Иванова", PHONE, "9001234567", "123-45-67", DOCUMENT, "123456", MAIL)
ROW = uuid.UUID("019a2031-a437-719e-a445-9a34dfed24d1")


class State(enum.StrEnum):
    OPEN = "open"


class DriverError(Exception):
    """As a database driver raises it: the message holds the value of the key."""

    sqlstate = "23505"

    class diag:  # noqa: N801 the driver's own name
        constraint_name = "uq_person_document_index"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    stream = io.StringIO()
    configure(stream, level=logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(level)
    root.handlers[:] = handlers


def record(
    message: str, *args: object, logger: str = "apella.appeals", extra: Mapping[str, object] | None = None
) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": logger, "msg": message, "args": args, **(extra or {})})
    made.levelname = "INFO"
    return made


def written(made: logging.LogRecord) -> str:
    return JsonFormatter().format(made)


def test_a_line_says_when_where_and_what(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("apella.appeals").info("Appeal %s filed", ROW, extra={"case_id": ROW, "tenant": "north"})
    (line,) = lines()
    assert line["message"] == f"Appeal {ROW} filed"
    assert line["logger"] == "apella.appeals"
    assert line["level"] == "INFO"
    assert (line["case_id"], line["tenant"]) == (str(ROW), "north")
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


@pytest.mark.parametrize(
    "value", [NAME, PHONE, DOCUMENT, MAIL, "Ivanova", {"name": NAME}, [PHONE], 79001234567, object()]
)
def test_no_personal_argument_is_written(value: object) -> None:
    line = written(record("Person %s came", value))
    assert not [canary for canary in CANARIES if canary in line]
    assert "Ivanova" not in line
    assert json.loads(line)["message"] == f"Person {HIDDEN} came"


@pytest.mark.parametrize(
    ("template", "value", "message"),
    [
        ("%d tries", 3, "3 tries"),
        ("%.1f ms", 2.25, "2.2 ms"),
        ("%s", State.OPEN, "open"),
        ("%s", None, "None"),
        ("at %s", datetime(2031, 6, 16, 9, 30, 5, tzinfo=UTC), "at 2031-06-16 09:30:05+00:00"),
        ("row %s", ROW, f"row {ROW}"),
    ],
)
def test_harmless_arguments_are_written(template: str, value: object, message: str) -> None:
    assert safe_message(record(template, value)) == message


def test_arguments_by_name_are_treated_alike() -> None:
    made = logging.makeLogRecord(
        {"name": "apella", "msg": "%(who)s tried %(times)d", "args": ({"who": NAME, "times": 2},)}
    )
    made.args = {"who": NAME, "times": 2}
    assert safe_message(made) == f"{HIDDEN} tried 2"


def test_an_error_given_as_the_message_is_its_kind_alone() -> None:
    made = record("")
    made.msg = ValueError(f"{NAME} is wrong")
    assert safe_message(made) == "ValueError"


@pytest.mark.parametrize("args", [("x",), (1, 2, 3), ({"a": 1},)])
def test_arguments_that_do_not_fit_leave_the_message_as_it_was(args: tuple[object, ...]) -> None:
    made = record("%d and %d")
    made.args = args
    assert safe_message(made) == "%d and %d"


@pytest.mark.parametrize(
    "text", [f"sent to {PHONE}", f"document {DOCUMENT}", f"mail to {MAIL} failed", "call 89001234567"]
)
def test_a_message_put_together_too_early_is_masked(text: str) -> None:
    for logger in ("apella.notices", "urllib3"):
        line = written(record(text, logger=logger))
        assert not [canary for canary in CANARIES if canary in line]
        assert HIDDEN in line


def test_cyrillic_in_a_librarys_message_is_somebodys_data() -> None:
    line = json.loads(written(record(f"bad value {NAME!r} in row 5", logger="some.library")))
    assert line["message"] == f"bad value '{HIDDEN}' in row 5"


@pytest.mark.parametrize("name", ["surname", "phone", "document", "email", "body", "query", "headers", "args_json"])
def test_a_field_that_was_not_allowed_is_named_and_dropped(name: str) -> None:
    line = json.loads(written(record("x", extra={name: NAME})))
    assert name not in line
    assert line["dropped"] == [name]


@pytest.mark.parametrize("name", sorted(ALLOWED))
@pytest.mark.parametrize("value", [NAME, PHONE, DOCUMENT, MAIL, {"x": NAME}, [1], 79001234567, None, "a b", ""])
def test_an_allowed_field_takes_only_its_kind_of_value(name: str, value: object) -> None:
    line = json.loads(written(record("x", extra={name: value})))
    assert name not in line
    assert line["dropped"] == [name]


def test_allowed_fields_are_written() -> None:
    fields = {
        "account_id": ROW,
        "action": "hand_over",
        "attempts": 2,
        "case_id": str(ROW),
        "code": "storage.not_found",
        "count": 5,
        "duration_ms": 12.5,
        "error": "LookupError",
        "incident": ROW,
        "job": "documents.render",
        "method": "GET",
        "person_id": ROW,
        "pid": 17,
        "port": 8000,
        "request_id": "0123456789abcdef",
        "route": "/api/v1/<tenant>/cases/<uuid:case_id>",
        "season_id": ROW,
        "state": "in_exchange",
        "status": 201,
        "task_id": ROW,
        "tenant": "north",
    }
    assert fields.keys() == ALLOWED.keys()
    line = json.loads(written(record("x", extra=fields)))
    assert "dropped" not in line
    assert {name: line[name] for name in fields} == {
        name: str(value) if isinstance(value, uuid.UUID) else value for name, value in fields.items()
    }


def test_a_failure_is_told_by_its_class_code_and_place(lines: Callable[[], list[dict[str, Any]]]) -> None:
    def insert() -> None:
        raise DriverError(f"Key (surname)=({NAME}) already exists, {PHONE}")

    def fail() -> None:
        try:
            insert()
        except DriverError as error:
            raise NotFound(f"Не найден {NAME}", code="registry.person", name=NAME) from error

    try:
        fail()
    except NotFound:
        logging.getLogger("apella").exception("A request failed")
    (line,) = lines()
    text = json.dumps(line, ensure_ascii=False)
    assert not [canary for canary in CANARIES if canary in text]
    outer, inner = line["error"]
    assert (outer["type"], outer["code"]) == ("apella.errors.NotFound", "registry.person")
    assert outer["at"][-1].startswith("test_logs.py:")
    assert outer["at"][-1].endswith("fail")
    assert (inner["sqlstate"], inner["constraint"]) == ("23505", "uq_person_document_index")
    assert inner["type"].endswith("DriverError")


def test_a_failure_caused_by_itself_is_told_once() -> None:
    error = ValueError(NAME)
    error.__cause__ = error
    made = record("x")
    made.exc_info = (ValueError, error, None)
    assert len(json.loads(written(made))["error"]) == 1


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    assert "\n" not in written(record('first\nsecond\r\n{"level": "forged"}'))


def test_fields_bound_to_a_block_stand_in_each_of_its_lines(lines: Callable[[], list[dict[str, Any]]]) -> None:
    log = logging.getLogger("apella")
    with bound(request_id="0123456789abcdef", tenant="north"), bound(tenant="south"):
        log.info("inside")
    log.info("outside")
    inside, outside = lines()
    assert (inside["request_id"], inside["tenant"]) == ("0123456789abcdef", "south")
    assert "request_id" not in outside


def test_configuring_again_does_not_double_the_lines(lines: Callable[[], list[dict[str, Any]]]) -> None:
    again = io.StringIO()
    configure(again)
    logging.getLogger("apella").info("once")
    assert lines() == []
    assert len(again.getvalue().splitlines()) == 1


@pytest.mark.parametrize("header", ["0123456789abcdef", "a" * 64, "019a2031-a437-719e-a445-9a34dfed24d1"])
def test_a_callers_request_id_is_taken_over(header: str) -> None:
    assert request_id_from(header) == header


@pytest.mark.parametrize("header", [None, "", "short", "a" * 65, "a b c d e f", "x\r\ny: z", NAME, '{"a": 1}'])
def test_what_is_no_request_id_is_replaced(header: str | None) -> None:
    made = request_id_from(header)
    assert made != header
    assert request_id_from(made) == made
    assert made != new_request_id()


@settings(deadline=None)
@given(st.text(), st.dictionaries(st.text(min_size=1), st.text()))
def test_nothing_breaks_the_formatter(message: str, extra: dict[str, str]) -> None:
    made = record("x")
    made.msg = message
    made.args = (1,)
    for name, value in extra.items():
        if name not in vars(made):
            vars(made)[name] = value
    assert json.loads(written(made))["level"] == "INFO"
