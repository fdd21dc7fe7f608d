"""What tests above the units share beside the fixtures of `apella.testing.plugin`."""

from __future__ import annotations

import pytest


@pytest.fixture
def paperless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are not set in type, which takes a third of a second each; everything else about them is real."""
    monkeypatch.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
