"""Made-up people and cases for every form, and a reader of the PDF that comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pytest

from apella.documents.forms import (
    AnswerForm2ChangesForm,
    AppealForm,
    FormCode,
    FormData,
    HearingProtocolForm,
    ProcedureAppealForm,
    ProcedureProtocolForm,
    ResultNoticeForm,
    WithdrawalForm,
)
from apella.documents.parts import (
    UNSIGNED,
    ChangeCount,
    Checker,
    Choice,
    CodedName,
    CommissionName,
    Confirmation,
    Decision,
    IdentityDocument,
    Material,
    NoticeChange,
    Person,
    Presence,
    Representative,
    ScoreChange,
    Signature,
    TechnicalChange,
    attendance_choices,
    presence_choices,
)
from apella.documents.render import render

ZONE = ZoneInfo("Asia/Yekaterinburg")
MADE_AT = datetime(2026, 6, 24, 9, 30, tzinfo=UTC)

COMMISSION = CommissionName(
    nominative="Апелляционная комиссия Северной области",
    accusative="Апелляционную комиссию Северной области по рассмотрению апелляций участников экзаменов",
    short_genitive="апелляционной комиссии",
    short_prepositional="апелляционной комиссии",
)
REGION = CodedName(code="98", name="Северная область")
SUBJECT = CodedName(code="02", name="Математика (профильная)")
SCHOOL = CodedName(
    code="098412",
    name="МКОУ «Средняя общеобразовательная школа № 4 имени Героя Советского Союза П. П. Примерова» г. Северска",
)
POINT = CodedName(code="0112", name="МБОУ «Лицей № 2» г. Северска")
PERSON = Person(surname="Краснопольская-Верещагина", given_name="Александра", patronymic="Константиновна")
DOCUMENT = IdentityDocument(series="9812", number="345678")
MARK = "подтверждено кодом из СМС 24.06.2026, 11:42"
CHAIR = Signature(position="Председатель комиссии", name="А. Б. Тестов", signed_on=date(2026, 6, 24))
MEMBERS = (
    CHAIR,
    Signature(position="Член комиссии", name="М. Х. Образцова"),
    Signature(position="Член комиссии", name="К. С. Примеров-Благовещенский"),
    Signature(position="Ответственный секретарь", name="Л. З. Ладная"),
)
ACQUAINTED = Confirmation(text="С решением ознакомлена", signature=Signature(name="А. К. Краснопольская-Верещагина"))
ARGUMENT = (
    "Ход решения верен, обоснование приведено на второй странице бланка; вычислительная ошибка допущена после "
    "того, как получен ответ, и по критерию не наказывается."
)

MINIMAL: dict[FormCode, FormData] = {
    FormCode.APPEAL: AppealForm(commission=COMMISSION, region=REGION, accepted_by=UNSIGNED, copies=2),
    FormCode.HEARING_PROTOCOL: HearingProtocolForm(commission=COMMISSION, region=REGION),
    FormCode.ANSWER_FORM_2_CHANGES: AnswerForm2ChangesForm(commission=COMMISSION, region=REGION),
    FormCode.RESULT_NOTICE: ResultNoticeForm(commission=COMMISSION, region=REGION),
    FormCode.PROCEDURE_APPEAL: ProcedureAppealForm(commission=COMMISSION, region=REGION),
    FormCode.PROCEDURE_PROTOCOL: ProcedureProtocolForm(commission=COMMISSION, region=REGION),
    FormCode.WITHDRAWAL: WithdrawalForm(commission=COMMISSION, region=REGION),
}

MAXIMAL: dict[FormCode, FormData] = {
    FormCode.APPEAL: AppealForm(
        commission=COMMISSION,
        region=REGION,
        subject=SUBJECT,
        exam_date=date(2026, 6, 8),
        school=SCHOOL,
        exam_point=POINT,
        appellant=PERSON,
        document=IdentityDocument(kind="Свидетельство о временном убежище", series="ВУ", number="0001234567"),
        phone="+7 900 000-12-34",
        email="aleksandra.krasnopolskaya-vereschagina@example.ru",
        representative=Representative(
            role="законный представитель",
            name="Краснопольская-Верещагина Елена Владимировна",
            document=IdentityDocument(kind="паспорт", series="9805", number="112233"),
            authority="свидетельство о рождении II-ФЯ № 712345",
        ),
        scores="первичный 18, тестовый 72",
        disputed=tuple(f"задание {13 + n // 4}, К{n % 4 + 1}" for n in range(26)),
        grounds=f"{ARGUMENT}\n\n{ARGUMENT}",
        materials_confirmed="подтверждены в личном кабинете 18.06.2026",
        presence=presence_choices(Presence.REPRESENTED),
        hearing_mode=(Choice(text="дистанционно"), Choice(text="очно", chosen=True)),
        signature=Signature(name="Е. В. Краснопольская-Верещагина", signed_on=date(2026, 6, 19), mark=MARK),
        filed_at=datetime(2026, 6, 19, 16, 20, tzinfo=ZONE),
        accepted_by=Signature(
            position="заместитель директора по учебно-воспитательной работе", name="М. Х. Константинопольская"
        ),
        receipt_number="Р-98-2026-000418",
        journal_number="98-2026-000124",
        decide_by=date(2026, 6, 26),
        copies=2,
        teaching=True,
    ),
    FormCode.HEARING_PROTOCOL: HearingProtocolForm(
        commission=COMMISSION,
        region=REGION,
        subject=SUBJECT,
        sequence=124,
        journal_number="98-2026-000124",
        filed_on=date(2026, 6, 19),
        exam_point=POINT,
        room="0014",
        heard_on=date(2026, 6, 24),
        school=SCHOOL,
        appellant=PERSON,
        document=DOCUMENT,
        attendance=attendance_choices(attended=True),
        attended_by=("апеллянт", "законный представитель Краснопольская-Верещагина Елена Владимировна"),
        materials=(
            Material(name="Бланк регистрации", image_sheets=1, recognition_sheets=1),
            Material(name="Дополнительный бланк ответов № 2", image_sheets=3),
        ),
        materials_confirmation=Confirmation(
            text="Предъявленные мне апелляционные материалы являются моими",
            signature=Signature(name="А. К. Краснопольская-Верещагина", signed_on=date(2026, 6, 24), mark=MARK),
        ),
        recognition_matches=False,
        recognition_note="задание 12: на бланке «47», распознано «41»",
        decision=Decision.SATISFIED,
        technical_errors=True,
        scoring_errors=True,
        changes=(
            ChangeCount(part="Бланк ответов № 1", tasks=1),
            ChangeCount(part="Бланк ответов № 2", tasks=2),
        ),
        sent_to_data_centre=date(2026, 6, 25),
        sent_to_federal_centre=date(2026, 6, 26),
        commission_signatures=MEMBERS,
        invited_signatures=(Signature(position="Ведущий эксперт", name="Е. Н. Выдуманная"),),
        confirmations=(ACQUAINTED,),
        teaching=True,
    ),
    FormCode.ANSWER_FORM_2_CHANGES: AnswerForm2ChangesForm(
        commission=COMMISSION,
        region=REGION,
        subject=SUBJECT,
        sequence=999999,
        journal_number="98-2026-000124",
        heard_on=date(2026, 6, 24),
        appellant=PERSON,
        document=DOCUMENT,
        scoring=tuple(
            ScoreChange(
                position=n,
                task=str(13 + n // 4),
                criterion=f"К{n % 4 + 1}",
                was=n % 3,
                becomes=n % 4,
                argument=ARGUMENT,
            )
            for n in range(1, 27)
        ),
        technical=(TechnicalChange(position=12, task="12", was="1234567890" * 10, becomes="47", note="сверено"),),
        experts=(Signature(position="Ведущий эксперт по математике", name="Е. Н. Выдуманная"),) * 2,
        data_centre=Signature(position="Специалист РЦОИ", name="И. И. Вымышленный"),
        confirmations=(ACQUAINTED,),
        teaching=True,
    ),
    FormCode.RESULT_NOTICE: ResultNoticeForm(
        commission=COMMISSION,
        region=REGION,
        subject=SUBJECT,
        sequence=124,
        journal_number="98-2026-000124",
        exam_date=date(2026, 6, 8),
        appellant=PERSON,
        filed_on=date(2026, 6, 19),
        heard_on=date(2026, 6, 24),
        decision=Decision.SATISFIED,
        reason=ARGUMENT,
        changes=tuple(
            NoticeChange(part="Бланк ответов № 2", task=str(13 + n // 4), criterion=f"К{n % 4 + 1}", was=0, becomes=1)
            for n in range(26)
        ),
        recalculation_due=date(2026, 7, 3),
        confirmations=(ACQUAINTED,),
        commission_signatures=(CHAIR,),
        issued_on=date(2026, 6, 24),
        teaching=True,
    ),
    FormCode.PROCEDURE_APPEAL: ProcedureAppealForm(
        commission=COMMISSION,
        region=REGION,
        municipality_code="021",
        exam_point=POINT,
        room="0014",
        subject=SUBJECT,
        exam_date=date(2026, 6, 8),
        appellant=PERSON,
        document=DOCUMENT,
        phone="+7 900 000-12-34",
        statement="\n\n".join(["В 11:20 погас свет, 25 минут не добавили. " * 12] * 8),
        signature=Signature(name="А. К. Краснопольская-Верещагина", signed_on=date(2026, 6, 8)),
        filed_at=datetime(2026, 6, 8, 14, 5, tzinfo=ZONE),
        accepted_by=Signature(position="Член ГЭК", name="С. В. Назначенный", signed_on=date(2026, 6, 8)),
        journal_number="98-2026-П00002",
        decide_by=date(2026, 6, 10),
        teaching=True,
    ),
    FormCode.PROCEDURE_PROTOCOL: ProcedureProtocolForm(
        commission=COMMISSION,
        region=REGION,
        municipality_code="021",
        exam_point=POINT,
        room="0014",
        subject=SUBJECT,
        exam_date=date(2026, 6, 8),
        sequence=2,
        journal_number="98-2026-П00002",
        appellant=PERSON,
        filed_at=datetime(2026, 6, 8, 14, 5, tzinfo=ZONE),
        facts="потеря 25 минут из-за отключения света",
        checkers=tuple(Checker(role="организатор вне аудитории", name=f"Проверяева {n}-я") for n in range(26)),
        conclusion="Отключение света подтверждено записью видеонаблюдения. " * 20,
        concluded_by=Signature(position="Член ГЭК", name="С. В. Назначенный", signed_on=date(2026, 6, 8)),
        heard_on=date(2026, 6, 10),
        decision=Decision.SATISFIED,
        commission_signatures=MEMBERS,
        confirmations=(ACQUAINTED,),
        teaching=True,
    ),
    FormCode.WITHDRAWAL: WithdrawalForm(
        commission=COMMISSION,
        region=REGION,
        subject=SUBJECT,
        exam_date=date(2026, 6, 8),
        appellant=PERSON,
        document=IdentityDocument(kind="Свидетельство о временном убежище", series="ВУ", number="0001234567"),
        about="о нарушении установленного порядка проведения ГИА",
        filed_at=datetime(2026, 6, 19, 16, 20, tzinfo=ZONE),
        receipt_number="Р-98-2026-000418",
        journal_number="98-2026-000124",
        submitted_at=datetime(2026, 6, 20, 9, 5, tzinfo=ZONE),
        submitted_by="родитель (законный представитель)",
        login="00000418",
        signature=Signature(
            name="Е. В. Краснопольская-Верещагина", signed_on=date(2026, 6, 20), mark="подано в личном кабинете"
        ),
        teaching=True,
    ),
}


@dataclass(frozen=True)
class Printed:
    """A rendered form as its reader sees it: `pages` hold the drawn text with every run of spaces made one."""

    raw: bytes
    pdf: pikepdf.Pdf
    pages: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.pages)

    @property
    def spoken(self) -> list[str]:
        """The alternative texts of the boxes, in reading order."""
        return [str(element["/Alt"]) for element in self.elements() if "/Alt" in element]

    @property
    def tags(self) -> list[str]:
        return [str(element["/S"]) for element in self.elements()]

    def elements(self) -> Iterator[pikepdf.Dictionary]:
        yield from _elements(self.pdf.Root.StructTreeRoot["/K"])


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            if isinstance(child, pikepdf.Object):
                yield from _elements(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            kids = node["/K"]
            if isinstance(kids, pikepdf.Object):
                yield from _elements(kids)


def _page_text(page: pikepdf.Page) -> str:
    maps: dict[str, dict[str, str]] = {}
    pieces: list[str] = []
    glyphs: dict[str, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator == "Tf":
            name = str(instruction.operands[0])
            if name not in maps:
                maps[name] = _unicode_map(page.obj["/Resources"]["/Font"][name])
            glyphs = maps[name]
        elif operator in {"Tj", "TJ"}:
            shown = instruction.operands[0]
            for part in shown if operator == "TJ" else [shown]:
                if isinstance(part, pikepdf.String):
                    code = bytes(part).hex()
                    pieces.append("".join(glyphs[code[at : at + 4]] for at in range(0, len(code), 4)))
        elif operator == "ET":
            pieces.append(" ")
    return re.sub(r"[ \xa0\n]+", " ", "".join(pieces).replace("\N{ZERO WIDTH SPACE}", ""))


def _unicode_map(font: pikepdf.Object) -> dict[str, str]:
    table: dict[str, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", font["/ToUnicode"].read_bytes(), re.DOTALL):
        for code, text in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            table[code.decode().lower()] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return table


@pytest.fixture(scope="session")
def made_at() -> datetime:
    return MADE_AT


@pytest.fixture(scope="session")
def minimal() -> dict[FormCode, FormData]:
    """Every form with nothing filled in."""
    return MINIMAL


@pytest.fixture(scope="session")
def maximal() -> dict[FormCode, FormData]:
    """Every form with long names and many rows."""
    return MAXIMAL


@pytest.fixture(scope="session")
def printed() -> Callable[..., Printed]:
    """Render a form and read it."""

    @cache
    def make(data: FormData, *, overrides: Path | None = None, journal: str = "") -> Printed:
        raw = render(data.form, data, timestamp=MADE_AT, overrides=overrides, journal=journal)
        pdf = pikepdf.open(BytesIO(raw))
        return Printed(raw, pdf, tuple(_page_text(page) for page in pdf.pages))

    return make
