"""Faults in the tables of rules: what is considered, kits, plan, sitting, decisions, exchange, records, notes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.regions.codes import SignInScheme
from apella.regions.loader import load_region

Problems = Callable[..., tuple[str, ...]]


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        pytest.param(
            "admission",
            '[grounds.too_many]\ntext = "Слишком много апелляций"\nclauses = ["core:A30"]\n',
            "ozerny/admission.toml: grounds.too_many: такого основания в Порядке нет, а сузить право на апелляцию "
            "регион не может; есть task_content, short_answer_scoring, own_breach, wrong_completion.",
            id="a ground of its own",
        ),
        pytest.param(
            "admission",
            '[recheck]\nappealable = false\nclauses = ["core:A30"]\n',
            "ozerny/admission.toml: recheck: appealable: обжаловать результат перепроверки даёт Порядок "
            "(federal:100.3), и сузить право на апелляцию регион не может; укажите true или уберите эту таблицу.",
            id="no appeal after a re-check",
            marks=pytest.mark.clause("federal:100.3"),
        ),
        pytest.param(
            "admission",
            '[ownership]\nconfirmed = ["later"]\nclauses = ["core:A33"]\n',
            "ozerny/admission.toml: ownership.confirmed[1]: значение «later» не подходит; "
            "нужно: одно из: at_filing, before_hearing, at_hearing.",
            id="another moment of confirming",
        ),
        pytest.param(
            "admission",
            '[materials.drafts]\ntext = "Черновики"\n',
            "ozerny/admission.toml: materials.drafts.clauses: ключа нет, добавьте его; "
            'нужно: список пунктов, из которых взято значение, например ["federal:100.1"].',
            id="a value without a source",
        ),
        pytest.param(
            "admission",
            '[scope]\nown_kinds = ["score"]\n',
            "ozerny/admission.toml: scope: изменено own_kinds, но не сказано, на каком основании; "
            'добавьте clauses, например clauses = ["federal:100.1"].',
            id="a change without a source",
        ),
        pytest.param(
            "kits",
            '[types]\noral = "audio"\nclauses = ["core:A20"]\n',
            "ozerny/kits.toml: types.oral: комплекта audio нет; есть forms, oral, kege.",
            id="a kit that is not there",
        ),
        pytest.param(
            "kits",
            '[kit.forms]\nadds_to = "oral"\n',
            "ozerny/kits.toml: kit.forms.adds_to: нужен комплект, который сам никого не дополняет; "
            "есть forms, oral, kege.",
            id="kits that add to each other",
        ),
        pytest.param(
            "kits",
            '[confirmation]\nform = "2-AX"\nclauses = ["core:E22"]\n',
            "ozerny/kits.toml: confirmation.form: формы 2-AX нет в forms.toml.",
            id="an unknown form",
        ),
        pytest.param(
            "kits",
            '[computer_tasks]\nterm = "kim.delivered"\nclauses = ["core:E20"]\n',
            "ozerny/kits.toml: computer_tasks: term: срока kim.delivered нет; проверьте идентификатор.",
            id="an unknown term of the kit",
        ),
        pytest.param(
            "preparation",
            '[drafting]\nauthor = "expert"\nclauses = ["core:B2"]\n',
            "ozerny/preparation.toml: drafting.author: значение «expert» не подходит; "
            "нужно: одно из: secretary, queue_system.",
            id="a plan by the expert",
        ),
        pytest.param(
            "preparation",
            '[participation]\nasked = true\nclauses = ["core:C20"]\n',
            "ozerny/preparation.toml: participation: ways, способы связи, нужны при asked = true и только тогда.",
            id="asked by no way",
        ),
        pytest.param(
            "preparation",
            '[public_information]\nterm = "season.information"\nclauses = ["core:E25"]\n',
            "ozerny/preparation.toml: public_information: term: срока season.information нет; проверьте идентификатор.",
            id="an unknown term of the information",
        ),
        pytest.param(
            "sitting",
            '[link]\nterm = "hearing.address"\nclauses = ["core:B11"]\n',
            "ozerny/sitting.toml: link: term: срока hearing.address нет; проверьте идентификатор.",
            id="an unknown term of the link",
        ),
        pytest.param(
            "sitting",
            '[staff.guard]\ntitle = "Охранник"\nat = "street"\nclauses = ["core:C9"]\n',
            "ozerny/sitting.toml: staff.guard.at: значение «street» не подходит; нужно: одно из: main, remote.",
            id="staff nowhere",
        ),
        pytest.param(
            "decisions",
            '[policy.gve]\noutcomes = ["rejected", "satisfied"]\nrejected_if = "нет"\nsatisfied_if = "да"\n'
            'clauses = ["core:C24"]\n',
            "ozerny/decisions.toml: policy.gve: таких дел нет; есть score, kege, procedure.",
            id="a policy for no case",
        ),
        pytest.param(
            "decisions",
            '[approval]\nsubmitted_by = []\nclauses = ["core:A31"]\n',
            "ozerny/decisions.toml: approval.submitted_by: значение [] не подходит; нужно: список, каждое значение – "
            "одно из: commission, data_centre, ministry, exam_commission, subject_commission, municipal_authority, "
            "federal_centre, supervision, clarification.",
            id="submitted by nobody",
        ),
        pytest.param(
            "exchange",
            '[step.handover]\nterm = "protocol.sent"\nclauses = ["core:A2"]\n',
            "ozerny/exchange.toml: step.handover: term: срока protocol.sent нет; проверьте идентификатор.",
            id="an unknown term of a step",
        ),
        pytest.param(
            "records",
            '[extracts]\nallowed_by = ["chair"]\nsigned_by = []\nclauses = ["core:A23"]\n',
            "ozerny/records.toml: extracts.signed_by: значение [] не подходит; "
            "нужно: список, каждое значение – одно из: ",
            id="signed by nobody",
        ),
        pytest.param(
            "notes",
            '[[note]]\ntopic = "gossip"\ntext = "Говорят"\nclauses = ["core:A1"]\n',
            "ozerny/notes.toml: note[2].topic: значение «gossip» не подходит; "
            "нужно: одно из: acts, names, premises, sites, duties, not_applied.",
            id="a topic of its own",
        ),
        pytest.param(
            "notes",
            '[[note]]\ntopic = "acts"\ntext = "Акт"\nclauses = ["ozerny:1"]\n',
            "ozerny/sources.toml: на ozerny:1 ссылается таблица notes, но источник не объявлен; "
            "добавьте [[act]] с prefix = «ozerny» или [[reference]] с этим id.",
            id="an act that nobody declared",
        ),
    ],
)
def test_a_fault_is_one_russian_sentence(problems: Problems, table: str, text: str, sentence: str) -> None:
    (problem,) = problems(**{f"{table}_toml": text})
    assert problem.startswith(sentence)


@pytest.mark.clause("core:B7")
@pytest.mark.parametrize("way", list(SignInScheme))
def test_a_tenant_chooses_how_participants_sign_in(folder: Path, way: SignInScheme) -> None:
    (folder / "tenant.toml").write_text(_tenant(folder, way), encoding="utf-8")
    chosen = load_region(folder).tenant.sign_in
    assert (chosen.participants, chosen.school_code_days) == (way, 14)


def test_a_way_to_sign_in_that_nobody_knows_is_a_fault(folder: Path, problems: Problems) -> None:
    (problem,) = problems(tenant_toml=_tenant(folder, "face"))
    assert problem.startswith("ozerny/tenant.toml: sign_in.participants: ")
    assert problem.endswith("нужно: одно из: document_sms, application_sms, school_code.")


def test_a_way_to_sign_in_without_an_act_is_a_fault(folder: Path, problems: Problems) -> None:
    text = _tenant(folder, "school_code").replace('clauses = ["core:B7"]\n', "")
    (problem,) = problems(tenant_toml=text)
    assert problem.startswith("ozerny/tenant.toml: sign_in: изменено participants, но не сказано, на каком основании")


@pytest.mark.parametrize("days", ["0", "61", '"14"'])
def test_a_code_on_paper_lives_from_one_day_to_sixty(folder: Path, problems: Problems, days: str) -> None:
    text = _tenant(folder, "school_code").replace('"school_code"\n', f'"school_code"\nschool_code_days = {days}\n')
    (problem,) = problems(tenant_toml=text)
    assert problem.startswith("ozerny/tenant.toml: sign_in.school_code_days: ")


def _tenant(folder: Path, way: str) -> str:
    text = (folder / "tenant.toml").read_text(encoding="utf-8")
    return f'{text}\n[sign_in]\nparticipants = "{way}"\nclauses = ["core:B7"]\n'
