"""The command `apella`: collects the commands of its siblings `cli_*.py` and says in Russian what went wrong.

A sibling lists its commands in COMMANDS and imports what is heavy inside them.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

import click

import apella
from apella.errors import ApellaError

REFUSED = 1
MISUSED = 2


@click.group(name="apella", context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Apella: апелляции участников экзаменов."""


def _collect() -> Iterator[click.Command]:
    for module in pkgutil.iter_modules(apella.__path__, prefix="apella."):
        if module.name.startswith("apella.cli_"):
            yield from importlib.import_module(module.name).COMMANDS


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code: 0 done, 1 refused with one sentence, 2 the command is misused."""
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
    sys.exit(code if isinstance(code, int) else 0)


def _misuse(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"Нет параметра {error.option_name}."
        case click.exceptions.NoSuchCommand():
            return f"Нет команды {error.command_name}."
        case click.MissingParameter():
            return f"Не указано: {error.param.human_readable_name if error.param else error.param_hint}."
        case click.BadParameter():
            hint = error.param.human_readable_name if error.param else error.param_hint
            return f"Неверное значение {hint}: {error.message}"
        case _:
            return f"Команда не понята: {error.message}"


if __name__ == "__main__":
    main()
