"""Serves the links of the local store: `/files/<token>`, downloads with ranges and uploads of promised bytes.

The signature in the token is the permission, so these routes ask for no session and no form token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import NoReturn

from flask import Blueprint, Response, abort, jsonify, make_response, request, send_file

from apella.errors import ApellaError
from apella.storage.links import Grant, LinkRefused, Method
from apella.storage.local import LocalObjectStore
from apella.storage.port import (
    ChecksumMismatch,
    ObjectExists,
    ObjectNotFound,
    ObjectTooLarge,
    StorageUnavailable,
    exists,
    too_large,
)

_STATUSES: dict[type[ApellaError], HTTPStatus] = {
    LinkRefused: HTTPStatus.FORBIDDEN,
    ObjectNotFound: HTTPStatus.NOT_FOUND,
    ObjectExists: HTTPStatus.PRECONDITION_FAILED,
    ObjectTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ChecksumMismatch: HTTPStatus.BAD_REQUEST,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def files_blueprint(store: LocalObjectStore, *, machine_now: Callable[[], datetime]) -> Blueprint:
    """Make the blueprint `files`; `machine_now` gives machine time, by which links expire."""
    blueprint = Blueprint("files", __name__, url_prefix="/files")

    @blueprint.route("/<token>", methods=["GET", "PUT"], provide_automatic_options=False)
    def serve(token: str) -> Response:
        grant = store.granted(token, method=request.method, now=machine_now())
        return _upload(store, grant) if grant.method is Method.PUT else _download(store, grant)

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    for kind in _STATUSES:
        blueprint.register_error_handler(kind, _refusal)
    return blueprint


def _download(store: LocalObjectStore, grant: Grant) -> Response:
    about = store.head(grant.key)
    try:
        response = send_file(
            store.content_path(grant.key),
            mimetype=grant.content_type,
            conditional=True,
            etag=about.sha256.hex(),
            last_modified=about.stored_at,
        )
    except FileNotFoundError:
        abort(_problem(HTTPStatus.NOT_FOUND, code=ObjectNotFound.code, title="Файл не найден."))
    response.headers["Content-Disposition"] = grant.disposition
    return response


def _upload(store: LocalObjectStore, grant: Grant) -> Response:
    length = request.content_length
    if length is None:
        _refuse_body(HTTPStatus.LENGTH_REQUIRED, "storage.length", "Укажите размер файла в заголовке Content-Length.")
    if length > grant.size:
        raise too_large(grant.size)
    if length < grant.size:
        _refuse_body(
            HTTPStatus.BAD_REQUEST, "storage.length", "Файл короче, чем было заявлено. Начните загрузку заново."
        )
    if request.content_type != grant.content_type:
        _refuse_body(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "storage.type", "Тип файла не тот, что был заявлен.")
    if _taken(store, grant):
        raise exists()
    request.max_content_length = grant.size
    stored = store.put(grant.key, request.stream, content_type=grant.content_type, sha256=grant.sha256)
    response = make_response("", HTTPStatus.OK)
    response.headers["ETag"] = stored.etag
    return response


def _taken(store: LocalObjectStore, grant: Grant) -> bool:
    try:
        store.head(grant.key)
    except ObjectNotFound:
        return False
    return True


def _refusal(error: ApellaError) -> Response:
    status = next(status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return _problem(status, code=error.error_code, title=error.message)


def _refuse_body(status: HTTPStatus, code: str, title: str) -> NoReturn:
    abort(_problem(status, code=code, title=title))


def _problem(status: HTTPStatus, *, code: str, title: str) -> Response:
    response = jsonify({"type": "about:blank", "title": title, "status": status, "code": code})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
