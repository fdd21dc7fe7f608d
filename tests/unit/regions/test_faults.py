"""What is wrong in a tenant's files is said in Russian: file, place, fault, what would be right; all of it at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from apella.calendar.reading import TableError
from apella.errors import ConfigurationError
from apella.regions.loader import FEDERAL, load_region, newest_year
from apella.regions.reading import RegionFilesError
from apella.regions.tables import file_names

Problems = Callable[..., tuple[str, ...]]


def test_a_misspelt_key_is_named_with_the_likely_one(problems: Problems) -> None:
    assert problems(durations_toml='[on_site]\ntottal = 5\nclauses = ["core:C1"]\n') == (
        "ozerny/durations.toml: on_site.tottal: такого ключа нет; возможно, это total.",
    )


def test_a_key_like_no_other_gets_the_list(problems: Problems) -> None:
    (problem,) = problems(durations_toml='[on_site]\nxyz = 5\nclauses = ["core:C1"]\n')
    assert problem == (
        "ozerny/durations.toml: on_site.xyz: такого ключа нет; "
        "возможные ключи: clauses, total, consultation, hearing, alone, hard."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[on_site]\ntotal = "10"\nclauses = ["core:C1"]\n',
            "ozerny/durations.toml: on_site.total: значение «10» не подходит; нужно: целое число минут от 1 до 1440.",
        ),
        (
            '[on_site]\nhard = 1\nclauses = ["core:C1"]\n',
            "ozerny/durations.toml: on_site.hard: значение 1 не подходит; нужно: true или false.",
        ),
        (
            '[on_site]\ntotal = 10\nclauses = ["C1"]\n',
            (
                "ozerny/durations.toml: on_site.clauses[1]: значение «C1» не подходит; "
                "нужно: источник и пункт через двоеточие, например federal:100.1."
            ),
        ),
        (
            "[on_site]\ntotal = 10\nclauses = []\n",
            (
                "ozerny/durations.toml: on_site.clauses: значение [] не подходит; "
                'нужно: список пунктов, из которых взято значение, например ["federal:100.1"].'
            ),
        ),
    ],
)
def test_a_wrong_value_is_shown_beside_the_right_kind(problems: Problems, text: str, sentence: str) -> None:
    assert problems(durations_toml=text) == (sentence,)


def test_a_code_that_does_not_exist_gets_the_codes_that_do(problems: Problems) -> None:
    (problem,) = problems(hearing_toml='[explanation]\nwhen = "after"\nclauses = ["core:E14"]\n')
    assert problem == (
        "ozerny/hearing.toml: explanation.when: значение «after» не подходит; "
        "нужно: одно из: within, before, on_request."
    )


def test_a_missing_key_is_asked_for(folder: Path) -> None:
    text = (folder / "tenant.toml").read_text(encoding="utf-8").replace('region_code = "99"\n', "")
    (folder / "tenant.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RegionFilesError) as caught:
        load_region(folder)
    assert caught.value.problems == (
        'ozerny/tenant.toml: region_code: ключа нет, добавьте его; нужно: код региона из двух цифр, например "22".',
    )
    assert caught.value.error_code == "configuration.region"


def test_a_changed_value_needs_a_ground_of_its_own(problems: Problems) -> None:
    assert problems(durations_toml="[on_site]\ntotal = 10\n") == (
        (
            "ozerny/durations.toml: on_site: изменено total, но не сказано, на каком основании; "
            'добавьте clauses, например clauses = ["federal:100.1"].'
        ),
    )


def test_a_source_must_be_declared(problems: Problems) -> None:
    (problem,) = problems(durations_toml='[on_site]\ntotal = 10\nclauses = ["ozerny:7.1"]\n')
    assert problem.startswith("ozerny/sources.toml: на ozerny:7.1 ссылается таблица durations, но источник не объявлен")


def test_a_file_that_nothing_reads_is_named(problems: Problems) -> None:
    assert problems(duration_toml="") == (
        "ozerny/duration.toml: такого файла в схеме нет, возможно, это durations.toml; переименуйте его или уберите.",
    )


def test_a_broken_table_is_named_with_its_line(problems: Problems) -> None:
    (problem,) = problems(durations_toml="[on_site\n")
    assert problem.startswith("ozerny/durations.toml: файл не разбирается как TOML (")
    assert "line 1" in problem


def test_another_encoding_is_named(folder: Path) -> None:
    (folder / "durations.toml").write_bytes("# минуты\n".encode("cp1251"))
    with pytest.raises(RegionFilesError, match=r"durations.toml: файл не в кодировке UTF-8 \(байт 2\)"):
        load_region(folder)


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    (folder / "durations.toml").write_text("# пусто\n", encoding="utf-8-sig")
    assert load_region(folder).slug == "ozerny"


def test_faults_of_all_files_come_together(problems: Problems) -> None:
    found = problems(
        durations_toml='[on_site]\ntotal = 0\nclauses = ["core:C1"]\n',
        expert_toml='statuses = ["best"]\nclauses = ["federal:101.9"]\n',
        days_off_toml='[[day]]\nname = "Праздник"\n',
        sites_csv="code;kind\n",
    )
    assert {problem.partition(":")[0] for problem in found} == {
        "ozerny/durations.toml",
        "ozerny/expert.toml",
        "ozerny/days_off.toml",
        "ozerny/sites.csv",
    }
    assert all(problem.endswith(".") and "\n" not in problem for problem in found)


def test_a_term_may_not_be_weaker_than_the_law(problems: Problems) -> None:
    (problem,) = problems(terms_toml='["score.consideration"]\nlength = 5\nclauses = ["federal:102.3"]\n')
    assert problem.startswith("ozerny/terms.toml: score.consideration: ")
    assert "федерального предела" in problem


def test_a_term_that_no_region_has_is_refused(problems: Problems) -> None:
    (problem,) = problems(terms_toml='["score.tea"]\nlength = 5\n')
    assert problem.startswith("ozerny/terms.toml: score.tea: такого срока нет; идентификаторы у всех регионов одни: ")


def test_every_category_has_somewhere_to_file(problems: Problems) -> None:
    found = problems(
        channels_toml="""
