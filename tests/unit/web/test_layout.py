"""The frame around a page, error pages, and texts of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from flask import Flask, render_template, render_template_string
from jinja2 import UndefinedError

from apella.testing.kit_samples import ALERTS, ERRORS, MENU
from apella.web import i18n, layout, pages, security
from apella.web.error_pages import error_page
from apella.web.layout import Contacts, Crumb, PageFrame
from apella.web.preferences import Preferences

STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)


@pytest.fixture
def app() -> Flask:
    app = Flask("apella.web")
    policy = security.content_security_policy()
    security.init_app(app, security.Guard(secret=b"key", session_id=lambda: "s-1", policy=policy, secure=False))
    layout.init_app(app)
    app.register_blueprint(pages.blueprint)
    return app


@pytest.fixture
def draw(app: Flask) -> Callable[[str, PageFrame], str]:
    def _draw(name: str, frame: PageFrame) -> str:
        with app.test_request_context("/nord/cases"):
            return render_template(f"layout/{name}.html", frame=frame)

    return _draw


@pytest.mark.parametrize("name", ["console", "portal", "plain"])
def test_every_layout_has_a_way_to_skip_to_its_one_heading(name: str, draw: Callable[[str, PageFrame], str]) -> None:
    page = draw(name, PageFrame(title="Журнал апелляций"))
    assert page.count("<h1>") == 1
    assert 'href="#main"' in page
    assert 'id="main"' in page
    assert "<title>Журнал апелляций – Апелл" in page


@pytest.mark.parametrize("name", ["console", "portal", "plain"])
def test_a_teaching_instance_says_so_on_every_page(name: str, draw: Callable[[str, PageFrame], str]) -> None:
    assert "Учебное время: чт 18.06.2026" in draw(name, PageFrame(title="Сегодня", teaching_time="чт 18.06.2026"))
    assert "Учебн" not in draw(name, PageFrame(title="Сегодня"))


def test_errors_change_the_title_and_lead_to_their_fields(draw: Callable[[str, PageFrame], str]) -> None:
    frame = PageFrame(title="Кто будет с вами", errors=ERRORS[:2])
    page = draw("portal", frame)
    assert "<title>Ошибка: Кто будет с вами – " in page
    assert "Исправьте 2 ошибки" in page
    assert '<a href="#f-passport">Укажите номер паспорта матери или отца</a>' in page
    assert frame.error_of("phone") == "Допишите телефон: не хватает 2 цифр"
    assert frame.error_of("name") is None


def test_the_console_shows_who_where_and_when(draw: Callable[[str, PageFrame], str]) -> None:
    page = draw(
        "console",
        PageFrame(
            title="Дело 07-04-000117",
            heading="Заречная Варвара Ильинична",
            commission_name="Апелляционная комиссия",
            person_name="Бекетова М. А.",
            role_name="ответственный секретарь",
            now_text="вт 10.06.2025, 09:12",
            menu=MENU,
            breadcrumbs=(Crumb(label="Журнал", url="/nord/cases"), Crumb(label="07-04-000117")),
            notices=(ALERTS[0],),
            contacts=Contacts(who="Помощь", phone="8 (800) 000-00-00", hours="ежедневно"),
            sign_out_url="/sign-out",
            csrf_token="token",
            here="/nord/cases?page=2",
        ),
    )
    for expected in (
        "<h1>Заречная Варвара Ильинична</h1>",
        "<title>Дело 07-04-000117 – Апелла</title>",
        'aria-current="page">07-04-000117',
        'href="/vi?next=/nord/cases?page%3D2"',
        '<form method="post" action="/sign-out"><input type="hidden" name="csrf_token" value="token">',
        'href="tel:+78000000000"',
        'role="status"',
        '<meta name="csrf-token" content="token">',
    ):
        assert expected in page


def test_what_a_person_typed_is_never_markup(draw: Callable[[str, PageFrame], str]) -> None:
    page = draw("console", PageFrame(title="<script>alert(1)</script>", search_url="/s", search_text='"><img src=x>'))
    assert "<script>alert" not in page
    assert "<img" not in page


def test_the_chosen_view_is_drawn_by_the_server(draw: Callable[[str, PageFrame], str]) -> None:
    frame = PageFrame(title="Сегодня", preferences=Preferences.from_cookie("2-dark-1-1"))
    assert '<html lang="ru" class="vi vi-dark vi-size-2">' in draw("plain", frame)


def test_static_files_carry_a_mark_of_their_content(draw: Callable[[str, PageFrame], str]) -> None:
    mark = hashlib.sha256((layout.STATIC / "apella.css").read_bytes()).hexdigest()[:10]
    assert f"/static/apella.css?v={mark}" in draw("plain", PageFrame(title="Вход"))


def test_a_hole_in_a_page_is_an_error(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string("{{ due_date }}")


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_page_says_what_to_do(app: Flask, status: int) -> None:
    with app.test_request_context("/nord/cases"):
        page = error_page(status, retry_after=90 if status in {429, 503} else None, incident="0197")
    assert page.count("<h1>") == 1
    assert "Номер обращения: 0197" in page
    assert ("Повторить можно через 2\u00a0минуты." in page) is (status in {429, 503})


@pytest.mark.parametrize(("status", "title"), [(405, "Запрос не понят"), (502, "Ошибка на сервере")])
def test_a_status_without_a_page_borrows_one(app: Flask, status: int, title: str) -> None:
    with app.test_request_context("/"):
        assert f"<h1>{title}</h1>" in error_page(status)


def test_the_sentence_of_the_error_goes_first(app: Flask) -> None:
    with app.test_request_context("/"):
        page = error_page(409, message="Дело уже рассмотрено <сегодня>.", home_url="/nord/")
    assert "Дело уже рассмотрено &lt;сегодня&gt;." in page
    assert 'href="/nord/"' in page


def test_a_text_takes_its_values_by_name() -> None:
    assert i18n.gettext("осталось %(time)s", time="2 ч") == "осталось 2 ч"
    assert i18n.gettext("меньше 95 %%") == "меньше 95 %"
