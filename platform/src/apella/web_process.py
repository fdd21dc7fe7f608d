"""The web part's process: gunicorn, with the application imported before its workers are forked.

Each worker still makes its application itself, so none shares a connection with another; what they share is the
reading of the code, which is most of a start.

What gunicorn itself writes is written as everything else is (`apella.logs`), and a request that it cannot read is told
of by its kind alone: addresses, headers and bodies hold personal data, broken ones too.
"""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus
from typing import Any, Final

from gunicorn import util  # type: ignore[import-untyped]  # the package has no types
from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]  # the same
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # the same
from gunicorn.http import errors  # type: ignore[import-untyped]  # the same
from gunicorn.http.body import ChunkedReader  # type: ignore[import-untyped]  # the same
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # the same

import apella.web_app  # noqa: F401 imported for the workers
from apella.logs import JsonFormatter, configure

log = logging.getLogger("apella.web")

_STATUS: Final[dict[type[BaseException], HTTPStatus]] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
}
_REFUSED: Final = "Запрос не понят: проверьте его адрес и тело.\n"
_FAILED: Final = "Ошибка на нашей стороне. Повторите через несколько секунд.\n"


class WebLog(Logger):  # type: ignore[misc]  # the package has no types
    """gunicorn's own lines in our form; requests that were answered are not listed: their addresses tell too much."""

    def setup(self, cfg: Any) -> None:
        """Set up as gunicorn does, then write every line of it by our formatter."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """List nothing."""


class _Reader:
    """The reader of a body in chunks: a broken one is a broken connection to the application, which answers 400."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        """Give so many bytes at most. Raises OSError."""
        try:
            return bytes(self._reader.read(size))
        except errors.ParseException as error:
            _note(error, HTTPStatus.BAD_REQUEST)
            raise OSError("the body cannot be read") from error


class WebWorker(ThreadWorker):  # type: ignore[misc]  # the package has no types
    """A worker that neither writes nor sends back what it could not read."""

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Handle a request whose head was understood."""
        if isinstance(req.body.reader, ChunkedReader):
            req.body.reader = _Reader(req.body.reader)
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 gunicorn's call
        """Note the kind of what is wrong with a request, and answer with a sentence of ours."""
        unreadable = isinstance(exc, errors.ParseException) and not isinstance(
            exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName | errors.ConfigurationProblem
        )
        if unreadable:
            status = _STATUS.get(type(exc), HTTPStatus.BAD_REQUEST)
            _note(exc, status)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            log.error("request failed", extra={"status": int(status)}, exc_info=exc)
        body = (_REFUSED if unreadable else _FAILED).encode()
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode("ascii") + body)
        except OSError:
            log.debug("nobody waits for this answer")


def _note(error: BaseException, status: HTTPStatus) -> None:
    log.warning("bad request", extra={"error": type(error).__name__, "status": int(status)})


class WebProcess(WSGIApplication):  # type: ignore[misc]  # the package has no types
    """gunicorn with our logger and our worker, whatever its command line says."""

    def load_config(self) -> None:
        """Read the command line, then put ours in."""
        super().load_config()
        self.cfg.set("logger_class", WebLog)
        self.cfg.set("worker_class", WebWorker)


if __name__ == "__main__":
    # gunicorn logs before a worker has set up the logging of its process.
    configure(sys.stderr)
    WebProcess("%(prog)s [OPTIONS] [APP_MODULE]").run()
