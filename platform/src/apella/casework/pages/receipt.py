"""The receipt of a paper that was taken in: its number, what comes next, the form to print and sign."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, url_for

from apella.appeals.route import channel_of
from apella.casework import reading
from apella.casework.pages import labels
from apella.casework.pages.case import document_lines
from apella.casework.pages.course import offer
from apella.casework.pages.frame import console_frame, full_name, staff_desk
from apella.casework.pages.steps import steps
from apella.casework.timeline import case_file
from apella.regions.codes import ChannelCode
from apella.web import formatting
from apella.web.components import Alert, SummaryRow, Tone
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb

blueprint = Blueprint("console_receipt", __name__)


@blueprint.get("/<tenant>/file/receipt/<uuid:case_id>")
def show(tenant: str, case_id: uuid.UUID) -> str:
    """Show what was taken in and what comes next."""
    at = staff_desk()
    appeal = reading.case_to_read(at, case_id)
    file = case_file(at, appeal)
    found = offer(at, file, steps(at.rules.bodies))
    subject = at.rules.subjects[file.exam.subject_code]
    door = channel_of(at, appeal)
    where = labels.CHANNELS[ChannelCode(appeal.channel)]
    rows = [
        SummaryRow(name=_("Участник"), value=full_name(file.person)),
        SummaryRow(name=_("Экзамен"), value=f"{subject.name}, {formatting.day(file.exam.exam_date)}"),
        SummaryRow(name=_("Апелляция"), value=labels.KINDS[appeal.kind]),
        SummaryRow(name=_("Принята"), value=f"{formatting.moment(appeal.filed_at, zone=at.rules.zone)}, {where}"),
    ]
    if appeal.journal_number is not None:
        rows.append(SummaryRow(name=_("Номер в журнале"), value=appeal.journal_number))
    notice = Alert(
        title=_("Апелляция принята, номер %(number)s", number=appeal.receipt_number),
        text=_("Назовите номер участнику: по нему апелляцию находят.")
        if not appeal.filed_late
        else _("Подана после срока: секретарь откажет в рассмотрении или председатель допустит её."),
        tone=Tone.WARN if appeal.filed_late else Tone.OK,
    )
    return render_template(
        "casework/file_receipt.html",
        frame=console_frame(
            _("Апелляция принята"),
            section="file",
            crumbs=(
                Crumb(label=_("Принять апелляцию"), url=url_for("console_filing.choose", tenant=tenant)),
                Crumb(label=appeal.receipt_number),
            ),
            notices=(notice,),
        ),
        rows=rows,
        next=found.step,
        documents=document_lines(at, file),
        copies=door.copies,
        certified_by="" if door.certification is None else door.certification.post,
        here=url_for(".show", tenant=tenant, case_id=case_id),
        case_url=url_for("console_case.show", tenant=tenant, case_id=case_id),
        another_url=url_for("console_filing.choose", tenant=tenant),
    )
