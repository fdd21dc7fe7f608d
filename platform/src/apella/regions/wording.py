"""What a fault in a table is called in Russian: the key, what is wrong, what would be right."""

from __future__ import annotations

import datetime as dt
import difflib
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_PLAIN_TYPES: Mapping[object, str] = {
    str: "строка в кавычках",
    int: "целое число",
    bool: "true или false",
    dt.date: "дата ГГГГ-ММ-ДД",
    dt.time: "время ЧЧ:ММ:СС",
}


def sentence(model: type[BaseModel], fault: ErrorDetails, *, place: str) -> str:
    """One sentence about one fault that pydantic found in a table read as `model`."""
    loc = fault["loc"]
    key = _dotted(loc)
    where = f"{place} {key}" if place.endswith("столбец") else f"{place}: {key}" if key else place
    kind = fault["type"]
    if kind == "value_error":
        # Our own validators speak Russian; pydantic puts two English words in front of what they say.
        return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
    if kind == "extra_forbidden":
        known = _keys_at(model, loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = f"возможно, это {near[0]}" if near else f"возможные ключи: {', '.join(known)}"
        return f"{where}: такого ключа нет; {hint}."
    right = _right(model, loc)
    if kind == "missing":
        return f"{where}: ключа нет, добавьте его; нужно: {right}."
    return f"{where}: значение {_shown(fault['input'])} не подходит; нужно: {right}."


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def _shown(value: object) -> str:
    text = f"«{value}»" if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _right(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """What the schema wants at a place: the nearest description, else the kind of value."""
    annotation: Any = model
    hint = ""
    for part in loc:
        annotation, hint = _step(annotation, part)
    return hint or _kind_of(annotation)


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    annotation: Any = model
    for part in loc:
        annotation, _ = _step(annotation, part)
    found = _model_of(annotation)
    return list(found.model_fields) if found else []


def _step(annotation: Any, part: int | str) -> tuple[Any, str]:
    """The annotation one key deeper, and the description that stands on it."""
    found = _model_of(annotation)
    if found is not None and isinstance(part, str) and part in found.model_fields:
        field = found.model_fields[part]
        return _bare(field.annotation), field.description or _described(field.annotation)
    inner = [argument for argument in typing.get_args(_bare(annotation)) if argument is not Ellipsis]
    return (_bare(inner[-1]), _described(inner[-1])) if inner else (None, "")


def _bare(annotation: Any) -> Any:
    """The annotation without its metadata and without None."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _bare(next(one for one in typing.get_args(annotation) if one is not type(None)))
    return annotation


def _described(annotation: Any) -> str:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _described(next(one for one in typing.get_args(annotation) if one is not type(None)))
    if typing.get_origin(annotation) is typing.Annotated:
        for extra in typing.get_args(annotation)[1:]:
            if isinstance(extra, FieldInfo) and extra.description:
                return extra.description
    return ""


def _model_of(annotation: Any) -> type[BaseModel] | None:
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _kind_of(annotation: Any) -> str:
    bare = _bare(annotation)
    if bare in _PLAIN_TYPES:
        return _PLAIN_TYPES[bare]
    if typing.get_origin(bare) is typing.Literal:
        return "одно из: " + ", ".join(str(choice) for choice in typing.get_args(bare))
    if isinstance(bare, type) and issubclass(bare, enum.StrEnum):
        return "одно из: " + ", ".join(bare)
    if typing.get_origin(bare) is tuple:
        item = typing.get_args(bare)[0]
        return f"список, каждое значение – {_described(item) or _kind_of(item)}"
    found = _model_of(bare)
    if found is not None:
        return "таблица с ключами " + ", ".join(found.model_fields)
    return "таблица ключей и значений"
