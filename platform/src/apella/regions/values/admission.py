"""What may be appealed, what counts as one's own work, how personal data travel (admission.toml)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from apella.regions.codes import BodyCode, CategoryCode, ConfirmedWhen, KindCode
from apella.regions.values.base import Keyed, Line, Sourced, Statement, Value

EXCLUDED_GROUNDS = ("task_content", "short_answer_scoring", "own_breach", "wrong_completion")
"""What the commission does not consider anywhere: a region words these grounds and may not add to them."""


class Scope(Sourced):
    """The kinds of appeal that the region's own act describes; the federal Procedure rules the others."""

    own_kinds: tuple[KindCode, ...]


class Recheck(Sourced):
    """That the result of a re-check of a paper may be appealed as well: the Procedure's right (federal:100.3)."""

    appealable: bool

    @model_validator(mode="after")
    def _is_the_procedure_s(self) -> Self:
        if not self.appealable:
            raise ValueError(
                "appealable: обжаловать результат перепроверки даёт Порядок (federal:100.3), и сузить право на "
                "апелляцию регион не может; укажите true или уберите эту таблицу"
            )
        return self


class Ownership(Sourced):
    """When the appellant says that the images and recordings are of the own work.

    `not_mine_to` is told when they are not; the case runs on meanwhile (A32).
    """

    confirmed: Annotated[tuple[ConfirmedWhen, ...], Field(min_length=1)]
    not_mine_to: BodyCode | None = None


class ExtraPlaces(Sourced):
    """Places of filing that the regional body adds, and for whom."""

    places: tuple[Line, ...]
    categories: tuple[CategoryCode, ...]


class Protection(Sourced):
    """How personal data travel on one way: over a protected channel, encrypted, or as the law says."""

    text: Line
    protected_channel: bool
    encrypted: bool


class AdmissionRules(Value):
    """What the commission considers, and what filing asks of everybody."""

    scope: Scope
    grounds: Keyed[Statement]
    materials: Keyed[Statement]
    recheck: Recheck
    ownership: Ownership
    extra_places: ExtraPlaces
    protection: Keyed[Protection]

    def not_considered(self, kind: str) -> tuple[str, ...]:
        """What somebody who files is told is left out: the grounds, and the materials of a score appeal."""
        materials = self.materials.values() if kind == "score" else ()
        return tuple(one.text for one in (*self.grounds.values(), *materials))

    @model_validator(mode="after")
    def _grounds_are_the_procedure_s(self) -> Self:
        unknown = sorted(set(self.grounds) - set(EXCLUDED_GROUNDS))
        if unknown:
            raise ValueError(
                f"grounds.{unknown[0]}: такого основания в Порядке нет, а сузить право на апелляцию регион не может; "
                f"есть {', '.join(EXCLUDED_GROUNDS)}"
            )
        return self
