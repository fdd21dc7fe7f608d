"""File names and keys: nothing that a person sends can name a place or break a header (T3.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from email.message import Message
from hashlib import sha256
from itertools import islice, product
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.errors import Malformed
from apella.storage.filenames import content_disposition, display_name, extension
from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.port import ObjectStore
from apella.testing.objectstore import StoreUnderTest, local_store
from apella.testing.sizes import figure

BEFORE = ("", "../", "..\\", "/", "C:\\", "~/", "%2e%2e%2f", "\u202e", "\x00", "\r\nX-Evil: 1\r\n")
MIDDLE = (
    "name",
    "../../etc/passwd",
    "имя",
    "a" * 10_000,
    "я" * 5_000,
    '"; filename="evil',
    "nul",
    "..",
    " ",
    "\ud800x",
)
AFTER = ("", ".pdf", ".pdf.exe", ".pdf\x00.exe", "fdp.\u202eexe", ". . .")
HOSTILE = list(islice(("".join(parts) for parts in product(BEFORE, MIDDLE, AFTER)), 500))
HEADER = re.compile(
    r"(?:attachment|inline); filename=\"([ -!#-\[\]-~]*)\"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)"
)


@pytest.mark.proof("T3.2")
def test_there_are_five_hundred_hostile_names() -> None:
    assert len(set(HOSTILE)) == 500
    figure("hostile names", len(HOSTILE))


def check_name(name: str) -> None:
    shown = display_name(name)
    assert shown
    assert shown not in {".", ".."}
    assert len(shown.encode()) <= 160
    assert not set(shown) & set('/\\"<>:|?*%')
    assert not any(unicodedata.category(letter).startswith("C") for letter in shown)
    assert display_name(shown) == shown
    header = content_disposition(name, inline=False)
    assert HEADER.fullmatch(header), header
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert "/" not in extension(name)


@pytest.mark.proof("T3.2")
def test_no_hostile_name_survives() -> None:
    for name in HOSTILE:
        check_name(name)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=400))
def test_no_name_at_all_breaks_a_page_or_a_header(name: str) -> None:
    check_name(name)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"]), min_size=6, max_size=30))
def test_an_ordinary_name_stays_as_it_is(stem: str) -> None:
    name = unicodedata.normalize("NFC", f"{stem}.pdf")
    assert display_name(name) == name
    assert extension(name) == "pdf"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Скан работы.pdf", "Скан работы.pdf"),
        ("C:\\Документы\\скан.png", "скан.png"),
        ("../../../etc/passwd", "passwd"),
        ("счёт\u202efdp.exe", "счётfdp.exe"),
        ("con.pdf", "_con.pdf"),
        ("contract.pdf", "contract.pdf"),
        ("  много   пробелов .pdf ", "много пробелов .pdf"),
        ("a<b>c.pdf", "a_b_c.pdf"),
        ("", "файл"),
        ("...", "файл"),
        ("я" * 200 + ".pdf", "я" * 73 + ".pdf"),
    ],
)
def test_a_name_is_cleaned_so(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_a_header_carries_both_forms_of_the_name() -> None:
    assert content_disposition("Форма 1.pdf", inline=True) == (
        "inline; filename=\"_____ 1.pdf\"; filename*=UTF-8''%D0%A4%D0%BE%D1%80%D0%BC%D0%B0%201.pdf"
    )


@pytest.mark.proof("T3.2")
@pytest.mark.parametrize("name", HOSTILE[::25])
def test_a_hostile_name_in_a_link_does_no_harm(subject: StoreUnderTest, store: ObjectStore, name: str) -> None:
    key = new_key(Area.CLEAN, tenant="names", kind="scan", year=2031)
    store.put(key, b"x", content_type="image/png", sha256=sha256(b"x").digest())
    link = store.presign_get(key, filename=name, content_type="image/png", seconds=60, now=subject.now())
    answer = requests.get(link.url, timeout=10)
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers
    assert HEADER.fullmatch(answer.headers["Content-Disposition"])


@pytest.mark.proof("T3.2")
def test_no_hostile_name_is_a_key(tmp_path: Path) -> None:
    right = new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)
    for name in HOSTILE:
        for path in (name, f"north/scan/2031/{name}", f"{name}./scan/2031/{right.id}", f"{right.path}{name or '/'}"):
            with pytest.raises(Malformed):
                ObjectKey.parse(path, area=Area.CLEAN)
        for tenant, kind in ((f"{name}/", "scan"), ("north", f"{name}/")):
            with pytest.raises(Malformed):
                new_key(Area.CLEAN, tenant=tenant, kind=kind, year=2031)
    local_store(tmp_path / "store").put(right, b"x", content_type="image/png", sha256=sha256(b"x").digest())
    assert [path for path in tmp_path.rglob("*") if path.is_file() and right.path not in path.as_posix()] == []


@pytest.mark.parametrize("year", [0, 999, 10_000, -2031])
def test_a_year_has_four_digits(year: int) -> None:
    with pytest.raises(Malformed):
        new_key(Area.CLEAN, tenant="north", kind="scan", year=year)


def test_a_key_is_read_back_as_it_was_made() -> None:
    key = new_key(Area.QUARANTINE, tenant="north-2", kind="answer_form-1", year=2031)
    assert ObjectKey.parse(key.path, area=Area.QUARANTINE) == key
    assert key.in_area(Area.CLEAN).path == key.path
    assert key.path.startswith("north-2/answer_form-1/2031/")


def test_keys_are_never_the_same() -> None:
    make: Callable[[], ObjectKey] = lambda: new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)  # noqa: E731 a name for a short repetition
    assert len({make().path for _ in range(1000)}) == 1000
