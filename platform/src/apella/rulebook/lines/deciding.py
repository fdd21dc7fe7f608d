"""What is decided and drawn up («Решение и документы»), where it goes («Обмен»), what is kept («Хранение»)."""

from __future__ import annotations

from collections.abc import Iterator

from apella.regions.rules import RegionRules
from apella.regions.values.decisions import ExchangeStep
from apella.rulebook.lines.entry import SILENT, Entry, Names
from apella.rulebook.lines.terms import TERM_ROWS
from apella.rulebook.lines.words import OUTCOMES, listed, roles, sentence, yes

_POLICIES = {
    "score": ("Решения об апелляции о баллах", (77,)),
    "kege": ("Решения по компьютерному экзамену", (70,)),
    "procedure": ("Решения о нарушении Порядка", (77,)),
}
_TIES = {"chair": "решает голос председателя", "rejected": "апелляция отклонена"}


def deciding(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """The commission, its votes, decisions, approval, forms."""
    yield from _commission(rules, names)
    yield from _decisions(rules, names)
    yield from _forms(rules)
    yield from _papers(rules)


def _commission(rules: RegionRules, names: Names) -> Iterator[Entry]:
    commission = rules.commission
    yield Entry(
        key="commission.composition",
        title="Состав комиссии",
        value=sentence(
            roles(commission.composition.roles),
            f"утверждает {names.of(commission.composition.approved_by)}",
            "каждый до начала работы заявляет, что у него нет конфликта интересов"
            if commission.composition.statement
            else "",
        ),
        clauses=commission.composition.clauses,
        rows=(72, 73),
    )
    yield Entry(
        key="commission.incompatibility",
        title="Кто не может быть членом",
        value=sentence(
            "кто организовал или проводил этот экзамен",
            "кто проверял эту работу",
            roles(commission.incompatibility.roles, empty=""),
            "у кого конфликт интересов, и через близких тоже" if commission.composition.relatives else "",
        ),
        clauses=tuple(dict.fromkeys((*commission.incompatibility.clauses, *commission.composition.clauses))),
        rows=(73,),
    )
    yield Entry(
        key="commission.conflict",
        title="Конфликт интересов по делу",
        value=sentence(
            "о нём сообщает сам человек или комиссия",
            "в деле он не участвует и в кворум не входит",
            "дело ему не показывают" if commission.conflict.reading == "closed" else "читать дело он может",
        ),
        clauses=commission.conflict.clauses,
        rows=(73,),
    )
    agreed = commission.chair.agreed_with
    yield Entry(
        key="commission.chair",
        title="Согласование председателя",
        value=names.of(agreed) if agreed else "не требуется",
        clauses=commission.chair.clauses,
        rows=(74,),
    )
    yield Entry(
        key="commission.substitution",
        title="Кто заменяет",
        value=sentence(
            f"председателя – {roles(commission.substitution.chair)}",
            f"секретаря – {roles(commission.substitution.secretary)}",
            f"решение принимает {roles(commission.substitution.decided_by)}",
        ),
        clauses=commission.substitution.clauses,
        rows=(74,),
    )
    votes = commission.votes
    yield Entry(
        key="commission.quorum",
        title="Кворум",
        value=f"{votes.quorum_numerator}/{votes.quorum_denominator} состава",
        clauses=votes.clauses,
        rows=(75,),
    )
    yield Entry(
        key="commission.votes",
        title="Голосование",
        value=sentence(
            "большинство присутствующих",
            f"поровну – {_TIES[votes.tie]}",
            "открытое" if votes.open else "тайное",
        ),
        clauses=votes.clauses,
        rows=(76,),
    )
    yield Entry(
        key="commission.life",
        title="Сколько действует комиссия",
        value=commission.life.until if commission.life else SILENT,
        clauses=commission.life.clauses if commission.life else (),
        rows=(99,),
    )


def _decisions(rules: RegionRules, names: Names) -> Iterator[Entry]:
    decisions = rules.decisions
    for code, policy in decisions.policy.items():
        title, rows = _POLICIES[code]
        yield Entry(
            key=f"decisions.policy.{code}",
            title=title,
            value=sentence(
                listed(policy.outcomes, OUTCOMES),
                f"отклонить: {policy.rejected_if}",
                f"удовлетворить: {policy.satisfied_if}",
            ),
            clauses=policy.clauses,
            rows=rows,
        )
    short = decisions.short_answers
    yield Entry(
        key="decisions.short_answers",
        title="Краткие ответы",
        value=sentence(
            f"ошибку распознавания исправляют: {yes(short.recognition_corrected)}",
            "ключ не обсуждают",
            "ответ с недопустимыми символами не исправляют" if short.permitted_symbols_only else "",
        ),
        clauses=short.clauses,
        rows=(78,),
    )
    approval = decisions.approval
    yield Entry(
        key="decisions.approval",
        title="Утверждение изменённого результата",
        value=sentence(
            f"представляет {names.all(approval.submitted_by)}",
            f"результат ГВЭ – {names.all(approval.gve_submitted_by)}"
            if approval.gve_submitted_by != approval.submitted_by
            else "",
            f"утверждает {names.of('exam_commission')}"
            if approval.approved_by == "exam_commission"
            else f"утверждает председатель {names.of('exam_commission')}",
        ),
        clauses=approval.clauses,
        rows=(90,),
    )
    gve = decisions.recalculation.gve_by
    yield Entry(
        key="decisions.recalculation",
        title="Кто пересчитывает результат ГВЭ",
        value=names.of(gve) if gve else "как и результат ЕГЭ",
        clauses=decisions.recalculation.clauses,
        rows=(92,),
    )
    yield Entry(
        key="tenant.results",
        title="Где смотреть изменённый результат",
        value=", ".join(rules.tenant.links.results),
        clauses=rules.tenant.links.clauses,
        rows=(93,),
    )


def _forms(rules: RegionRules) -> Iterator[Entry]:
    forms = rules.forms
    protocol = forms.protocol

    def labels(*codes: str) -> str:
        return ", ".join(forms.form[code].label for code in codes) or "нет"

    yield Entry(
        key="forms.protocol",
        title="Протокол и приложения",
        value=sentence(
            f"о баллах {labels(protocol.score)}",
            f"о нарушении Порядка {labels(protocol.procedure)}",
            f"приложения {labels(protocol.annex_b, protocol.annex_c, protocol.annex_d)}",
            f"КЕГЭ: {labels(*protocol.kege_annexes, *protocol.kege_satisfied)}",
            f"уведомление {labels(protocol.notice)}",
        ),
        clauses=protocol.clauses,
        rows=(79, 80),
    )
    yield Entry(
        key="forms.result_notice",
        title="Когда составляют уведомление о результатах",
        value="всегда" if forms.result_notice.policy == "always" else "когда апелляция удовлетворена",
        clauses=forms.result_notice.clauses,
        rows=(81,),
    )
    signed = forms.signed
    yield Entry(
        key="forms.signed",
        title="Что подписывает присутствующий апеллянт после решения",
        value=sentence(
            f"отклонена – {labels(*signed.rejected)}",
            f"краткие ответы – {labels(*signed.b)}",
            f"развёрнутые – {labels(*signed.c)}",
            f"устные – {labels(*signed.d)}",
            f"КЕГЭ – {labels(*signed.kege)}",
        ),
        clauses=signed.clauses,
        rows=(80, 82),
    )
    for code, wording in forms.wording.items():
        yield Entry(
            key=f"forms.wording.{code}",
            title="Точная запись в форме",
            value=f"«{wording.text}»",
            clauses=wording.clauses,
            rows=(63,) if code == "materials_mine" else (80,),
        )
    of_one_subject = {channel.kege_form for channel in rules.channels}
    for code, form in forms.form.items():
        yield Entry(
            key=f"forms.form.{code}",
            title=f"Форма {form.label}",
            value=sentence(form.title, "макет платформы" if form.own_layout else ""),
            clauses=form.clauses,
            rows=(80, 98) if code in of_one_subject else (80,),
        )


def _papers(rules: RegionRules) -> Iterator[Entry]:
    records = rules.records
    yield Entry(
        key="records.minutes",
        title="Протокол заседания",
        value=records.minutes.contents if records.minutes else SILENT,
        clauses=records.minutes.clauses if records.minutes else (),
        rows=(79,),
    )
    extracts = records.extracts
    yield Entry(
        key="records.extracts",
        title="Выписки из протокола заседания",
        value=f"разрешает {roles(extracts.allowed_by)}; подписывает {roles(extracts.signed_by)}"
        if extracts
        else SILENT,
        clauses=extracts.clauses if extracts else (),
        rows=(79,),
    )


def exchanging(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """Every hand-over, and what may stop a recalculation."""
    for code, step in rules.exchange.step.items():
        yield Entry(
            key=f"exchange.{code}",
            title=step.what,
            value=sentence(
                f"{names.of(step.sender)} → {names.of(step.receiver)}",
                f"срок: {rules.terms[step.term].title.lower()}" if step.term else "",
            ),
            clauses=step.clauses,
            rows=_exchange_rows(step),
        )
    suspension = rules.exchange.suspension
    yield Entry(
        key="exchange.suspension",
        title="Кто и до чего приостанавливает пересчёт",
        value=sentence(f"{names.of(suspension.by)}, {suspension.until}", f"дело продолжают {suspension.resumed}")
        if suspension
        else SILENT,
        clauses=suspension.clauses if suspension else (),
        rows=(91,),
    )


def _exchange_rows(step: ExchangeStep) -> tuple[int, ...]:
    ends = (step.sender, step.receiver)
    if step.term is not None and step.term in TERM_ROWS:
        return TERM_ROWS[step.term]
    if "subject_commission" in ends:
        return (92,)
    if "federal_centre" in ends:
        return (91,)
    # What goes to the exam commission without a term of its own is the result of a procedure appeal.
    return (85,) if step.receiver == "exam_commission" else (84,)


def keeping(rules: RegionRules) -> Iterator[Entry]:
    """The commission's papers."""
    for code, paper in rules.records.reporting.items():
        yield Entry(
            key=f"records.reporting.{code}",
            title="Отчётный документ комиссии",
            value=paper.text,
            clauses=paper.clauses,
            rows=(94,),
        )
    if not rules.records.reporting:
        yield Entry(key="records.reporting", title="Отчётные документы комиссии", value=SILENT, clauses=(), rows=(94,))
