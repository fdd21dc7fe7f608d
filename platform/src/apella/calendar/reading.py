"""Turning a TOML table into a frozen model, with errors that a clerk can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from apella.errors import ConfigurationError


class TableError(ConfigurationError):
    """A table of data breaks its schema; `problems` has one Russian sentence for each place."""

    code = "configuration.table"

    def __init__(self, problems: tuple[str, ...], *, code: str | None = None) -> None:
        super().__init__("\n".join(problems), code=code)
        self.problems = problems


class Row(BaseModel):
    """A row of a table that people edit: frozen, and a misspelt key is an error.

    Each field's `description` says in Russian what would be right; the error messages quote it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


RowT = TypeVar("RowT", bound=Row)


def read_row(model: type[RowT], table: object, *, place: str) -> RowT:
    """Read one table as `model`. `place` names the file and the table, for the messages.

    Raises TableError with a sentence per fault: the key, what is wrong with it, what would be right.
    """
    if not isinstance(table, Mapping):
        raise TableError((f"{place}: здесь нужна таблица ключей и значений, а стоит {table!r}.",))
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problems = tuple(
            _sentence(model, place, fault["type"], fault["loc"], fault["input"], fault["msg"])
            for fault in error.errors(include_url=False, include_context=False)
        )
        raise TableError(problems) from error


def _sentence(model: type[Row], place: str, kind: str, loc: tuple[int | str, ...], value: Any, message: str) -> str:
    hints = {field.alias or name: field.description or "" for name, field in model.model_fields.items()}
    if kind == "value_error":
        # Our own validators speak Russian; pydantic puts two English words in front of what they say.
        where = f"{place}.{_dotted(loc)}" if loc else place
        return f"{where}: {message.removeprefix('Value error, ')}."
    key = _dotted(loc)
    hint = hints.get(str(loc[0]), "") if loc else ""
    if kind == "missing":
        return f"{place}: нет ключа {key}; нужно: {hint}." if hint else f"{place}: нет ключа {key}; добавьте его."
    if kind == "extra_forbidden":
        return f"{place}: ключа {key} нет в схеме; проверьте написание. Возможные ключи: {', '.join(hints)}."
    right = f"; нужно: {hint}" if hint else ""
    return f"{place}: {key} = {value!r} не подходит{right}."


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
