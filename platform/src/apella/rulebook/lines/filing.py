"""Who files what and where: «Кто и где подаёт»."""

from __future__ import annotations

from collections.abc import Iterator

from apella.regions.codes import SignInScheme
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Certification, Channel
from apella.rulebook.lines.entry import SILENT, Entry, Names
from apella.rulebook.lines.words import (
    CATEGORIES,
    CONFIRMED,
    DECISIONS,
    DOORS,
    FIELDS,
    KINDS,
    PERSONS,
    SIGN_IN,
    listed,
    roles,
    sentence,
    yes,
)

_SCORE_ROWS = (8, 9, 10, 11, 12, 14, 17, 18)
_PROCEDURE_ROWS = (7, 9, 15, 18)


def filing(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """Kinds, what is not considered, doors, identity, withdrawal."""
    yield from _scope(rules)
    for channel in rules.channels:
        yield _channel(rules, channel, names)
        if channel.certification is not None:
            yield _certification(channel, channel.certification)
    yield _electronic(rules, names)
    yield _mail(rules)
    yield from _at_filing(rules, names)
    yield from _withdrawal(rules)


def _scope(rules: RegionRules) -> Iterator[Entry]:
    admission = rules.admission
    own = admission.scope.own_kinds
    rest = "" if len(own) == len(KINDS) else "остальные – по федеральному Порядку"
    yield Entry(
        key="admission.scope",
        title="Апелляции, о которых говорит акт",
        value=sentence(listed(own, KINDS), rest),
        clauses=admission.scope.clauses,
        rows=(4,),
    )
    yield Entry(
        key="admission.recheck",
        title="Результат перепроверки работы",
        value="можно обжаловать отдельно: срок считается от дня, когда его объявили",
        clauses=admission.recheck.clauses,
        rows=(16,),
    )
    for code, ground in admission.grounds.items():
        yield Entry(
            key=f"admission.grounds.{code}",
            title="Комиссия не рассматривает",
            value=ground.text,
            clauses=ground.clauses,
            rows=(5,),
        )
    for code, material in admission.materials.items():
        yield Entry(
            key=f"admission.materials.{code}",
            title="Не принимается как материал",
            value=material.text,
            clauses=material.clauses,
            rows=(6,),
        )
    if not admission.materials:
        yield Entry(key="admission.materials", title="Не принимается как материал", value=SILENT, clauses=(), rows=(6,))


def _channel(rules: RegionRules, channel: Channel, names: Names) -> Entry:
    terms = " → ".join(f"{roles((step.role,))} ({rules.terms[step.term].title.lower()})" for step in channel.forwarding)
    forms = " или ".join(rules.forms.form[code].label for code in (channel.form, channel.kege_form) if code)
    fields = [code for code in channel.required_fields if code not in channel.prefilled_fields]
    decision = f"нужно решение {names.of('exam_commission')} {DECISIONS[channel.decision]}" if channel.decision else ""
    return Entry(
        key=f"channels.{channel.kind}.{channel.code}.{'+'.join(channel.categories)}",
        title=f"Апелляция {KINDS[channel.kind]}: {channel.title}",
        value=sentence(
            f"для кого: {listed(channel.categories, CATEGORIES)}",
            f"подаёт {listed(channel.applicants, PERSONS)}",
            "вводит сам" if channel.self_service else f"принимает {roles((channel.operator,))}",
            f"указать: {listed(fields, FIELDS)}",
            f"заполнено заранее: {listed(channel.prefilled_fields, FIELDS)}" if channel.prefilled_fields else "",
            f"форма {forms}",
            f"экземпляров {channel.copies}" if channel.copies else "без бумаги",
            f"передаёт дальше: {terms}" if terms else "подача – уже поступление в комиссию",
            "последний день – до закрытия приёма" if channel.closes_with_office else "последний день – до полуночи",
            decision,
        ),
        clauses=channel.clauses,
        rows=_SCORE_ROWS if channel.kind == "score" else _PROCEDURE_ROWS,
    )


def _certification(channel: Channel, rule: Certification) -> Entry:
    return Entry(
        key=f"channels.{channel.kind}.{channel.code}.{'+'.join(channel.categories)}.certification",
        title=f"Подпись на апелляции {KINDS[channel.kind]}: {channel.title}",
        value=sentence(
            f"каждый экземпляр (их {channel.copies}) заверяет {rule.post}",
            f"отмечает это {roles(rule.roles)}",
            "без отметки апелляцию не передают",
        ),
        clauses=rule.clauses,
        rows=(11,),
    )


def _electronic(rules: RegionRules, names: Names) -> Entry:
    doors = [channel.title for channel in rules.channels if channel.decision == "electronic_filing"]
    return Entry(
        key="channels.electronic",
        title="Подача через интернет",
        value=sentence(
            f"только по решению {names.of('exam_commission')}", f"дверь: {', '.join(doors)}" if doors else ""
        ),
        clauses=("federal:100.7",),
        rows=(8,),
    )


def _mail(rules: RegionRules) -> Entry:
    door = next((channel for channel in rules.channels if channel.code == "email"), None)
    return Entry(
        key="channels.email",
        title="Подача по электронной почте",
        value=f"принимают: {rules.tenant.contacts.email}" if door else SILENT,
        clauses=door.clauses if door else (),
        rows=(19,),
    )


def _at_filing(rules: RegionRules, names: Names) -> Iterator[Entry]:
    admission, sign_in = rules.admission, rules.tenant.sign_in
    yield Entry(
        key="admission.extra_places",
        title="Иные места подачи, добавленные органом управления образованием",
        value=", ".join(admission.extra_places.places)
        or f"не добавлены (возможны для: {listed(admission.extra_places.categories, CATEGORIES)})",
        clauses=admission.extra_places.clauses,
        rows=(8, 10),
    )
    yield Entry(
        key="tenant.sign_in",
        title="Как участник подтверждает личность при подаче",
        value=sentence(
            SIGN_IN[sign_in.participants],
            f"код действует суток: {sign_in.school_code_days}"
            if sign_in.participants is SignInScheme.SCHOOL_CODE
            else "",
        ),
        clauses=sign_in.clauses,
        rows=(11,),
    )
    told = admission.ownership.not_mine_to
    yield Entry(
        key="admission.ownership",
        title="Когда участник подтверждает, что работа его",
        value=sentence(
            listed(admission.ownership.confirmed, CONFIRMED),
            f"если не его – сообщают: {names.of(told)}" if told else "",
        ),
        clauses=admission.ownership.clauses,
        rows=(13,),
    )
    for code, rule in admission.protection.items():
        yield Entry(
            key=f"admission.protection.{code}",
            title="Персональные данные",
            value=sentence(
                rule.text,
                "защищённый канал" if rule.protected_channel else "",
                "шифрование" if rule.encrypted else "",
            ),
            clauses=rule.clauses,
            rows=(20,),
        )


def _withdrawal(rules: RegionRules) -> Iterator[Entry]:
    withdrawal = rules.withdrawal
    for kind, row in (("score", 21), ("procedure", 22)):
        yield Entry(
            key=f"withdrawal.{kind}",
            title=f"Отзыв апелляции {KINDS[kind]}",
            value=sentence(
                f"отозвать можно: {yes(withdrawal.allowed)}",
                f"кто: {listed(withdrawal.applicants, PERSONS)}",
                f"куда: {listed(withdrawal.doors(kind), DOORS)}",
                "пока комиссия не начала рассматривать эту апелляцию",
                f"по отзыву в кабинете составляют «{rules.forms.form[withdrawal.form].title}»"
                if withdrawal.form
                else "",
                "сотрудник принимает отзыв только по письменному заявлению" if withdrawal.written else "",
                "принятый отзыв передают дальше тем же путём" if withdrawal.forwarded else "",
            ),
            clauses=withdrawal.clauses,
            rows=(row, 23),
        )
