"""What a look at the sources can prove: no inline code, no English, no text outside the catalogue, no class or icon
that does not exist."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.ext import extract_from_ast

from apella.web import i18n
from apella.web.layout import STATIC, TEMPLATES

CORE = Path(i18n.__file__).parents[1]
ALL_TEMPLATES = sorted(CORE.rglob("templates/**/*.html"))
CSS = (STATIC / "apella.css").read_text(encoding="utf-8")
# Words that Russian pages write with Latin letters.
ALLOWED = {"PDF", "JPEG", "PNG", "CSV", "UTC", "SHA", "ZIP", "XLSX", "QR"}
READ_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "value", "data-l"}
HOLE = "\u2603"


def _name(path: Path) -> str:
    return str(path.relative_to(CORE))


class _Reader(HTMLParser):
    """Collects what a person reads, and what the policy of the site forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.forbidden: list[str] = []
        self.classes: set[str] = set()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "style"}:
            self._silent += 1
            if tag == "style" or not given.get("src"):
                self.forbidden.append(f"inline <{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").strip().startswith("javascript:"):
                self.forbidden.append(f"{tag} {name}={value}")
            elif name in READ_ATTRIBUTES and not (name == "value" and tag == "input"):
                self.texts.append(value or "")
        self.classes |= set((given.get("class") or "").replace(HOLE, " ").split())

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def _read(path: Path) -> _Reader:
    """Read a template with a hole in the place of each Jinja tag."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    source = path.read_text(encoding="utf-8")
    kept, inside = [], 0
    for _line, kind, value in environment.lex(source):
        if kind in {"block_begin", "variable_begin"}:
            inside += 1
        elif kind in {"block_end", "variable_end"}:
            inside -= 1
            kept.append(HOLE if kind == "variable_end" else "")
        elif kind == "data" and not inside:
            kept.append(value)
    reader = _Reader()
    reader.feed("".join(kept))
    return reader


def _messages(path: Path) -> list[str]:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    return [
        text
        for _line, _function, found in extract_from_ast(environment.parse(path.read_text(encoding="utf-8")))
        for text in ([found] if isinstance(found, str) else [part for part in found or () if part])
    ]


def english_words(text: str) -> list[str]:
    """Return words in Latin letters that a Russian page does not have.

    Names in %(…)s are no words, nor are classes and attributes that a macro writes piece by piece.
    """
    plain = re.sub(r'%\(\w+\)[sd]|\b(?:ap|aria)-[a-z-]+(="[^"]*")?', "", text)
    return [word for word in re.findall(r"[A-Za-z]{2,}", plain) if word not in ALLOWED]


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_a_page_has_no_english_word(path: Path) -> None:
    read = [*_read(path).texts, *_messages(path)]
    assert [word for text in read for word in english_words(text)] == []


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_every_russian_text_is_in_the_catalogue(path: Path) -> None:
    assert [text for text in _read(path).texts if re.search("[А-Яа-яЁё]", text)] == []


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_a_percent_sign_of_a_text_is_doubled(path: Path) -> None:
    assert [text for text in _messages(path) if re.search(r"%(?!%|\(\w+\)[sd])", text.replace("%%", ""))] == []


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_nothing_is_inline(path: Path) -> None:
    assert _read(path).forbidden == []


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_every_class_of_ours_is_in_the_stylesheet(path: Path) -> None:
    defined = set(re.findall(r"\.(ap-[\w-]+)", CSS))
    source = path.read_text(encoding="utf-8")
    used = set(re.findall(r"(?<![\w/#.-])ap-[a-z]+(?:(?:__|--|-)[a-z]+)*(?![\w-])", source))
    assert used - defined == set()


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=_name)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    sprite = set(re.findall(r'id="i-(\w+)"', (TEMPLATES / "layout" / "_sprite.html").read_text(encoding="utf-8")))
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(path.read_text(encoding="utf-8"))
    named = {
        call.args[0].value
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name)
        and call.node.name == "icon"
        and call.args
        and isinstance(call.args[0], nodes.Const)
    }
    assert named - sprite == set()


def test_every_class_of_the_stylesheet_is_used() -> None:
    defined = set(re.findall(r"\.(ap-[\w-]+)", CSS))
    tests = Path(__file__).parents[2] / "browser" / "kit" / "templates"
    used = "".join(path.read_text(encoding="utf-8") for path in [*ALL_TEMPLATES, *tests.glob("*.html")])
    used += (STATIC / "apella.js").read_text(encoding="utf-8")
    made = {"ap-tag--", "ap-due--", "ap-alert--", "ap-w-"}
    unused = {name for name in defined if name not in used and not any(name.startswith(start) for start in made)}
    assert unused == set()


def test_the_stylesheet_takes_everything_from_this_site() -> None:
    without_drawings = re.sub(r'url\("data:image/svg\+xml,[^"]*"\)', "", CSS)
    assert re.findall(r"@import|https?:|url\(\s*['\"]?(?!vendor/)", without_drawings) == []


def test_our_script_is_short_and_needs_no_eval() -> None:
    script = (STATIC / "apella.js").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 100
    assert re.findall(r"\beval\b|new Function|innerHTML", script) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [("Файл PDF", []), ("Ваш email", ["email"]), ("Осталось %(time)s", []), ("Войти в dashboard", ["dashboard"])],
)
def test_the_lint_knows_an_english_word(text: str, words: list[str]) -> None:
    assert english_words(text) == words
