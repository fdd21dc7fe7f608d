"""Pages that show every macro of the kit in every state, served by an application of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, Page

from apella.testing.browser import serve
from apella.testing.kit_samples import ALERTS, ERRORS, MENU, VALUES
from apella.web import layout, pages, preferences, security
from apella.web.components import FieldError, Link
from apella.web.error_pages import error_page
from apella.web.layout import Contacts, Crumb, PageFrame

SESSION = "session-of-the-kit"
REASON_MISSING = FieldError(name="reason", message="Напишите причину отказа")


def _frame(title: str, **more: object) -> PageFrame:
    return PageFrame(
        title=title,
        commission_name="Апелляционная комиссия области",
        season_name="ЕГЭ, сезон 2025 года",
        now_text="вт 10.06.2025, 09:12",
        csrf_token=security.current_csrf_token(),
        preferences=preferences.current(),
        contacts=Contacts(who="Помощь", phone="8 (800) 000-00-00", hours="ежедневно 08:00–20:00"),
        links=(Link(label="Руководство", url="#help"), Link(label="Доступность", url="#a11y")),
        sign_out_url="/sign-out",
        here=request.path,
        **more,  # type: ignore[arg-type]
    )


def _make_app() -> Flask:
    app = Flask("apella.web")
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent / "templates"), app.jinja_loader])
    layout.init_app(app)
    policy = security.content_security_policy()
    security.init_app(app, security.Guard(secret=b"kit", session_id=lambda: SESSION, policy=policy, secure=False))
    app.register_blueprint(pages.blueprint)

    @app.get("/console")
    def console() -> str:
        frame = _frame(
            "Детали и их состояния",
            person_name="Бекетова М. А.",
            role_name="ответственный секретарь",
            menu=MENU,
            breadcrumbs=(Crumb(label="Журнал", url="#journal"), Crumb(label="07-04-000117")),
            notices=(ALERTS[0],),
            teaching_time="вт 10.06.2025",
            search_url="/console",
        )
        return render_template("kit_console.html", frame=frame, **VALUES)

    @app.get("/portal")
    def portal() -> str:
        return render_template(
            "kit_portal.html", frame=_frame("Апелляция по химии", person_name="Варвара З."), **VALUES
        )

    @app.route("/form", methods=["GET", "POST"])
    def wrong_form() -> tuple[str, int]:
        frame = _frame("Кто будет с вами на рассмотрении", person_name="Варвара З.", errors=ERRORS)
        return render_template("kit_form.html", frame=frame, **VALUES), 422

    @app.get("/done")
    def done() -> str:
        frame = _frame("Апелляция подана", person_name="Варвара З.", teaching_time="вт 10.06.2025")
        return render_template("kit_done.html", frame=frame, **VALUES)

    @app.get("/refusal")
    def refusal() -> tuple[str, int]:
        frame = _frame("Отказ в рассмотрении", person_name="Бекетова М. А.", errors=(REASON_MISSING,))
        return render_template("kit_refusal.html", frame=frame, **VALUES), 422

    @app.get("/error/<int:status>")
    def error(status: int) -> tuple[str, int]:
        return error_page(status, retry_after=90, incident="0197-5c2e"), 200

    return app


@pytest.fixture(scope="session")
def kit_address() -> Iterator[str]:
    """The address of the application with the kit's pages."""
    with serve(_make_app()) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of its own cookies at 1440 px."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="ru-RU")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
