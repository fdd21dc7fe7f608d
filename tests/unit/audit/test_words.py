"""Every tag that the code writes has plain words."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import apella
from apella.appeals.model import ProxyIssuer
from apella.appeals.states import Action, State, SuspensionReason
from apella.audit.words import GROUPS, TAGS, Group, Wording, details_of, tags_of, words_of
from apella.commissions.model import Ballot
from apella.identity.representation_model import RepresentationKind
from apella.materials.model import AttachmentKind
from apella.notices.model import NoticeState
from apella.regions.codes import PowerCode

PACKAGE = Path(apella.__file__).parent
TAG = re.compile(r"[a-z_]+(:[a-z_]+){2}")
# What a tag's open end may be: the beginnings that the code completes at run time.
OPEN: dict[str, set[str]] = {
    "appeal:state:": set(map(str, Action)),
    "notice:person:": set(map(str, NoticeState)) - {"planned"},
    "appeal:conflict:": {"declared", "allocated", "lifted"},
    "access:break_glass:": {"opened", "seen", "closed"},
    "attachment:file:": {"announced", "sent", "accepted", "rejected", "opened"},
    "calendar:version:": {"proposed", "approved", "rejected"},
}


WORDING = Wording(
    moment=lambda at: f"{at:%d.%m}",
    day=lambda day: f"{day:%d.%m.%Y}",
    terms={"score.filing": "подача апелляции"},
    roles={"school_operator": "ответственный в школе"},
)


def tags_in(tree: ast.AST) -> Iterator[str]:
    """Every text that looks like a tag, and the beginnings of those that are put together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            begin = str(node.values[0].value)
            if re.fullmatch(r"[a-z_]+:[a-z_]+:", begin):
                yield begin
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_tag(node.value):
            yield node.value


def _is_tag(text: str) -> bool:
    return TAG.fullmatch(text) is not None and not text.startswith("urn:")


def written() -> set[str]:
    """The tags of the product's code, the helpers of tests aside."""
    found: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        if "testing" not in file.parts and file.name != "words.py":
            found |= set(tags_in(ast.parse(file.read_text(encoding="utf-8"))))
    closed = {tag for tag in found if not tag.endswith(":")}
    return closed.union(*({f"{begin}{end}" for end in OPEN[begin]} for begin in found if begin.endswith(":")))


def test_every_tag_that_the_code_writes_has_words() -> None:
    assert len(written()) > 50
    assert written() - TAGS.keys() == set()


def test_no_words_are_left_over() -> None:
    assert TAGS.keys() - written() == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("record(tag='a:b:c')", {"a:b:c"}),
        ("record(tag=f'appeal:state:{x}')", {"appeal:state:"}),
        ("x = 'http://a:b'", set()),
    ],
)
def test_a_tag_is_recognised(source: str, found: set[str]) -> None:
    assert set(tags_in(ast.parse(source))) == found


def test_words_are_russian_sentences_without_an_end() -> None:
    for tag, (text, group) in TAGS.items():
        assert re.match(r"[А-ЯЁ]", text), tag
        assert not text.endswith("."), tag
        assert tag in tags_of(group)
    assert set(GROUPS) == set(Group)


def test_a_later_release_s_tag_is_named_by_itself() -> None:
    assert words_of("new:thing:done").text == "Событие «new:thing:done»"


def test_codes_are_all_worded() -> None:
    codes_of: list[tuple[str, type[enum.StrEnum]]] = [
        ("state", State),
        ("ballot", Ballot),
        ("kind", RepresentationKind),
        ("kind", AttachmentKind),
        ("issuer", ProxyIssuer),
        ("powers", PowerCode),
        ("reason", SuspensionReason),
    ]
    for field, codes in codes_of:
        for code in codes:
            said = details_of(f'{{"after":{{"{field}":"{code}"}},"before":{{}}}}', WORDING)
            assert str(code) not in said


def test_details_say_what_changed_in_plain_words() -> None:
    changes = (
        '{"after":{"due":"2031-06-16T21:00:00+00:00","kit":"01a2052f-7050-73ee-a65a-e604cc52f160","term":"score.filing"},'
        '"before":{"due":"2031-06-15T21:00:00+00:00","version":3}}'
    )
    said = details_of(changes, WORDING)
    assert said == "последний момент: 15.06 → 16.06; срок: подача апелляции"


def test_who_handed_on_and_the_day_of_a_paper_are_told() -> None:
    changes = '{"after":{"application":"2031-06-15","by":"school_operator","powers":[]},"before":{}}'
    assert details_of(changes, WORDING) == "заявление от: 15.06.2031; кто: ответственный в школе"


def test_what_an_import_brought_is_counted_in_plain_words() -> None:
    changes = '{"after":{"cases_open":0,"results_changed":12,"works_added":3},"before":{}}'
    assert details_of(changes, WORDING) == "результатов изменено: 12; работ добавлено: 3"
