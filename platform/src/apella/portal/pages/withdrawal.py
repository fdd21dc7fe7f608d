"""Taking an appeal back: a page that says what it means, then the button."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.mandates import require_power
from apella.appeals.withdrawal import withdraw
from apella.errors import Conflict, Forbidden
from apella.portal.case import OwnCase, own_case
from apella.portal.pages import words
from apella.portal.pages.counting import counted
from apella.portal.pages.site import blueprint, cabinet_desk, portal_frame
from apella.portal.withdrawals import WithdrawalState, is_withdrawn
from apella.regions.codes import PowerCode
from apella.web import formatting
from apella.web.components import Alert, Tone
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

HIGHEST_VERSION = 2**31 - 1


@blueprint.get("/appeals/<uuid:case_id>/withdraw")
def ask_withdrawal(tenant: str, case_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """Say what the withdrawal means and ask for it; without a right to it, say why."""
    at = cabinet_desk()
    case = own_case(at, case_id)
    if is_withdrawn(case.appeal):
        return _done(case_id)
    require_power(at.actor, PowerCode.WITHDRAW, case.exam, rules=at.rules)
    if case.withdrawal.state is not WithdrawalState.HERE:
        return _refused(at, case, _why_not(at, case))
    return _ask_page(at, case)


@blueprint.post("/appeals/<uuid:case_id>/withdraw")
def do_withdraw(tenant: str, case_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """Withdraw; pressing again after it was done does no harm."""
    at = cabinet_desk()
    case = own_case(at, case_id)
    if is_withdrawn(case.appeal):
        return _done(case_id)
    require_power(at.actor, PowerCode.WITHDRAW, case.exam, rules=at.rules)
    try:
        withdraw(at, case_id=case_id, version=_version(request.form.get("version", "")))
    except StaleVersion:
        fresh = Alert(
            title=_("Пока вы читали, в деле произошло изменение"),
            text=_("Посмотрите на страницу апелляции ещё раз. Если решение прежнее, отзовите её снова."),
            tone=Tone.WARN,
        )
        at.session.expire_all()
        return _ask_page(at, own_case(at, case_id), notices=(fresh,))
    except (Conflict, Forbidden) as refusal:
        # What the page says beside the refusal is what came in between, such as the beginning of the hearing.
        at.session.expire_all()
        return _refused(at, own_case(at, case_id), refusal.message)
    return _done(case_id)


def _version(text: str) -> int:
    """The version that the person saw; anything that is no number is an old one."""
    return min(int(text), HIGHEST_VERSION) if re.fullmatch(r"[0-9]{1,10}", text) else 0


def _done(case_id: uuid.UUID) -> Response:
    return redirect(url_for("portal.appeal", case_id=case_id, done="withdrawn"), code=303)


def _ask_page(at: Desk, case: OwnCase, *, notices: tuple[Alert, ...] = ()) -> Response:
    due, window = case.withdrawal.due, case.withdrawal.window
    page = render_template(
        "portal/withdraw.html",
        frame=portal_frame(_("Отзыв апелляции"), notices=notices),
        case_url=url_for("portal.appeal", case_id=case.appeal.id),
        case_id=case.appeal.id,
        name=words.title_of(case.appeal.kind, at.rules.subjects[case.exam.subject_code].name),
        number=case.appeal.receipt_number,
        version=case.appeal.version,
        limit_title=""
        if due is None
        else _("Отозвать можно до %(due)s", due=formatting.portal_deadline(due, zone=at.rules.zone)),
        limit_left="" if due is None else _limit_left(at, due),
        why=None if window is None else counted(window, rules=at.rules),
        zone_note=at.rules.tenant.time_caption,
    )
    return make_response(page, 409 if notices else 200)


def _limit_left(at: Desk, due: datetime) -> str:
    return _(
        "%(left)s. Если комиссия начнёт рассматривать апелляцию раньше, отозвать её будет нельзя.",
        left=capital(formatting.time_left(due, now=at.now, zone=at.rules.zone)),
    )


def _refused(at: Desk, case: OwnCase, lead: str) -> Response:
    window = case.withdrawal.window
    page = render_template(
        "portal/refused.html",
        frame=portal_frame(_("Апелляция не отозвана")),
        lead=lead,
        limit="",
        why=None if window is None else counted(window, rules=at.rules),
        desks=(),
        case_url=url_for("portal.appeal", case_id=case.appeal.id),
    )
    return make_response(page, 409)


def _why_not(at: Desk, case: OwnCase) -> str:
    texts = {
        WithdrawalState.DESK: _(
            "Через личный кабинет отзыв не принимают. Подайте письменное заявление туда, где подавали апелляцию: "
            "%(desk)s.",
            desk=words.subject_in_title(case.withdrawal.desk or _("в школу")),
        ),
        WithdrawalState.ACCEPTED: _("Заявление об отзыве уже приняли. Рассматривать апелляцию не будут."),
        WithdrawalState.BEGUN: words.begun_text(case.withdrawal, zone=at.rules.zone),
        WithdrawalState.CLOSED: _("Дело уже закрыто, отзывать нечего."),
        WithdrawalState.NEVER: _("В регионе апелляции не отзывают."),
    }
    due = case.withdrawal.due
    over = (
        _("Срок отзыва закончился: апелляция будет рассмотрена.")
        if due is None or at.now < due
        else _(
            "Срок отзыва закончился: %(due)s. Апелляция будет рассмотрена.",
            due=formatting.portal_deadline(due, zone=at.rules.zone),
        )
    )
    return texts.get(case.withdrawal.state, over)
