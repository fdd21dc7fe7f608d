"""What the application takes a request for behind the operator's proxies, and which foreign origins its pages know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, request, request_started

from apella.bootstrap import App
from apella.errors import ConfigurationError
from apella.settings import Mode, Settings
from apella.web_app import create_app

FORWARDED = {
    "X-Forwarded-For": "203.0.113.7, 198.51.100.4",
    "X-Forwarded-Proto": "https, http",
    "X-Forwarded-Host": "appeals.example, inner.example",
}


@pytest.mark.parametrize(
    ("proxies", "address", "url"),
    [
        (0, "127.0.0.1", "http://localhost/healthz"),
        (1, "198.51.100.4", "http://inner.example/healthz"),
        (2, "203.0.113.7", "https://appeals.example/healthz"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(app: App, proxies: int, address: str, url: str) -> None:
    web = create_app(replace(app, settings=replace(app.settings, trusted_proxies=proxies)))
    seen: list[tuple[str | None, str]] = []

    def note(_: Flask, **__: object) -> None:
        seen.append((request.remote_addr, request.url))

    with request_started.connected_to(note, web):
        assert web.test_client().get("/healthz", headers=FORWARDED).status_code == 200
    assert seen == [(address, url)]


def test_pages_may_load_files_of_the_object_store_and_go_to_the_identity_provider(app: App) -> None:
    environment = {
        **app.environment,
        "APELLA_S3_ENDPOINT": "https://files.example:9000/store",
        "APELLA_OIDC_ISSUER": "https://id.example/realms/school",
    }
    parts = replace(app, environment=environment)
    assert parts.file_origins == ("https://files.example:9000",)
    for mode in Mode:
        parts = replace(parts, settings=replace(app.settings, mode=mode))
        assert parts.sign_in_origins == ("https://id.example",)
    assert (app.file_origins, app.sign_in_origins) == ((), ())


def test_the_policy_of_a_page_names_the_object_store(app: App) -> None:
    names = ("REGION", "ACCESS_KEY", "SECRET_KEY", "QUARANTINE_BUCKET", "CLEAN_BUCKET", "EVIDENCE_BUCKET")
    store = {f"APELLA_S3_{name}": "made-up" for name in names}
    web = create_app(
        replace(app, environment={**app.environment, **store, "APELLA_S3_ENDPOINT": "https://files.example"})
    )
    policy = dict(
        part.split(" ", 1) for part in web.test_client().get("/healthz").headers["Content-Security-Policy"].split("; ")
    )
    for kind in ("img-src", "media-src", "connect-src"):
        assert policy[kind].startswith("'self' https://files.example"), kind
    assert policy["default-src"] == policy["form-action"] == "'self'"


@pytest.mark.parametrize("wrong", ["-1", "one", "1.5", "10", ""])
def test_the_number_of_proxies_is_a_small_number(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environment({"APELLA_TRUSTED_PROXIES": wrong})
    assert refusal.value.error_code == "settings.proxies"


def test_no_proxy_is_trusted_unless_somebody_says_so() -> None:
    assert Settings.from_environment({}).trusted_proxies == 0
    assert Settings.from_environment({"APELLA_TRUSTED_PROXIES": "2"}).trusted_proxies == 2
