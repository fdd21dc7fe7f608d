"""The command `apella`: collects the commands of its siblings `cli_*.py` and says in Russian what went wrong.

A sibling lists its commands in COMMANDS and imports what is heavy inside them.
"""

from __future__ import annotations

import errno
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

import click

import apella
from apella.errors import ApellaError

REFUSED = 1
MISUSED = 2

_HEADINGS = {"Options": "Параметры", "Commands": "Команды"}
_USAGE = {"[OPTIONS]": "[ПАРАМЕТРЫ]", "COMMAND [ARGS]...": "КОМАНДА [АРГУМЕНТЫ]...", "INTEGER": "ЧИСЛО"}
_NOTES = {
    "Show this message and exit.": "Показать эту справку.",
    "[default: ": "[по умолчанию: ",
    "[required]": "[обязательно]",
}
_WRONG_PATH = {
    errno.ENOENT: "такого файла или папки нет",
    errno.ENOTDIR: "часть пути – файл, а не папка",
    errno.EISDIR: "это папка, а нужен файл",
    errno.EEXIST: "такой файл уже есть",
    errno.EACCES: "нет прав на чтение или запись",
    errno.EPERM: "нет прав на чтение или запись",
    errno.EROFS: "этот диск открыт только для чтения",
    errno.ENAMETOOLONG: "имя слишком длинное",
}
_UNREADABLE = "файл не удалось прочитать или записать: проверьте диск"
_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)")


@click.group(name="apella", context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Apella: апелляции участников экзаменов."""


def _collect() -> Iterator[click.Command]:
    for module in pkgutil.iter_modules(apella.__path__, prefix="apella."):
        if module.name.startswith("apella.cli_"):
            yield from importlib.import_module(module.name).COMMANDS


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code: 0 done, 1 refused with one sentence, 2 the command is misused."""
    click.Context.formatter_class = HelpPage
    for command in _collect():
        commands.add_command(command)
    try:
        code = commands.main(args=arguments, prog_name="apella", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(MISUSED)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "apella"
        click.echo(f"{_misuse(error)} Справка: {path} --help", err=True)
        sys.exit(MISUSED)
    except click.Abort:
        click.echo("Прервано.", err=True)
        sys.exit(REFUSED)
    except ApellaError as error:
        click.echo(error.message, err=True)
        sys.exit(REFUSED)
    except OSError as error:
        # What has no file is no wrong path: the machine or we are at fault, and the traceback says where.
        if error.filename is None:
            raise
        click.echo(f"{error.filename}: {_WRONG_PATH.get(error.errno or 0, _UNREADABLE)}.", err=True)
        sys.exit(MISUSED if error.errno in _WRONG_PATH else REFUSED)
    sys.exit(code if isinstance(code, int) else 0)


class HelpPage(click.HelpFormatter):
    """A help page as click lays it out, in Russian."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        super().write_usage(prog, _put(args, _USAGE), prefix or "Использование: ")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands."""
        super().write_dl([(_put(name, _USAGE), _put(note, _NOTES)) for name, note in rows], col_max, col_spacing)


def _misuse(error: click.UsageError) -> str:
    """Say in a sentence what is wrong with a command line."""
    match error:
        case click.NoSuchOption():
            return f"Нет параметра {error.option_name}."
        case click.BadOptionUsage():
            needs = "нужно значение" if "requires" in error.message else "значение не нужно"
            return f"Параметру {error.option_name} {needs}."
        case click.exceptions.NoSuchCommand():
            return f"Нет команды {error.command_name}."
        case click.MissingParameter():
            return f"Не указано: {_name(error)}."
        case click.BadParameter():
            return f"Неверное значение {_name(error)}: {_wanted(error)}"
    if extra := _EXTRA.match(error.message):
        return f"Лишнее: {extra[1]}."
    return f"Команда не понята: {error.message}"


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        # As it is typed: the name inside the program may be another one.
        return max(error.param.opts, key=len).lstrip("-")
    return error.param.human_readable_name if error.param else str(error.param_hint)


def _wanted(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return f"выберите из {', '.join(map(str, kind.choices))}."
    if isinstance(kind, click.IntRange):
        return f"нужно целое число от {kind.min} до {kind.max}."
    if isinstance(kind, click.Path):
        return "нужна папка, которую можно прочитать." if not kind.file_okay else "нужен файл, который можно прочитать."
    if isinstance(kind, click.DateTime):
        return "нужна дата вида 2026-06-18."
    return "нужно целое число." if kind is click.INT else error.message


def _put(text: str, words: dict[str, str]) -> str:
    for theirs, ours in words.items():
        text = text.replace(theirs, ours)
    return text


if __name__ == "__main__":
    main()
