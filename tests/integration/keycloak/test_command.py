"""What `apella keycloak provision` says before it reaches any Keycloak, and that no secret is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from apella.testing.plugin import Run

SECRET = "never to be seen"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Keycloak that nobody runs."""
    monkeypatch.setenv("APELLA_KEYCLOAK_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("APELLA_KEYCLOAK_ADMIN", "admin")
    monkeypatch.setenv("APELLA_KEYCLOAK_ADMIN_PASSWORD", SECRET)


def test_it_names_what_is_missing(run: Run) -> None:
    code, _, complaint = run("keycloak", "provision", "--all")
    assert code == 1
    assert "APELLA_KEYCLOAK_URL, APELLA_KEYCLOAK_ADMIN" in complaint


def test_the_password_may_stand_in_a_file_that_must_be_readable(
    run: Run, server: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("APELLA_KEYCLOAK_ADMIN_PASSWORD_FILE", str(tmp_path / "absent"))
    code, _, complaint = run("keycloak", "provision", "--all")
    assert code == 1
    assert "APELLA_KEYCLOAK_ADMIN_PASSWORD_FILE" in complaint


@pytest.mark.parametrize("options", [(), ("--all", "--tenant", "north")], ids=["neither", "both"])
def test_the_regions_are_named_or_all(run: Run, server: None, options: tuple[str, ...]) -> None:
    code, _, complaint = run("keycloak", "provision", *options)
    assert code == 2
    assert "--tenant" in complaint


def test_a_keycloak_that_does_not_answer_is_one_sentence_without_the_secret(run: Run, server: None) -> None:
    code, said, complaint = run("keycloak", "provision", "--tenant", "north")
    assert code == 1
    assert "Keycloak не отвечает" in complaint
    assert SECRET not in said + complaint
