"""The front page: the regions of this installation, each with its sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for

from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame
from apella.web.requests import app_of

blueprint = Blueprint("home", __name__)


@dataclass(frozen=True, kw_only=True)
class RegionLink:
    """A region, its commission, the sign-in; `demo_url` is the list of demo people of an embedded instance."""

    name: str
    commission: str
    sign_in_url: str
    demo_url: str | None


@blueprint.get("/")
def tenants() -> str:
    """List the regions in the order of their names."""
    parts = app_of()
    embedded = parts.settings.embedded
    regions = [
        RegionLink(
            name=str(rules.tenant.title),
            commission=capital(str(rules.bodies.commission.full)),
            sign_in_url=url_for("sign_in.choose", tenant=rules.slug),
            demo_url=url_for("sign_in.begin", tenant=rules.slug) if embedded else None,
        )
        for rules in parts.regions
    ]
    return render_template(
        "portal/home.html",
        frame=plain_frame(_("Апелляции участников экзаменов")),
        regions=sorted(regions, key=lambda region: region.name),
        outbox_url=url_for("embedded.outbox") if embedded else None,
    )
