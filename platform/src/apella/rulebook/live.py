"""Asking a running instance instead of the files: its calendars may have been changed by imports."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import requests

from apella.errors import ApellaError, Conflict, Malformed, NotFound, Unavailable

CONNECT_SECONDS = 5
READ_SECONDS = 30

_REFUSALS: dict[int, type[ApellaError]] = {
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.UNPROCESSABLE_ENTITY: Malformed,
}


def ask_live(url: str, slug: str, *, term_id: str, start: str, events: Sequence[str], channel: str) -> dict[str, Any]:
    """Ask the instance at `url` and give its answer, as `apella.rulebook.asking.document` makes it.

    Raises what the instance refuses with, and Unavailable when nobody answers there.
    """
    query = {"term": term_id, "event": list(events), "channel": channel, **({"from": start} if start else {})}
    address = f"{url.rstrip('/')}/api/v1/{slug}/deadlines/explain"
    try:
        with requests.Session() as http:
            # The instance is on this machine or in this network: a proxy of the environment knows neither.
            http.trust_env = False
            answer = http.get(address, params=query, timeout=(CONNECT_SECONDS, READ_SECONDS))
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(
            f"По адресу {url} Apella не отвечает. Запустите её (apella up), укажите адрес (--url) "
            "или посчитайте по файлам, без --live.",
            code="deadline.live",
        ) from error
    if not isinstance(body, dict):
        raise Unavailable(f"По адресу {url} отвечает не Apella: проверьте адрес.", code="deadline.live")
    if answer.status_code != HTTPStatus.OK:
        refusal = _REFUSALS.get(answer.status_code, Unavailable)
        raise refusal(str(body.get("title", f"Apella ответила {answer.status_code}.")), code=str(body.get("code", "")))
    return body
