"""A request that the web server itself cannot read: nothing that was sent stands in its log or in its answer."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from apella.embedded.home import Home
from apella.embedded.logs import log_file
from apella.testing.embedded import wait_until
from apella.testing.live import HOST, LiveInstance

CANARIES = ("Канарейкина", "CANARYNA", "4509123456", "79001234567", "89001234567")
SENT = {
    "a request line in raw letters": "GET /north/journal?q=Канарейкина&phone=+79001234567 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a request line of four parts": "GET /north/journal?q=CANARYNA&phone=+79001234567 X HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": "GET /north/journal?q=CANARYNA HTTP/7.4509123456\r\nHost: x\r\n\r\n",
    "another method": "CANARYNA4509123456@ /north/journal HTTP/1.1\r\nHost: x\r\n\r\n",
    "the name of a header": "GET /north/sign-in HTTP/1.1\r\nHost: x\r\nX-Doc 4509123456 CANARYNA: 1\r\n\r\n",
    "the value of a header": "GET /north/sign-in HTTP/1.1\r\nHost: x\r\nX-Doc: \x00 4509123456 CANARYNA\r\n\r\n",
    "a folded header": "GET /north/sign-in HTTP/1.1\r\nHost: x\r\nX-Doc: 1\r\n 4509123456 CANARYNA\r\n\r\n",
    "a long request line": f"GET /north/journal?q={'CANARYNA' * 2_000} HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length": "POST /north/sign-in/code HTTP/1.1\r\nHost: x\r\nContent-Length: 4509123456x\r\n\r\n",
    "a coding": "POST /north/sign-in/code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CANARYNA\r\n\r\n",
    "an expectation": "POST /north/sign-in/code HTTP/1.1\r\nHost: x\r\nExpect: CANARYNA\r\nContent-Length: 2\r\n\r\n{}",
}
IN_CHUNKS = (
    "POST /north/sign-in/code HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
)
BODIES = {
    "the size of a chunk": "89001234567CANARYNA\r\n",
    "the end of a chunk": "4\r\ncode4509123456CANARYNA\r\n",
    "a body cut short": "ff\r\ndocument=4509123456&phone=79001234567",
    "what a chunk is said to be": "4;CANARYNA=4509123456\x00\r\ncode\r\n0\r\n\r\n",
}


def lines(web: LiveInstance) -> list[str]:
    return log_file(Home(web.settings.home), "web").read_text("utf-8", errors="replace").splitlines()


def ask(web: LiveInstance, text: str) -> str:
    """Send these bytes, and give all that comes back."""
    with socket.create_connection((HOST, web.port), timeout=20) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode("utf-8", errors="replace")


def no_canary_in(text: str) -> None:
    assert [canary for canary in CANARIES if canary in text] == []


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT.keys())
def test_a_request_that_cannot_be_read_is_told_by_its_kind_alone(web: LiveInstance, sent: str) -> None:
    before = len(lines(web))
    answer = ask(web, sent)
    assert answer.split(" ", 2)[1] in {"400", "414", "417", "501"}
    no_canary_in(answer)
    wait_until(lambda: len(lines(web)) > before, seconds=20)
    (line,) = lines(web)[before:]
    no_canary_in(line)
    told: dict[str, Any] = json.loads(line)
    assert (told["level"], told["message"]) == ("WARNING", "bad request")
    assert told["error"].startswith(("Invalid", "Limit", "Unsupported", "Obsolete", "Expectation"))
    assert told.keys() == {"time", "level", "logger", "message", "error", "status"}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_cannot_be_read_is_an_error_of_whoever_sent_it(web: LiveInstance, body: str) -> None:
    before = len(lines(web))
    answer = ask(web, IN_CHUNKS + body)
    assert answer.startswith("HTTP/1.1 400 ")
    no_canary_in(answer)
    found = lines(web)[before:]
    no_canary_in("".join(found))
    assert [line for line in found if json.loads(line)["level"] not in {"INFO", "WARNING"}] == []


def test_every_line_of_the_web_part_is_one_of_ours(web: LiveInstance) -> None:
    web.stop("web")
    web.start("web")
    for line in lines(web):
        assert {"time", "level", "logger", "message"} <= json.loads(line).keys()
