"""What every value of a region's rules is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Line = Annotated[str, Field(pattern=r"^\S(.*\S)?$", description="непустая строка без пробелов по краям")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="строчные латинские буквы, цифры и «_»")]
ClauseId = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]*:\S+$", description="источник и пункт через двоеточие, например federal:100.1"),
]
Clauses = Annotated[
    tuple[ClauseId, ...],
    Field(min_length=1, description='список пунктов, из которых взято значение, например ["federal:100.1"]'),
]
SubjectCode = Annotated[str, Field(pattern=r"^\d\d$", description="код предмета из двух цифр, например 02")]
Url = Annotated[str, Field(pattern=r"^https?://\S+$", description="адрес, который начинается с http:// или https://")]
Minutes = Annotated[int, Field(ge=0, le=24 * 60, description="целое число минут от 0 до 1440")]


class Value(BaseModel):
    """A frozen value read from a region's files; an unknown key is an error.

    A field's `description` says in Russian what would be right; error messages quote it.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Sourced(Value):
    """A value with the statements that it comes from: `federal:…`, `core:…`, or the tenant's own acts."""

    clauses: Clauses


class Statement(Sourced):
    """A rule that is read by people: one Russian line."""

    text: Line


ItemT = TypeVar("ItemT")
Keyed = Annotated[Mapping[Code, ItemT], AfterValidator(MappingProxyType)]
"""Values under codes of their own: a region's table adds to the federal one and replaces it code by code."""


class CaseForms(Value):
    """A Russian name in all six cases."""

    nominative: Line
    genitive: Line
    dative: Line
    accusative: Line
    instrumental: Line
    prepositional: Line

    def __str__(self) -> str:
        return self.nominative
