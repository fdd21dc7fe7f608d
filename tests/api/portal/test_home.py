"""The front page: the regions, each with its sign-in."""

from __future__ import annotations

from flask import Flask

from apella.bootstrap import App
from apella.testing.visitor import Page


def test_every_region_has_its_sign_in(app: App, web: Flask) -> None:
    page = Page(web.test_client().get("/"))
    assert page.status == 200
    for rules in app.regions:
        assert str(rules.tenant.title) in page.text
        assert f"/{rules.slug}/sign-in" in page.links


def test_a_classroom_also_leads_to_its_people_and_messages(app: App, web: Flask) -> None:
    page = Page(web.test_client().get("/"))
    assert app.settings.embedded
    assert all(f"/{rules.slug}/sign-in/staff" in page.links for rules in app.regions)
    assert "/embedded/outbox" in page.links
