"""What macros owe to a reader and to a screen reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, render_template_string

from apella.testing.kit_samples import VALUES
from apella.web import layout
from apella.web.components import NextStep
from apella.web.layout import PageFrame

Draw = Callable[..., str]


@pytest.fixture(scope="module")
def draw() -> Draw:
    app = Flask("apella.web")
    layout.init_app(app)

    def _draw(file: str, call: str, **values: object) -> str:
        name = call.partition("(")[0]
        source = f'{{% from "kit/{file}.html" import {name} %}}{{{{ {call} }}}}'
        with app.test_request_context():
            return render_template_string(source, **{**VALUES, **values})

    return _draw


def test_a_deadline_has_a_word_beside_its_colour(draw: Draw) -> None:
    over = draw("due", "due(dues.over)")
    assert 'class="ap-due ap-due--over"' in over
    assert "просрочено на" in over
    assert 'datetime="2025-06-10T08:40+03:00"' in over
    assert "<time" not in draw("due", "due(dues.none)")


def test_a_neutral_tag_has_no_colour(draw: Draw) -> None:
    assert 'class="ap-tag"' in draw("tag", "tag(tags[5])")
    assert 'class="ap-tag ap-tag--bad"' in draw("tag", "tag(tags[7])")


@pytest.mark.parametrize(("number", "role"), [(0, 'role="status"'), (3, 'role="alert"')])
def test_a_message_is_announced(draw: Draw, number: int, role: str) -> None:
    assert role in draw("alert", f"alert(alerts[{number}])")


@pytest.mark.parametrize("number", [1, 2])
def test_a_standing_message_is_not_announced(draw: Draw, number: int) -> None:
    assert "role=" not in draw("alert", f"alert(alerts[{number}])")


def test_what_cannot_be_done_says_why(draw: Draw) -> None:
    listed = draw("todo_list", "todo_list(todo)")
    assert "ждёт график" in listed
    assert "ap-todo__group--over" in listed
    step = draw("next_step", "next_step(next_steps[1])")
    assert "Это делает председатель" in step
    assert "btn" not in step


def test_a_next_step_has_one_primary_button(draw: Draw) -> None:
    assert draw("next_step", "next_step(next_steps[0])").count("btn-primary") == 1


def test_an_empty_counter_is_light(draw: Draw) -> None:
    assert draw("flow", 'flow("Где дела", counters)').count("is-zero") == 1


def test_the_course_of_a_case_is_read_out(draw: Draw) -> None:
    listed = draw("timeline", "timeline(steps)")
    assert [word in listed for word in ("Пройдено:", "Сейчас:", "Впереди:")] == [True] * 3


def test_a_strip_speaks_for_each_day(draw: Draw) -> None:
    drawn = draw("daystrip", "daystrip(strips[1])")
    assert drawn.count('aria-hidden="true">') >= 2 * drawn.count("<li")
    assert "не считается, День России" in drawn
    assert drawn.count("is-new") == 1


def test_a_count_of_days_is_one_click_away(draw: Draw) -> None:
    assert "<details" in draw("daystrip", "deadline(deadlines[0])")
    assert "Положение, п.\u00a041" in draw("daystrip", "deadline(deadlines[1])")


def test_a_table_stays_a_table_when_it_turns_into_cards(draw: Draw) -> None:
    drawn = draw("score_table", "score_table(scores)")
    for role in ("table", "rowgroup", "row", "columnheader", "rowheader", "cell"):
        assert f'role="{role}"' in drawn
    assert 'data-l="Выставлено"' in drawn
    assert "предварительно" in drawn


def test_votes_are_words(draw: Draw) -> None:
    source = '{% from "kit/vote_panel.html" import vote_panel %}{% call vote_panel(votes) %}форма{% endcall %}'
    app = Flask("apella.web")
    layout.init_app(app)
    with app.test_request_context():
        drawn = render_template_string(source, **VALUES)
    for word in ("за</span>", "против</span>", "голоса ещё нет", "не голосует: работает", "Кворум есть", "форма"):
        assert word in drawn


def test_a_locked_step_has_no_link(draw: Draw) -> None:
    drawn = draw("task_list", 'task_list(tasks, "progress")')
    assert drawn.count("<a ") == 2
    assert "Пока нельзя" in drawn


def test_a_form_carries_its_token_and_hidden_values(draw: Draw) -> None:
    app = Flask("apella.web")
    layout.init_app(app)
    source = """{% from "kit/form.html" import legal_act %}
      {% call legal_act("Отказ", "Дело закроется.", "/act", frame, "Отклонить", hidden={"version": 7},
                        final="Отменить нельзя.") %}поле{% endcall %}"""
    with app.test_request_context():
        drawn = render_template_string(source, frame=PageFrame(title="Отказ", csrf_token="token"))
    assert 'name="csrf_token" value="token"' in drawn
    assert 'name="version" value="7"' in drawn
    assert drawn.index("Отменить нельзя.") < drawn.index("Отклонить")


@pytest.mark.parametrize(
    "call",
    [
        'text_field("name", "Фамилия", value="Сурков", error="Укажите фамилию", hint="Как в паспорте")',
        'textarea("name", "Фамилия", value="Сурков", error="Укажите фамилию", hint="Как в паспорте")',
        'select_field("name", "Фамилия", choices, value="proxy", error="Укажите фамилию", hint="Как в паспорте")',
        'file_field("name", "Снимок", error="Укажите фамилию", hint="Как в паспорте")',
    ],
)
def test_a_wrong_field_names_its_error_and_hint(draw: Draw, call: str) -> None:
    drawn = draw("field", call)
    assert 'for="f-name"' in drawn
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in drawn
    assert 'id="f-name-error"' in drawn
    assert '<span class="hid">Ошибка: </span>Укажите фамилию' in drawn


def test_what_was_typed_is_never_lost(draw: Draw) -> None:
    assert 'value="Сурков"' in draw("field", 'text_field("name", "Фамилия", value="Сурков", error="Нет такого")')
    assert ">Сурков</textarea>" in draw("field", 'textarea("name", "Фамилия", value="Сурков")')
    assert 'value="proxy" selected' in draw("field", 'select_field("rep", "Кто", choices, value="proxy")')
    assert 'value="proxy" id="f-rep-2" checked' in draw("field", 'radios("rep", "Кто", choices, value="proxy")')
    assert draw("field", 'checkboxes("rep", "Кто", choices, values=("proxy", "none"))').count(" checked") == 2


def test_a_group_of_choices_has_a_legend_and_its_link_leads_to_the_first(draw: Draw) -> None:
    drawn = draw("field", 'radios("rep", "Кто будет с вами", choices, error="Выберите")')
    assert "<legend" in drawn
    assert 'id="f-rep"' in drawn
    assert 'aria-describedby="f-rep-error"' in drawn
    assert "aria-invalid" not in drawn


def test_what_people_typed_is_escaped(draw: Draw) -> None:
    assert "<b>" not in draw("field", 'text_field("name", "Имя", value=typed)', typed='"><b>x')
    assert "<b>" not in draw("next_step", "next_step(step)", step=NextStep(title="<b>", text="<b>"))


def test_long_work_is_never_refreshed_by_itself(draw: Draw) -> None:
    drawn = draw("alert", "job(work)")
    assert 'role="status"' in drawn
    assert "every" not in drawn
    assert 'href="/console"' in drawn
