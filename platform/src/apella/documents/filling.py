"""From a case to the data of its forms. Every value is finished here: a form's template only sets type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, AppealTransition, HearingMode
from apella.appeals.states import Action, AppealKind, Attendance
from apella.commissions.model import ErrorKind
from apella.documents import forms, parts
from apella.documents.forms import FormCode, FormData
from apella.documents.sheet import Sheet, short_name
from apella.identity.model import Person
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.materials.model import KitItem
from apella.materials.service import kit_of
from apella.registry.repository import result_in_force
from apella.registry.work_file_names import material_name

_PARTS = {"A": "бланк ответов № 1", "B": "бланк ответов № 1", "C": "бланк ответов № 2", "D": "устная часть"}
_ABOUT = {
    AppealKind.SCORE: "о несогласии с выставленными баллами",
    AppealKind.PROCEDURE: "о нарушении установленного порядка проведения ГИА",
}
_MODES = {
    HearingMode.ON_SITE: "очно",
    HearingMode.REMOTE: "дистанционно, по видеосвязи",
}


def fill(desk: Desk, appeal: Appeal, form: FormCode) -> FormData:
    """Give the data of a form of this case. Raises KeyError for a form that has no filling."""
    return _FILLINGS[form](Sheet(desk, appeal))


def _appeal_form(sheet: Sheet) -> FormData:
    appeal, desk = sheet.appeal, sheet.desk
    result = result_in_force(desk.session, appeal.work_id)
    channel = desk.rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    accepted_by = None
    if appeal.accepted_by is not None and appeal.accepted_at is not None:
        clerk = desk.session.get_one(Person, (appeal.tenant_id, appeal.accepted_by))
        accepted_by = parts.Signature(name=short_name(clerk), signed_on=sheet.day(appeal.accepted_at))
    marks = {
        parts.Presence.PRESENT: appeal.attends_participant,
        parts.Presence.REPRESENTED: not appeal.attends_participant and (appeal.attends_parent or appeal.attends_proxy),
        parts.Presence.WITHOUT: appeal.hearing_mode is HearingMode.IN_ABSENCE,
    }
    chosen = next(presence for presence, marked in marks.items() if marked)
    return forms.AppealForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        school=sheet.school,
        exam_point=sheet.exam_point,
        appellant=sheet.appellant,
        document=sheet.document,
        phone=sheet.phone,
        email=sheet.email,
        scores="" if result is None else f"первичный {result.primary_score}, тестовый {result.test_score}",
        disputed=tuple(_position_name(sheet, code) for code in appeal.disputed),
        materials_confirmed=_confirmed(appeal.forms_confirmed),
        presence=parts.presence_choices(chosen),
        hearing_mode=tuple(
            parts.Choice(text=text, chosen=mode is appeal.hearing_mode) for mode, text in _MODES.items()
        ),
        signature=parts.Signature(
            name=short_name(sheet.filer),
            signed_on=sheet.day(appeal.filed_at),
            mark="подано в личном кабинете" if channel is not None and channel.self_service else "",
        ),
        filed_at=sheet.local(appeal.filed_at),
        accepted_by=accepted_by,
        receipt_number=appeal.receipt_number,
        journal_number=appeal.journal_number or "",
        decide_by=sheet.limit("score.consideration"),
        copies=max(1, 1 if channel is None else channel.copies),
        teaching=sheet.season.demo,
    )


def _protocol(sheet: Sheet) -> FormData:
    appeal, desk = sheet.appeal, sheet.desk
    came = appeal.attendance in (Attendance.PRESENT, Attendance.REPRESENTED)
    kinds = {line.error_kind for line in sheet.lines}
    confirmation = sheet.confirmed_by_appellant("materials_mine")
    return forms.HearingProtocolForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        filed_on=sheet.day(appeal.filed_at),
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        heard_on=sheet.heard_on,
        school=sheet.school,
        appellant=sheet.appellant,
        document=sheet.document,
        attendance=parts.attendance_choices(attended=came),
        attended_by=sheet.attended_by,
        materials=_materials(sheet),
        materials_confirmation=confirmation[0] if confirmation else None,
        recognition_matches=ErrorKind.TECHNICAL not in kinds,
        decision=sheet.verdict,
        technical_errors=ErrorKind.TECHNICAL in kinds,
        scoring_errors=ErrorKind.SCORING in kinds,
        changes=_changed_parts(sheet),
        kege=desk.rules.subjects[sheet.exam.subject_code].kege,
        sent_to_data_centre=sheet.limit("protocol.handover"),
        commission_signatures=sheet.commission_signatures(),
        invited_signatures=sheet.expert_signature(),
        teaching=sheet.season.demo,
    )


def _annex(sheet: Sheet) -> FormData:
    return forms.AnswerForm2ChangesForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=sheet.appeal.journal_seq,
        journal_number=sheet.appeal.journal_number or "",
        heard_on=sheet.heard_on,
        appellant=sheet.appellant,
        document=sheet.document,
        scoring=tuple(
            parts.ScoreChange(
                position=line.position,
                task=sheet.marks[str(line.task_type), line.position].task,
                criterion=line.criterion or "",
                was=line.was,
                becomes=line.becomes,
                argument=line.reason,
            )
            for line in sheet.lines
            if str(line.task_type) == "C" and line.error_kind is ErrorKind.SCORING
        ),
        technical=tuple(
            parts.TechnicalChange(
                position=line.position,
                task=sheet.marks[str(line.task_type), line.position].task,
                was=str(line.was),
                becomes=str(line.becomes),
                note=line.reason,
            )
            for line in sheet.lines
            if str(line.task_type) == "C" and line.error_kind is ErrorKind.TECHNICAL
        ),
        experts=sheet.expert_signature(),
        confirmations=sheet.signed_by_appellant(FormCode.ANSWER_FORM_2_CHANGES),
        teaching=sheet.season.demo,
    )


def _result_notice(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    return forms.ResultNoticeForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        exam_date=sheet.exam.exam_date,
        appellant=sheet.appellant,
        filed_on=sheet.day(appeal.filed_at),
        heard_on=sheet.heard_on,
        decision=sheet.verdict,
        reason="" if sheet.decision is None else sheet.decision.reason,
        changes=tuple(
            parts.NoticeChange(
                part=_PARTS[str(line.task_type)],
                task=sheet.marks[str(line.task_type), line.position].task,
                criterion=line.criterion or "",
                was=line.was,
                becomes=line.becomes,
            )
            for line in sheet.lines
        ),
        confirmations=sheet.signed_by_appellant(FormCode.RESULT_NOTICE),
        commission_signatures=sheet.commission_signatures(),
        issued_on=sheet.heard_on,
        teaching=sheet.season.demo,
    )


def _procedure_appeal(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    accepted_by = parts.Signature()
    if appeal.accepted_by is not None and appeal.accepted_at is not None:
        member = sheet.desk.session.get_one(Person, (appeal.tenant_id, appeal.accepted_by))
        accepted_by = parts.Signature(name=short_name(member), signed_on=sheet.day(appeal.accepted_at))
    return forms.ProcedureAppealForm(
        commission=sheet.commission,
        region=sheet.region,
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        appellant=sheet.appellant,
        document=sheet.document,
        phone=sheet.phone,
        statement=appeal.statement or "",
        signature=parts.Signature(name=short_name(sheet.person), signed_on=sheet.day(appeal.filed_at)),
        filed_at=sheet.local(appeal.filed_at),
        accepted_by=accepted_by,
        journal_number=appeal.journal_number or "",
        decide_by=sheet.limit("procedure.consideration"),
        teaching=sheet.season.demo,
    )


def _procedure_protocol(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    return forms.ProcedureProtocolForm(
        commission=sheet.commission,
        region=sheet.region,
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        appellant=sheet.appellant,
        filed_at=sheet.local(appeal.filed_at),
        facts=appeal.statement or "",
        conclusion=appeal.check_conclusion or "",
        heard_on=sheet.heard_on,
        decision=sheet.verdict,
        commission_signatures=sheet.commission_signatures(),
        teaching=sheet.season.demo,
    )


def _withdrawal(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    move = sheet.desk.session.scalars(
        select(AppealTransition).where(
            AppealTransition.case_id == appeal.id, AppealTransition.action == Action.WITHDRAW
        )
    ).one()
    signer = sheet.desk.session.get_one(Person, (appeal.tenant_id, move.actor_id))
    return forms.WithdrawalForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        appellant=sheet.appellant,
        document=sheet.document,
        about=_ABOUT[appeal.kind],
        filed_at=sheet.local(appeal.filed_at),
        receipt_number=appeal.receipt_number,
        journal_number=appeal.journal_number or "",
        submitted_at=sheet.local(move.case_at),
        submitted_by="" if move.role is None else ROLE_NAMES[Role(move.role)],
        login=signer.login,
        signature=parts.Signature(
            name=short_name(signer), signed_on=sheet.day(move.case_at), mark="подано в личном кабинете"
        ),
        teaching=sheet.season.demo,
    )


_FILLINGS: Mapping[FormCode, Callable[[Sheet], FormData]] = {
    FormCode.APPEAL: _appeal_form,
    FormCode.HEARING_PROTOCOL: _protocol,
    FormCode.ANSWER_FORM_2_CHANGES: _annex,
    FormCode.RESULT_NOTICE: _result_notice,
    FormCode.PROCEDURE_APPEAL: _procedure_appeal,
    FormCode.PROCEDURE_PROTOCOL: _procedure_protocol,
    FormCode.WITHDRAWAL: _withdrawal,
}


def _confirmed(answer: bool | None) -> str:
    if answer is None:
        return ""
    return "бланки признаны своими" if answer else "бланки не признаны своими"


def _position_name(sheet: Sheet, code: str) -> str:
    mark = sheet.marks.get((code[0], int(code[1:])))
    if mark is None:
        return code
    return f"задание {mark.task}" if mark.criterion is None else f"задание {mark.task}, {mark.criterion}"


def _changed_parts(sheet: Sheet) -> tuple[parts.ChangeCount, ...]:
    counts: dict[str, int] = {}
    for line in sheet.lines:
        part = _PARTS[str(line.task_type)]
        counts[part] = counts.get(part, 0) + 1
    return tuple(parts.ChangeCount(part=part, tasks=tasks) for part, tasks in counts.items())


def _materials(sheet: Sheet) -> tuple[parts.Material, ...]:
    kit = kit_of(sheet.desk, sheet.appeal)
    if kit is None:
        return ()
    counts: dict[str, int] = {}
    for item in sheet.desk.session.scalars(select(KitItem).where(KitItem.kit_id == kit.id).order_by(KitItem.kind)):
        counts[item.kind] = counts.get(item.kind, 0) + (item.file_id is not None)
    return tuple(
        parts.Material(name=material_name(kind).capitalize(), image_sheets=sheets or None)
        for kind, sheets in counts.items()
    )
