"""The pages of the kit itself: the settings of «Версия для слабовидящих»."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from apella.errors import Malformed
from apella.web.components import Choice
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame
from apella.web.preferences import COOKIE, Preferences, current, local_path
from apella.web.security import cookie_options

LIFETIME = timedelta(days=365)
_DEFAULTS = {"size": "1", "scheme": "light", "spacing": "1", "images": "1"}

blueprint = Blueprint("preferences", __name__)


@blueprint.get("/vi")
def show() -> str:
    """Show the settings with the present choice."""
    return render_template(
        "layout/vi.html",
        frame=plain_frame(_("Версия для слабовидящих")),
        chosen=current(),
        choices=_choices(),
        back=local_path(request.args.get("next")),
    )


@blueprint.post("/vi")
def save() -> Response:
    """Store the choice, or return to the usual view, and go back to where the person was."""
    answer = redirect(local_path(request.form.get("next")), code=303)
    if request.form.get("view") == "usual":
        answer.delete_cookie(COOKIE)
        return answer
    chosen = Preferences.from_cookie("-".join(request.form.get(name, usual) for name, usual in _DEFAULTS.items()))
    if not chosen.enabled:
        raise Malformed(_("Выберите размер, цвета и расстояние из предложенных."), code="preferences.unknown")
    answer.set_cookie(COOKIE, chosen.as_cookie(), **cookie_options(secure=request.is_secure, lifetime=LIFETIME))
    return answer


def _choices() -> dict[str, tuple[Choice, ...]]:
    return {
        "size": (
            Choice(value="1", label=_("Крупные")),
            Choice(value="2", label=_("Очень крупные")),
            Choice(value="3", label=_("Самые крупные")),
        ),
        "scheme": (
            Choice(value="light", label=_("Чёрные буквы на белом")),
            Choice(value="dark", label=_("Белые буквы на чёрном")),
            Choice(value="blue", label=_("Синие буквы на голубом")),
        ),
        "spacing": (
            Choice(value="1", label=_("Обычное")),
            Choice(value="2", label=_("Среднее")),
            Choice(value="3", label=_("Большое")),
        ),
        "images": (
            Choice(value="1", label=_("Показывать")),
            Choice(value="0", label=_("Показывать описание вместо них")),
        ),
    }