[[channel]]
kind = "score"
code = "school_desk"
title = "Школа"
categories = ["student"]
applicants = ["participant"]
operator = "school_operator"
receipt_event = "registered"
copies = 1
form = "1-AP"
closes_with_office = true
clauses = ["federal:100.4"]
"""
    )
    assert [problem.partition(";")[0] for problem in found] == [
        "ozerny/channels.toml: апелляцию вида score участнику extern подать негде",
        "ozerny/channels.toml: апелляцию вида score участнику earlier_graduate подать негде",
    ]


def test_a_paper_that_travels_is_not_received_at_filing(problems: Problems) -> None:
    (problem,) = problems(
        channels_toml="""
[[channel]]
kind = "score"
code = "school_desk"
title = "Школа"
categories = ["student", "extern", "earlier_graduate"]
applicants = ["participant"]
operator = "school_operator"
forwarding = [{ role = "school_operator", term = "score.forwarding" }]
receipt_event = "filed"
copies = 1
form = "1-AP"
closes_with_office = true
clauses = ["federal:100.4"]
"""
    )
    assert problem.startswith("ozerny/channels.toml: channel[1]: апелляция передаётся дальше")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("id = 99", 'id = 99\nplugin = "nowhere"', "плагин «nowhere» не установлен"),
        ('"Asia/Yekaterinburg"', '"Asia/Ozersk"', "часового пояса «Asia/Ozersk» нет"),
        ('slug = "ozerny"', 'slug = "gorny"', "«gorny» не совпадает с именем папки"),
        (
            "[contacts]",
            (
                '[numbers]\nreceipt = "{subject}"\njournal_score = "{number}"\njournal_procedure = "{number}"\n'
                'clauses = ["core:E1"]\n[contacts]'
            ),
            r"нет \{number\}, номера совпадут",
        ),
        (
            "[contacts]",
            '[numbers]\nreceipt = "{name}-{number}"\nclauses = ["core:E1"]\n[contacts]',
            "формат «{name}-{number}» не читается",
        ),
    ],
)
def test_what_only_the_value_shows_is_explained(folder: Path, old: str, new: str, fault: str) -> None:
    text = (folder / "tenant.toml").read_text(encoding="utf-8").replace(old, new)
    (folder / "tenant.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=fault):
        load_region(folder)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Апелляция {surname}", "поля {surname} нет; можно писать: {calendar_reason}"),
        ("Апелляция {number", "фигурные скобки в тексте не парные"),
    ],
)
def test_a_notice_names_only_fields_that_exist(problems: Problems, text: str, fault: str) -> None:
    (problem,) = problems(
        notices_toml=f"""
