"""What lies in the appeal kit, how it is checked and shown (kits.toml)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apella.regions.codes import BodyCode
from apella.regions.values.base import Code, Keyed, Line, Sourced, Value

ItemForm = Literal["printed", "electronic"]
ItemNeed = Literal["always", "if_any", "on_need"]
Medium = Literal["printed", "screen", "results_site", "encrypted_mail"]


class KitItem(Sourced):
    """A line of a checklist.

    `need`: always there, there if such a thing exists, or asked for when it turns out to be needed.
    `absent_if_cross_checked`: papers checked in another region come without it, and the record says so (A21).
    """

    title: Line
    form: ItemForm
    need: ItemNeed
    absent_if_cross_checked: bool = False


class Kit(Value):
    """The checklist of one type of kit; with `adds_to` it holds all of that other one as well."""

    title: Line
    adds_to: Code | None = None
    item: Annotated[Keyed[KitItem], Field(min_length=1)]


class Tasks(Sourced):
    """The exam's tasks (KIM): always asked for (A22, E20); `delivered`: with each kit, on need, computer exam only."""

    delivered: Literal["with_kit", "on_need", "computer_exam"]


class ComputerTasks(Sourced):
    """The computer exam's tasks with their files: from whom, in which term, by which way."""

    source: BodyCode
    protected_channel: bool
    term: Line | None = None


class Recognition(Sourced):
    """The check of recognised data against the originals, which finds technical errors; `finds` says what they are."""

    mandatory: bool
    finds: Line


class Showing(Sourced):
    """How the materials are shown to somebody who takes part: the usual way first, then what stands in for it."""

    score: Annotated[tuple[Medium, ...], Field(min_length=1)]
    kege: Annotated[tuple[Medium, ...], Field(min_length=1)]


class Confirmation(Sourced):
    """Where the appellant confirms in writing that the materials are the own ones.

    `form` is a form's code. `checksum_first`: in the computer exam the checksums are compared before.
    """

    form: Line
    before_decision: bool
    checksum_first: bool


class KitTypes(Sourced):
    """Which checklist serves a written exam, an oral one, the computer exam."""

    written: Code
    oral: Code
    kege: Code


class KitRules(Value):
    """Everything about the appeal kit. `types` names which checklist each kind of exam takes."""

    tasks: Tasks
    computer_tasks: ComputerTasks
    types: KitTypes
    kit: Annotated[Keyed[Kit], Field(min_length=1)]
    recognition: Recognition
    showing: Showing
    confirmation: Confirmation

    @model_validator(mode="after")
    def _types_exist(self) -> Self:
        for exam, code in (("written", self.types.written), ("oral", self.types.oral), ("kege", self.types.kege)):
            if code not in self.kit:
                raise ValueError(f"types.{exam}: комплекта {code} нет; есть {', '.join(self.kit)}")
        for code, kit in self.kit.items():
            if kit.adds_to is not None and (kit.adds_to not in self.kit or self.kit[kit.adds_to].adds_to is not None):
                raise ValueError(
                    f"kit.{code}.adds_to: нужен комплект, который сам никого не дополняет; есть {', '.join(self.kit)}"
                )
        return self
