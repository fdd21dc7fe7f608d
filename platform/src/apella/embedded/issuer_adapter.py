"""The way from the OIDC client to the embedded issuer inside one process.

Over HTTP a web process would ask itself: every thread could end up waiting for a thread.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from apella.embedded.issuer import EmbeddedIssuer, IssuerRefusal
from apella.identity.oidc_provider import EMBEDDED_ISSUER_PATH


class IssuerAdapter(BaseAdapter):
    """Answers requests to the issuer's own address by calling it."""

    def __init__(self, issuer: EmbeddedIssuer) -> None:
        super().__init__()
        self._issuer = issuer

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 the signature of requests
        timeout: float | tuple[float | None, float | None] | None = None,  # noqa: ARG002 the same
        verify: bool | str = True,  # noqa: ARG002 the same
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002 the same
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 the same
    ) -> requests.Response:
        """Give the issuer's answer; an address it does not serve is 404."""
        status, body = self._serve(request)
        response = requests.Response()
        response.status_code = status
        response.url = request.url or ""
        response.headers["Content-Type"] = "application/json"
        response.encoding = "utf-8"
        response.raw = io.BytesIO(json.dumps(body).encode())
        response.request = request
        return response

    def close(self) -> None:
        """Hold nothing open."""

    def _serve(self, request: requests.PreparedRequest) -> tuple[int, dict[str, Any]]:
        match request.method, urlsplit(request.url or "").path:
            case "GET", "/.well-known/openid-configuration":
                return 200, self._issuer.metadata(endpoints=self._issuer.issuer, browser_endpoints=EMBEDDED_ISSUER_PATH)
            case "GET", "/keys":
                return 200, self._issuer.jwks()
            case "POST", "/token":
                body = request.body or ""
                form = dict(parse_qsl(body.decode() if isinstance(body, bytes) else str(body)))
                try:
                    return 200, self._issuer.token(form)
                except IssuerRefusal as refusal:
                    return 400, {"error": refusal.error, "error_description": refusal.description}
        return 404, {"error": "not_found"}