[[notice]]
event = "appeal_filed"
kinds = ["score"]
recipients = ["participant"]
channels = ["sms"]
sender = "commission"
title = "Принято"
text = "{text}"
clauses = ["core:E2"]
"""
    )
    assert fault in problem


def test_positions_must_add_up_to_the_published_maximum(problems: Problems) -> None:
    (problem,) = problems(
        **{"2026__subjects_toml": '[subject."22"]\nmax_primary = 30\nclauses = ["public:scale-2026"]\n'}
    )
    assert (
        problem
        == "ozerny/2026/subjects.toml: subject.22: сумма по позициям 21, а max_primary = 30: приведите их к одному."
    )


def test_a_subject_that_does_not_exist_is_named(problems: Problems) -> None:
    assert problems(expert_toml='subjects_without = ["77"]\nclauses = ["federal:101.9"]\n') == (
        "ozerny/expert.toml: subjects_without: предмета 77 нет в 2026/subjects.toml; проверьте код.",
    )


@pytest.mark.parametrize("wrong", ["7", "[[1], { a = 2 }]", "{ a = { b = nan } }"])
def test_every_wrong_value_of_every_table_gets_a_sentence(folder: Path, wrong: str) -> None:
    for name in file_names(newest_year()):
        federal = FEDERAL / name
        if not federal.is_file() or name == "tenant.toml":
            continue
        keys = tomllib.loads(federal.read_text(encoding="utf-8"))
        own = folder / name
        own.parent.mkdir(exist_ok=True)
        own.write_text("".join(f'"{key}" = {wrong}\n' for key in keys), encoding="utf-8")
        with pytest.raises(TableError) as caught:
            load_region(folder)
        own.unlink()
        unnamed = [key for key in keys if not any(name in one and key in one for one in caught.value.problems)]
        assert not unnamed, caught.value.problems


def test_the_form_of_a_withdrawal_is_one_that_there_is(problems: Problems) -> None:
    (problem,) = problems(withdrawal_toml='form = "W-1"\nclauses = ["core:E17"]\n')
    assert problem == "ozerny/withdrawal.toml: form: формы W-1 нет в forms.toml."


@pytest.mark.clause("federal:98.6", "federal:98.7")
@pytest.mark.parametrize("event", ["hearing_scheduled", "hearing_moved"])
def test_a_notice_of_a_hearing_tells_day_hour_and_place(problems: Problems, event: str) -> None:
    (problem,) = problems(
        notices_toml=f"""
[[notice]]
event = "{event}"
kinds = ["score"]
recipients = ["participant"]
channels = ["cabinet"]
sender = "commission"
title = "Время рассмотрения"
text = "Апелляция {{number}} будет рассмотрена {{day}}."
term = "hearing.announcement"
clauses = ["federal:98.6"]
"""
    )
    assert "о рассмотрении сообщают день, время и место" in problem
    assert problem.endswith("добавьте в текст {hour}, {place}.")
