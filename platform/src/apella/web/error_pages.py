"""Pages of errors for people: calm, in Russian, with what to do next. The API answers problem+json instead."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from apella.web import formatting
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame

_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class ErrorPage:
    """What an error page says besides its usual words. `incident` finds the request in the log."""

    message: str | None = None
    retry_text: str | None = None
    incident: str | None = None


def error_page(
    status: int,
    *,
    message: str | None = None,
    retry_after: int | None = None,
    incident: str | None = None,
    home_url: str = "/",
) -> str:
    """Draw the page of an HTTP status; one without a page of its own borrows that of 400 or 500.

    `message` is the error's Russian sentence, `retry_after` is in seconds. Nothing here needs a session or a database.
    """
    titles = _titles()
    known = status if status in titles else 400 if status < 500 else 500
    return render_template(
        f"errors/{known}.html",
        frame=plain_frame(titles[known], home_url=home_url),
        error=ErrorPage(
            message=message, retry_text=_retry_text(retry_after) if retry_after else None, incident=incident
        ),
    )


def _titles() -> dict[int, str]:
    return {
        400: _("Запрос не понят"),
        401: _("Нужно войти"),
        403: _("Действие не разрешено"),
        404: _("Страница не найдена"),
        409: _("Дело изменилось"),
        413: _("Файл слишком большой"),
        422: _("Исправьте ошибки"),
        429: _("Слишком много попыток"),
        500: _("Ошибка на сервере"),
        503: _("Система не отвечает"),
    }


def _retry_text(seconds: int) -> str:
    if seconds < _MINUTE:
        wait = formatting.count(seconds, "секунду", "секунды", "секунд")
    else:
        wait = formatting.count(-(-seconds // _MINUTE), "минуту", "минуты", "минут")
    return _("Повторить можно через %(wait)s.", wait=wait)
