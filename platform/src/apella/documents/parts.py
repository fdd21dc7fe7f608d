"""The parts that the forms of an appeal are made of.

Every value is finished: words are Russian, dates are calendar dates of the tenant. An empty value prints as an empty
field that a pen can fill.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class Presence(enum.StrEnum):
    """Who wants to be present when the appeal is considered (federal:98.5)."""

    PRESENT = "present"
    REPRESENTED = "represented"
    WITHOUT = "without"


class Decision(enum.StrEnum):
    """What the commission decided (federal:99.10, federal:102.1); a referral exists for the computer exam only."""

    REJECTED = "rejected"
    SATISFIED = "satisfied"
    REFERRED = "referred"


@dataclass(frozen=True, kw_only=True)
class CommissionName:
    """The tenant's own name of its commission.

    `accusative` follows «в» («в Конфликтную комиссию …»); the short forms are the bare kind of commission without
    the region («апелляционной комиссии»).
    """

    nominative: str
    accusative: str
    short_genitive: str
    short_prepositional: str


@dataclass(frozen=True, kw_only=True)
class CodedName:
    """A region, subject, school or exam point: the code for the boxes and the name beside it."""

    code: str = ""
    name: str = ""


NO_NAME = CodedName()


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person's name in its three parts, nominative."""

    surname: str = ""
    given_name: str = ""
    patronymic: str = ""


NOBODY = Person()


@dataclass(frozen=True, kw_only=True)
class IdentityDocument:
    """An identity document (federal:100.10); `kind` is its Russian name, empty for a passport of the country."""

    kind: str = ""
    series: str = ""
    number: str = ""


NO_DOCUMENT = IdentityDocument()


@dataclass(frozen=True, kw_only=True)
class Representative:
    """Who acts for the appellant: `role` and `authority` are Russian («законный представитель», «доверенность № 5»)."""

    role: str
    name: str
    document: IdentityDocument = NO_DOCUMENT
    authority: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A line with a box: its Russian words and whether the box is ticked."""

    text: str
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A line to sign.

    `mark` says in Russian how it was signed without a pen; without it the line stays empty for a pen.
    """

    position: str = ""
    name: str = ""
    signed_on: date | None = None
    mark: str = ""


UNSIGNED = Signature()


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A sentence that the appellant or the representative signs, worded by the tenant (federal:101.7)."""

    text: str
    signature: Signature = UNSIGNED


_PRESENCE_WORDS = {
    Presence.PRESENT: "в моём присутствии",
    Presence.REPRESENTED: "в присутствии лица, представляющего мои интересы",
    Presence.WITHOUT: "без меня (моих представителей)",
}


def presence_choices(chosen: Presence | None = None) -> tuple[Choice, ...]:
    """The three presence lines of form 1-АП with one of them ticked, or none; a tenant may word its own."""
    return tuple(Choice(text=words, chosen=presence is chosen) for presence, words in _PRESENCE_WORDS.items())


def attendance_choices(*, attended: bool | None = None) -> tuple[Choice, ...]:
    """The two lines of form 2-АП that say whether anyone came; `None` leaves both boxes empty."""
    return (
        Choice(
            text="в присутствии апеллянта (законных представителей, представителя по доверенности)",
            chosen=attended is True,
        ),
        Choice(
            text="без присутствия апеллянта (законных представителей, представителя по доверенности)",
            chosen=attended is False,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Material:
    """A line of the appeal kit: sheets of images and of recognition results; None where there is none of the kind."""

    name: str
    image_sheets: int | None = None
    recognition_sheets: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeCount:
    """How many tasks the decision changes in one part of the work («бланк ответов № 2»)."""

    part: str
    tasks: int


@dataclass(frozen=True, kw_only=True)
class ScoreChange:
    """A position whose score the decision changes, with the argument for its criterion."""

    position: int
    task: str
    criterion: str
    was: int | Decimal
    becomes: int | Decimal
    argument: str


@dataclass(frozen=True, kw_only=True)
class TechnicalChange:
    """A position that was scanned, recognised or verified wrongly: what the machine held and what the form says."""

    position: int
    task: str
    was: str
    becomes: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticeChange:
    """A changed position as the appellant reads it; `part` names the answer form or the oral part."""

    part: str
    task: str
    criterion: str = ""
    was: str | int | Decimal
    becomes: str | int | Decimal


@dataclass(frozen=True, kw_only=True)
class Checker:
    """Who took part in the check of the stated facts, and in which role (federal:99.6)."""

    role: str
    name: str
