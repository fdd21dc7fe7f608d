"""Nothing is swallowed without a reason, and no check is switched off without one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

# At least two words that say why, after the code of the check where one is switched off.
REASON = re.compile(r"# .*\w \S*\w")
EXPLAINED = re.compile(r"# noqa: [A-Z]+[0-9]+\b(?:, ?[A-Z]+[0-9]+\b)*(?: [-—])? +\S+ .*\w")
EXEMPTION = re.compile(r"#\s*noqa\b", re.IGNORECASE)
BROAD = {"Exception", "BaseException"}


def swallowed_exceptions(source: str) -> Iterator[int]:
    """Yield the lines that take every exception, do not raise again and give no reason."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            raises = any(isinstance(part, ast.Raise) for statement in node.body for part in ast.walk(statement))
            swallows = _is_broad(node.type) and not raises
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            swallows = name == "suppress" and any(map(_is_broad, node.args))
        else:
            continue
        if swallows:
            reason = EXPLAINED if EXEMPTION.search(lines[node.lineno - 1]) else REASON
            if not reason.search(lines[node.lineno - 1]):
                yield node.lineno


def unexplained_exemptions(source: str) -> Iterator[int]:
    """Yield the lines that switch a check of ruff off without a code or without a reason."""
    for number, line in enumerate(source.splitlines(), start=1):
        if EXEMPTION.search(line) and not EXPLAINED.search(line):
            yield number


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(part) for part in caught.elts)
    return isinstance(caught, ast.Name) and caught.id in BROAD


def test_no_exception_is_swallowed_without_a_reason(root: Path, product_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}:{line}"
        for path in product_trees
        for line in swallowed_exceptions((root / path).read_text(encoding="utf-8"))
    ]
    assert not offences


def test_no_check_is_switched_off_without_a_reason(root: Path, python_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}:{line}"
        for path in python_trees
        if path.parts[:2] != ("tests", "architecture")
        for line in unexplained_exemptions((root / path).read_text(encoding="utf-8"))
    ]
    assert not offences


@pytest.mark.parametrize(
    "handler",
    [
        "except:",
        "except Exception:",
        "except Exception:  # ignored",
        "except (ValueError, BaseException) as error:",
        "except Exception:  # noqa: BLE001",
    ],
)
def test_a_swallowed_exception_is_noticed(handler: str) -> None:
    assert list(swallowed_exceptions(f"try:\n    act()\n{handler}\n    pass"))


def test_a_suppressed_exception_is_noticed() -> None:
    assert list(swallowed_exceptions("with contextlib.suppress(Exception):\n    act()"))
    assert not list(swallowed_exceptions("with contextlib.suppress(OSError):\n    act()"))


@pytest.mark.parametrize(
    ("handler", "body"),
    [
        ("except ValueError:", "pass"),
        ("except Exception as error:", "raise Refused from error"),
        ("except Exception:  # noqa: BLE001 - a plugin may raise anything", "report()"),
        ("except Exception:  # whatever a job raises, its task is kept", "log.exception(name)"),
    ],
)
def test_an_explained_handler_is_not_complained_about(handler: str, body: str) -> None:
    assert not list(swallowed_exceptions(f"try:\n    act()\n{handler}\n    {body}"))


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: S608", "# noqa: S608, E501", "# NOQA: S608 because"])
def test_an_unexplained_exemption_is_noticed(comment: str) -> None:
    assert list(unexplained_exemptions(f"x = 1  {comment}"))


@pytest.mark.parametrize(
    "comment", ["# noqa: S608 - only constants inside", "# noqa: S608, E501 only constants inside"]
)
def test_an_explained_exemption_is_not_complained_about(comment: str) -> None:
    assert not list(unexplained_exemptions(f"x = 1  {comment}"))
