"""How a person's name, document and phone are written down so that equal ones compare equal."""

from __future__ import annotations

import re
import unicodedata

from apella.errors import Malformed

DOCUMENT_LENGTHS = range(4, 31)
# Series of birth certificates hold Roman numerals and letters; people type both from either keyboard.
_LATIN_TWINS = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")


def sort_key(surname: str, given_name: str, patronymic: str | None = None) -> str:
    """Give the text that people are ordered and searched by: lower case, ё as е, single spaces.

    A search by the beginning of the surname is the range `>= prefix` and `< prefix + U+10FFFF`.
    """
    name = " ".join(part for part in (surname, given_name, patronymic) if part)
    return " ".join(unicodedata.normalize("NFC", name).lower().replace("ё", "е").split())


def normal_document(text: str) -> str:
    """Give the document's series and number as letters and digits only, so that it can be compared by its index.

    Raises Malformed (`identity.document`) when too little or too much is left.
    """
    letters = unicodedata.normalize("NFKC", text.replace("№", "")).upper().translate(_LATIN_TWINS)
    number = "".join(letter for letter in letters if letter.isalnum())
    if len(number) not in DOCUMENT_LENGTHS:
        raise Malformed(
            "Номер документа записан не полностью.",
            code="identity.document",
            fields={
                "document": "Укажите серию и номер документа, с которым вы сдавали экзамен, "
                "например 83\u00a004\u00a0123456"
            },
        )
    return number


def normal_phone(text: str) -> str:
    """Give a Russian phone number as +7 and ten digits.

    Raises Malformed (`identity.phone`) for anything else: messages go to +7 numbers only.
    """
    digits = re.sub(r"[\s()\-.\u2010-\u2015]", "", text)
    match = re.fullmatch(r"(?:\+7|8|7)?(\d{10})", digits, flags=re.ASCII)
    if match is None:
        raise Malformed(
            "Номер телефона записан не полностью.",
            code="identity.phone",
            fields={
                "phone": "Укажите номер телефона: +7 и ещё десять цифр, например +7\u00a0900\u00a0123\u201145\u201167"
            },
        )
    return f"+7{match[1]}"
