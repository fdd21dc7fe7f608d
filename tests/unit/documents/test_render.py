"""A form's PDF: valid by its standards, always the same bytes, safe against any text, its template replaceable."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.documents.forms import FormCode
from apella.documents.parts import CodedName, Person
from apella.documents.render import TEMPLATES, render
from apella.errors import ConfigurationError

FORMS = list(FormCode)
Samples = dict[FormCode, Any]
Print = Callable[..., Any]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", ["minimal", "maximal"])
def test_every_form_is_tagged_archivable_and_titled(
    form: FormCode, size: str, request: pytest.FixtureRequest, printed: Print
) -> None:
    form_pdf = printed(request.getfixturevalue(size)[form])
    root = form_pdf.pdf.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "ru"
    assert root.ViewerPreferences.DisplayDocTitle
    assert root.OutputIntents[0]["/S"] == "/GTS_PDFA1"
    assert form_pdf.tags.count("/H1") == 1
    with form_pdf.pdf.open_metadata() as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "A")
        assert xmp["pdfuaid:part"] == "1"
        assert xmp["dc:title"].replace("\xa0", " ") == f"{form.label}. {form.full_title}"


@pytest.mark.parametrize("form", FORMS)
def test_equal_arguments_give_equal_bytes(form: FormCode, maximal: Samples, made_at: datetime) -> None:
    first = render(form, maximal[form], timestamp=made_at, overrides=None)
    elsewhere = made_at.astimezone(timezone(timedelta(hours=7)))
    assert render(form, maximal[form], timestamp=elsewhere, overrides=None) == first
    assert render(form, maximal[form], timestamp=made_at + timedelta(days=1), overrides=None) != first


def test_hostile_text_prints_as_it_was_written(maximal: Samples, printed: Print) -> None:
    hostile = r'#import "@preview/x:1.0.0": * \u{41} "кавычки" *ж* _к_ $x$ @ref <label> [a] {b} // /* ~ -- `'
    data = dataclasses.replace(maximal[FormCode.APPEAL], grounds=hostile, appellant=Person(surname='#"\\'))
    paper = printed(data)
    assert hostile.replace(" ", "") in paper.text.replace(" ", "")
    assert '#"\\' in paper.spoken


def test_characters_that_no_font_shows_are_replaced_and_said_so(maximal: Samples, printed: Print) -> None:
    data = dataclasses.replace(
        maximal[FormCode.PROCEDURE_APPEAL],
        statement=(
            "иероглиф 中, знак \U0001f9d1\u200d\U0001f4bb, свой \ue000, половина \ud800, нуль \x00, разворот \u202eабв"
        ),
        appellant=Person(surname="ბერიძე"),
    )
    paper = printed(data)
    assert "иероглиф �, знак ��, свой �, половина �, нуль , разворот абв" in paper.text
    assert "Знак � стоит на месте знаков, которых нет в шрифте документа" in paper.text
    assert "ბერიძე" in paper.spoken


def test_nothing_is_said_of_replaced_characters_when_there_are_none(maximal: Samples, printed: Print) -> None:
    assert "Знак �" not in printed(maximal[FormCode.PROCEDURE_APPEAL]).text


@settings(max_examples=12, deadline=None, derandomize=True)
@given(text=st.text(max_size=120))
def test_any_text_can_be_set(text: str, minimal: Samples, made_at: datetime) -> None:
    data = dataclasses.replace(
        minimal[FormCode.PROCEDURE_APPEAL],
        statement=text,
        appellant=Person(surname=text, given_name=text[:9], patronymic=text[-5:]),
        exam_point=CodedName(code=text[:3], name=text),
    )
    assert render(FormCode.PROCEDURE_APPEAL, data, timestamp=made_at, overrides=None).startswith(b"%PDF")


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_replaces_one_template_and_leaves_the_others(
    form: FormCode, tmp_path: Path, minimal: Samples, printed: Print
) -> None:
    (tmp_path / "_seal.typ").write_text("#let seal = [Своя часть]", encoding="utf-8")
    (tmp_path / form.template).write_text(
        '#import "@local/apella:1.0.0": *\n#import "_seal.typ": seal\n'
        "#show: form.with()\n= Своя форма #data.region.name\n#seal",
        encoding="utf-8",
    )
    for code in FormCode:
        text = printed(minimal[code], overrides=tmp_path).text
        assert ("Своя форма Северная область Своя часть" in text) == (code is form)


def test_a_copied_core_template_works_unchanged_in_a_folder(tmp_path: Path, minimal: Samples, printed: Print) -> None:
    name = FormCode.RESULT_NOTICE.template
    (tmp_path / name).write_bytes((TEMPLATES / name).read_bytes())
    data = minimal[FormCode.RESULT_NOTICE]
    assert printed(data, overrides=tmp_path).raw == printed(data).raw


HEAD = '#set document(title: "а")\n#set text(font: "Tinos", lang: "ru")\n= Форма\n'
PICTURE = '<svg xmlns=\\"http://www.w3.org/2000/svg\\" width=\\"9\\" height=\\"9\\"/>'
BROKEN = {
    "syntax": ("= Форма\n#let a = \n", r"u-33\.typ не годится: expected expression \(u-33\.typ:2\)\."),
    "font": (HEAD.replace("Tinos", "Чужой"), "unknown font family"),
    "untitled": (HEAD.split("\n", 1)[1], "missing document title"),
    "picture": (f'{HEAD}#image(bytes("{PICTURE}"))', "missing alt text"),
    "escape": ('#read("/etc/hostname")', "file not found"),
    "network": ('#import "@preview/a:1.0.0": *', "пакеты из сети не загружаются"),
    "encoding": ("\udcff", "UTF-8"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_template_is_named_with_its_reason(
    kind: str, tmp_path: Path, minimal: Samples, made_at: datetime
) -> None:
    source, reason = BROKEN[kind]
    path = tmp_path / FormCode.RESULT_NOTICE.template
    path.write_bytes(source.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=reason) as caught:
        render(FormCode.RESULT_NOTICE, minimal[FormCode.RESULT_NOTICE], timestamp=made_at, overrides=tmp_path)
    assert str(path) in caught.value.message
    assert caught.value.error_code == "documents.template"


def test_a_template_under_a_wrong_name_is_not_passed_over(tmp_path: Path, minimal: Samples, made_at: datetime) -> None:
    (tmp_path / "u33.typ").write_text("= Форма", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"u33\.typ не годится: такой формы нет"):
        render(FormCode.APPEAL, minimal[FormCode.APPEAL], timestamp=made_at, overrides=tmp_path)


def test_a_missing_folder_of_forms_is_an_error(tmp_path: Path, minimal: Samples, made_at: datetime) -> None:
    with pytest.raises(ConfigurationError, match="Папки с формами нет"):
        render(FormCode.APPEAL, minimal[FormCode.APPEAL], timestamp=made_at, overrides=tmp_path / "forms")


def test_missing_fonts_are_named_with_what_to_do(tmp_path: Path, minimal: Samples, made_at: datetime) -> None:
    with pytest.raises(ConfigurationError, match=r"Нет шрифтов документов: Tinos, DejaVu Sans .* make setup") as caught:
        render(FormCode.APPEAL, minimal[FormCode.APPEAL], timestamp=made_at, overrides=None, fonts=tmp_path)
    assert caught.value.error_code == "documents.fonts"


def test_data_of_another_form_is_refused(minimal: Samples, made_at: datetime) -> None:
    with pytest.raises(TypeError, match="form 2-AP does not print AppealForm"):
        render(FormCode.HEARING_PROTOCOL, minimal[FormCode.APPEAL], timestamp=made_at, overrides=None)


def test_a_naive_timestamp_is_refused(minimal: Samples) -> None:
    with pytest.raises(ValueError, match="aware"):
        render(
            FormCode.APPEAL,
            minimal[FormCode.APPEAL],
            timestamp=datetime(2026, 6, 24, tzinfo=UTC).replace(tzinfo=None),
            overrides=None,
        )
