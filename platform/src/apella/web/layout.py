"""The frame of a page: what every layout needs besides the page's own content.

A page builds one `PageFrame` and passes it as `frame` to a template that extends `layout/console.html` (people who
work), `layout/portal.html` (participants and their parents) or `layout/plain.html` (nobody signed in, errors):

    return render_template("appeals/case.html", frame=frame, case=case)

All texts come finished. Blocks that a template may fill: `head_text` (below the heading), `acts` (right of it),
`content`, and in the portal `back` and `above` (a line such as «Шаг 5 из 6» over the heading).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from jinja2 import StrictUndefined

from apella.calendar.wording import plural
from apella.web import formatting, i18n, preferences, security
from apella.web.components import Alert, FieldError, Link
from apella.web.preferences import Preferences
from apella.web.teaching import teaching_time

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
_VERSION_LETTERS = 10


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """A line of the side menu. `icon` is a name of kit/icon.html; `gap` sets the line apart from those above."""

    label: str
    url: str
    icon: str
    count: int | None = None
    current: bool = False
    gap: bool = False


@dataclass(frozen=True, kw_only=True)
class Crumb:
    """A step of the path to a page; the last one has no address."""

    label: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Whom to ask, in the footer: «Помощь секретарям», a phone as people read it, and when somebody answers."""

    who: str
    phone: str
    hours: str

    @property
    def phone_url(self) -> str:
        """The number as a link: only its digits and a leading plus."""
        digits = "".join(letter for letter in self.phone if letter.isdigit())
        return f"tel:+7{digits[1:]}" if len(digits) == 11 and digits[0] in "78" else f"tel:{digits}"


@dataclass(frozen=True, kw_only=True)
class PageFrame:
    """What a layout shows around a page.

    `title` names the page in the browser's list and, without `heading`, on the page; a page that answers to a wrong
    form has `errors`, which puts «Ошибка:» before the title and the summary over the heading (answer 422).
    `acting_for` is whom a representative acts for («Вы действуете за …»), `acting_url` where another is chosen.
    `notices` tell what the last action did. `now_text` is case time, «вт 10.06.2025, 09:12»; `teaching_time` is the
    day of an embedded instance, «чт 18.06.2026», and None in production. `here` is the path to come back to.
    """

    title: str
    heading: str | None = None
    commission_name: str = ""
    season_name: str = ""
    person_name: str | None = None
    role_name: str | None = None
    acting_for: str = ""
    acting_url: str | None = None
    menu: tuple[MenuItem, ...] = ()
    breadcrumbs: tuple[Crumb, ...] = ()
    now_text: str = ""
    teaching_time: str | None = None
    csrf_token: str = ""
    preferences: Preferences = field(default_factory=Preferences)
    errors: tuple[FieldError, ...] = ()
    notices: tuple[Alert, ...] = ()
    contacts: Contacts | None = None
    links: tuple[Link, ...] = ()
    home_url: str = "/"
    search_url: str | None = None
    search_text: str = ""
    sign_out_url: str | None = None
    here: str = "/"

    def error_of(self, name: str) -> str | None:
        """Return the sentence of the field `name`, for the field's own line."""
        return next((error.message for error in self.errors if error.name == name), None)


def plain_frame(title: str, **more: Any) -> PageFrame:
    """Return a frame of a page that needs nobody signed in: the person's view, the token and the way back only."""
    if "teaching_time" not in more:
        more["teaching_time"] = teaching_time()
    return PageFrame(
        title=title,
        preferences=preferences.current(),
        csrf_token=security.current_csrf_token(),
        here=preferences.local_path(_path_of_request()),
        **more,
    )


def init_app(app: Flask) -> None:
    """Teach an application's templates the catalogue, counting words, addresses of static files.

    An unknown name in a template is an error: a page with a hole where a date should stand must not be shown.
    """
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    i18n.install(app.jinja_env)
    words = {"plural": plural, "whole": formatting.whole, "signed": formatting.signed}
    app.jinja_env.globals.update(asset=asset, **words)
    app.jinja_env.filters["glue"] = formatting.glue
    app.jinja_env.filters["capital"] = formatting.capital


def asset(filename: str) -> str:
    """Return the address of a static file with a mark of its content, so that it may be cached for long."""
    return url_for("static", filename=filename, v=_content_mark(STATIC / filename))


@cache
def _content_mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_VERSION_LETTERS]


def _path_of_request() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path
