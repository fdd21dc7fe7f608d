"""Faults that one table alone does not show: names that lead nowhere, sources that nobody declared, doors missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from apella.deadlines.lock import lock_problems, with_parts
from apella.deadlines.terms import Term
from apella.identity.roles import Role
from apella.regions.codes import CategoryCode, KindCode, SiteKind
from apella.regions.doors import schedule_problems
from apella.regions.hands import way_problems
from apella.regions.values.sites import Site, Territory, territory_key

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules


def site_problems(sites: tuple[Site, ...], territories: tuple[Territory, ...], *, folder: str) -> Iterator[str]:
    """What is wrong with the sites: one main site, codes of their own, every territory at exactly one remote site."""
    if sites:
        mains = sum(site.kind is SiteKind.MAIN for site in sites)
        if mains != 1:
            yield f"{folder}/sites.csv: площадок main {mains}, а нужна ровно одна; исправьте столбец kind."
    for code, times in Counter(site.code for site in sites).items():
        if times > 1:
            yield f"{folder}/sites.csv: код {code} стоит у {times} площадок; дайте каждой свой код."
    remote = {site.code for site in sites if site.kind is SiteKind.REMOTE}
    attached: dict[str, str] = {}
    for territory in territories:
        if territory.site not in remote:
            yield (
                f"{folder}/territories.csv: {territory.name}: удалённой площадки {territory.site} в sites.csv нет; "
                f"есть {', '.join(sorted(remote)) or 'ни одной'}."
            )
        for key in {territory_key(name) for name in (territory.name, territory.alias) if name}:
            if key in attached:
                yield (
                    f"{folder}/territories.csv: {territory.name}: территория закреплена и за {attached[key]}, "
                    f"и за {territory.site}; оставьте одну площадку."
                )
            attached[key] = territory.site
    idle = remote - {territory.site for territory in territories}
    if territories and idle:
        yield f"{folder}/territories.csv: за площадками {', '.join(sorted(idle))} не закреплено ни одной территории."


def cross_check(rules: RegionRules, *, folder: str) -> tuple[str, ...]:
    """Every fault between the tables of one region, as Russian sentences."""
    return (
        *_identity(rules, folder),
        *_doors(rules, folder),
        *way_problems(rules, folder=folder),
        *_hearings(rules, folder),
        *_terms(rules, folder),
        *_subjects(rules, folder),
        *_forms(rules, folder),
        *schedule_problems(rules, folder=folder),
        *_citations(rules, folder),
    )


def _identity(rules: RegionRules, folder: str) -> Iterator[str]:
    if rules.slug != folder:
        yield f"{folder}/tenant.toml: slug: «{rules.slug}» не совпадает с именем папки; назовите их одинаково."


def _doors(rules: RegionRules, folder: str) -> Iterator[str]:
    for kind in get_args(KindCode):
        for category in get_args(CategoryCode):
            doors = Counter(channel.code for channel in rules.channels_for(kind=kind, category=category))
            if not doors:
                yield (
                    f"{folder}/channels.toml: апелляцию вида {kind} участнику {category} подать негде; "
                    "добавьте канал или эту категорию в один из каналов."
                )
            for code, times in doors.items():
                if times > 1:
                    yield f"{folder}/channels.toml: {kind}, {code}, {category}: строк {times}, а нужна одна."


def _hearings(rules: RegionRules, folder: str) -> Iterator[str]:
    if rules.hearing.remote_place.by == "territory" and not rules.sites.territories:
        yield f'{folder}/territories.csv: таблицы нет, а в hearing.toml стоит remote_place.by = "territory".'
    if rules.hearing.remote_place.by == "request" and not rules.sites.remote:
        yield f'{folder}/sites.csv: удалённых пунктов нет, а в hearing.toml стоит remote_place.by = "request".'
    if rules.hearing.explanation.when != "before":
        return
    for mode in ("on_site", "remote"):
        duration = rules.durations.of(mode)
        own = duration.total - duration.consultation if duration.hearing is None else duration.hearing
        if duration.consultation < 1 or own < 1 or duration.consultation + own > duration.total:
            yield (
                f"{folder}/durations.toml: {mode}: консультация идёт до рассмотрения: consultation – от минуты, "
                "вместе с рассмотрением не больше total."
            )


def _terms(rules: RegionRules, folder: str) -> Iterator[str]:
    actions = sorted({term.action for term in rules.federal_terms.values()})
    for term in rules.terms.values():
        for one in with_parts(term):
            if one.owed_by not in set(Role):
                yield f"{folder}/terms.toml: {one.id}: owed_by: роли {one.owed_by} нет; есть {', '.join(Role)}."
            if one.action not in actions:
                yield (
                    f"{folder}/terms.toml: {one.id}: action: действия {one.action}, которое выполняло бы срок, нет; "
                    f"есть {', '.join(actions)}."
                )
        for problem in lock_problems(rules.federal_terms[term.id], term):
            yield f"{folder}/terms.toml: {problem}"
    for channel in rules.channels:
        for step in channel.forwarding:
            if step.term not in rules.terms:
                yield f"{folder}/channels.toml: {channel.kind}, {channel.code}: forwarding: срока {step.term} нет."
            elif rules.terms[step.term].action != "forward":
                yield (
                    f"{folder}/channels.toml: {channel.kind}, {channel.code}: forwarding: {step.term} – срок не "
                    f"передачи; есть {channel.kind}.forwarding и {channel.kind}.onward_forwarding."
                )
    twice = Counter((notice.event, kind) for notice in rules.notices for kind in notice.kinds)
    for (event, kind), times in twice.items():
        if times > 1:
            yield f"{folder}/notices.toml: {event}, {kind}: строк {times}, а нужна одна; объедините их."
    for place, term_id in _term_ids(rules):
        if term_id is not None and term_id not in rules.terms:
            yield f"{folder}/{place}: term: срока {term_id} нет; проверьте идентификатор."


def _term_ids(rules: RegionRules) -> Iterator[tuple[str, str | None]]:
    """Every term that a value names: where it stands, and its id."""
    for notice in rules.notices:
        yield f"notices.toml: {notice.event}", notice.term
    for code, step in rules.exchange.step.items():
        yield f"exchange.toml: step.{code}", step.term
    yield "kits.toml: computer_tasks", rules.kits.computer_tasks.term
    yield "preparation.toml: public_information", rules.preparation.public_information.term
    yield "sitting.toml: link", rules.sitting.link.term


def _subjects(rules: RegionRules, folder: str) -> Iterator[str]:
    named: Mapping[str, Iterable[str]] = {
        f"{rules.tables_year}/exams.toml: exam: subjects": {code for day in rules.exams for code in day.subjects},
        "expert.toml: subjects_without": rules.expert.subjects_without,
        "hearing.toml: modes.never_remote": rules.hearing.modes.never_remote,
        "demo_decisions.toml: except_subjects": {
            code for decision in rules.demo_decisions for code in decision.except_subjects
        },
    }
    for place, codes in named.items():
        for code in sorted(set(codes) - rules.subjects.keys()):
            yield f"{folder}/{place}: предмета {code} нет в {rules.tables_year}/subjects.toml; проверьте код."


def _forms(rules: RegionRules, folder: str) -> Iterator[str]:
    for channel in rules.channels:
        for form in (channel.form, channel.kege_form):
            if form is not None and form not in rules.forms.form:
                yield (
                    f"{folder}/channels.toml: {channel.kind}, {channel.code}: формы {form} нет в forms.toml; "
                    f"есть {', '.join(rules.forms.form)}."
                )
    if rules.withdrawal.form is not None and rules.withdrawal.form not in rules.forms.form:
        yield f"{folder}/withdrawal.toml: form: формы {rules.withdrawal.form} нет в forms.toml."
    if rules.kits.confirmation.form not in rules.forms.form:
        yield f"{folder}/kits.toml: confirmation.form: формы {rules.kits.confirmation.form} нет в forms.toml."


def _citations(rules: RegionRules, folder: str) -> Iterator[str]:
    prefixes = {act.prefix for act in rules.sources.act}
    references = {reference.id for reference in rules.sources.reference}
    for place, clause in sorted(set(citations(rules))):
        if clause not in references and clause.partition(":")[0] not in prefixes:
            yield (
                f"{folder}/sources.toml: на {clause} ссылается {place}, но источник не объявлен; "
                f"добавьте [[act]] с prefix = «{clause.partition(':')[0]}» или [[reference]] с этим id."
            )


def citations(rules: RegionRules) -> Iterator[tuple[str, str]]:
    """Every source that a value cites: where it stands, and what it cites (`federal:100.1`)."""
    for term in rules.terms.values():
        for ground in _grounds(term):
            yield f"срок {term.id}", ground
    tables: Mapping[str, object] = {
        "edition": rules.edition,
        "tenant": rules.tenant,
        "bodies": rules.bodies,
        "channels": rules.channels,
        "admission": rules.admission,
        "presence": rules.presence,
        "withdrawal": rules.withdrawal,
        "sites": (*rules.sites.all, *rules.sites.territories),
        "kits": rules.kits,
        "preparation": rules.preparation,
        "hearing": rules.hearing,
        "sitting": rules.sitting,
        "durations": rules.durations,
        "expert": rules.expert,
        "commission": rules.commission,
        "notices": rules.notices,
        "forms": rules.forms,
        "decisions": rules.decisions,
        "exchange": rules.exchange,
        "records": rules.records,
        "notes": rules.notes,
        "subjects": rules.subjects,
        "exams": rules.exams,
        "schedule": rules.schedule,
    }
    for name, value in tables.items():
        for clause in _cited(value):
            yield f"таблица {name}", clause


def _grounds(term: Term) -> Iterator[str]:
    yield from (*term.clauses, *term.sources)
    for part in term.parts:
        yield from _grounds(part)


def _cited(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            yield from inner if name == "clauses" else _cited(inner)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _cited(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _cited(inner)
