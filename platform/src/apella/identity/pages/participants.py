"""Sign-in of participants for people: the form of the tenant's scheme, the code, the proof that may be asked for."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.errors import Conflict, Malformed, TooMany
from apella.identity.claims import ApplicationClaim, Claim, DocumentClaim
from apella.identity.pages.base import (
    blueprint,
    end_present_session,
    frame_of,
    next_path,
    put_session,
    refusal,
)
from apella.identity.people import normal_document
from apella.identity.proof import Proof, ProofNeeded
from apella.identity.sessions import NewSession
from apella.identity.sign_in import require_scheme, sign_in_by_code, sign_in_by_school_code
from apella.identity.sms_codes import request_code
from apella.regions.codes import SignInScheme
from apella.web.components import Alert, Tone
from apella.web.i18n import gettext as _
from apella.web.layout import PageFrame
from apella.web.requests import app_of, rules, slug, unit_of_work

PROOF_FIELDS = ("csrf_token", "ticket", "answers")


@blueprint.get("/<tenant>/sign-in")
def choose(tenant: str) -> str:
    """Ask who is signing in: a participant by the tenant's scheme, staff at their provider."""
    return _choose_page(frame_of(_("Вход")), tenant)


@blueprint.post("/<tenant>/sign-in/code")
def ask_code(tenant: str) -> Response:
    """Send a code to the phone on record; the answer is the same when nobody is registered so."""
    try:
        claim = _claim()
        pass_gate()
        work = unit_of_work()
        asked = request_code(
            work.session,
            tenant_id=rules().tenant.tenant_id,
            vaults=app_of().vaults,
            claim=claim,
            machine_now=work.machine_now,
        )
    except ProofNeeded as needed:
        return proof_page(needed)
    except (Malformed, TooMany, Conflict) as error:
        return refusal(error, _choose_page(frame_of(_("Вход"), error), tenant))
    return redirect(url_for("sign_in.show_code", tenant=tenant, request_id=asked.id, next=next_path(tenant)), code=303)


@blueprint.get("/<tenant>/sign-in/code/<uuid:request_id>")
def show_code(tenant: str, request_id: uuid.UUID) -> str:
    """Ask for the code from the message."""
    if rules().tenant.sign_in.participants is SignInScheme.APPLICATION_SMS:
        fits = _("Если фамилия и номер заявления верны, на телефон из заявления придёт сообщение в течение минуты.")
    else:
        fits = _(
            "Если документ и телефон совпадают с данными регистрации на экзамен, сообщение придёт в течение минуты."
        )
    sent = Alert(title=_("Мы отправили код"), text=f"{fits} {_('Код действует 5 минут.')}", tone=Tone.OK)
    return _code_page(frame_of(_("Код из сообщения"), notices=(sent,)), request_id, tenant)


@blueprint.post("/<tenant>/sign-in/code/<uuid:request_id>")
def enter_code(tenant: str, request_id: uuid.UUID) -> Response:
    """Try the code, in a transaction of its own: the try that a refusal counts stays when the answer is 422."""
    region = rules()
    with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
        begun = sign_in_by_code(
            work,
            tenant_id=region.tenant.tenant_id,
            slug=region.slug,
            zone=region.zone,
            vaults=app_of().vaults,
            request_id=request_id,
            code=request.form.get("code", ""),
        )
        if isinstance(begun, NewSession):
            end_present_session(work)
    if isinstance(begun, NewSession):
        return put_session(redirect(next_path(tenant), code=303), begun)
    return refusal(begun, _code_page(frame_of(_("Код из сообщения"), begun), request_id, tenant))


@blueprint.post("/<tenant>/sign-in/school-code")
def enter_school_code(tenant: str) -> Response:
    """Try a code on paper, in a transaction of its own, as `enter_code`."""
    region = rules()
    document = request.form.get("document", "")
    try:
        require_scheme(region.tenant.sign_in.participants, SignInScheme.SCHOOL_CODE)
        normal_document(document)
        pass_gate()
        with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
            begun = sign_in_by_school_code(
                work,
                tenant_id=region.tenant.tenant_id,
                slug=region.slug,
                zone=region.zone,
                vaults=app_of().vaults,
                document=document,
                code=request.form.get("code", ""),
            )
            if isinstance(begun, NewSession):
                end_present_session(work)
    except ProofNeeded as needed:
        return proof_page(needed)
    except (Malformed, Conflict) as error:
        return refusal(error, _choose_page(frame_of(_("Вход"), error), tenant))
    if isinstance(begun, NewSession):
        return put_session(redirect(next_path(tenant), code=303), begun)
    return refusal(begun, _choose_page(frame_of(_("Вход"), begun), tenant))


def pass_gate() -> None:
    """Count this sign-in by its address. Raises ProofNeeded."""
    app_of().sign_in_gate.pass_by(
        tenant_id=rules().tenant.tenant_id,
        slug=slug(),
        address=request.remote_addr or "",
        proof=Proof.typed(request.form.get("ticket", ""), request.form.get("answers", "")),
    )


def proof_page(needed: ProofNeeded) -> Response:
    """Ask for the proof; what was typed goes along in hidden fields, so that nobody types it again."""
    typed = {name: value for name, value in request.form.items() if name not in PROOF_FIELDS}
    page = render_template(
        "signin/proof.html",
        frame=frame_of(_("Проверка перед входом")),
        message=needed.message,
        challenge=needed.challenge,
        action=request.path,
        typed={**typed, "ticket": needed.challenge.ticket, "answers": ""},
    )
    answer = refusal(needed, page)
    answer.headers["Retry-After"] = str(needed.retry_after)
    return answer


def _claim() -> Claim:
    form, scheme = request.form, rules().tenant.sign_in.participants
    require_scheme(scheme, SignInScheme.DOCUMENT_SMS, SignInScheme.APPLICATION_SMS)
    if scheme is SignInScheme.APPLICATION_SMS:
        return ApplicationClaim.read(surname=form.get("surname", ""), application=form.get("application", ""))
    return DocumentClaim.read(document=form.get("document", ""), phone=form.get("phone", ""))


def _choose_page(frame: PageFrame, tenant: str) -> str:
    return render_template(
        "signin/choose.html",
        frame=frame,
        slug=tenant,
        scheme=str(rules().tenant.sign_in.participants),
        next_path=next_path(tenant),
        typed=request.form,
    )


def _code_page(frame: PageFrame, request_id: uuid.UUID, tenant: str) -> str:
    return render_template(
        "signin/code.html", frame=frame, slug=tenant, request_id=request_id, next_path=next_path(tenant)
    )
