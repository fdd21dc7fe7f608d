"""What is installed is pinned by hash, and no file says from which address."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

LOCKS = ("requirements.lock", "tools/node.lock", "tools/go.lock")
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==\S+(?: ; [^\\]+)? \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
ENTRY = re.compile(r"^[^\s#].*$", re.MULTILINE)
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links")


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(root: Path, name: str) -> None:
    lock = (root / name).read_text(encoding="utf-8")
    assert len(PIN.findall(lock)) == len(ENTRY.findall(lock)) > 0
    assert not ADDRESS.search(lock)


@pytest.mark.parametrize("text", ["x==1\n", "x==1 \\\n    --hash=md5:00\n", "x @ https://somewhere/x.whl\n"])
def test_an_entry_without_a_hash_is_noticed(text: str) -> None:
    assert len(PIN.findall(text)) != len(ENTRY.findall(text))


def test_the_build_backend_and_every_direct_dependency_are_pinned(root: Path) -> None:
    pinned = {match[0].lower() for match in PIN.findall((root / "requirements.lock").read_text(encoding="utf-8"))}
    wanted = set(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"])
    for description in [root / "platform/pyproject.toml", *root.glob("plugins/*/pyproject.toml")]:
        settings = tomllib.loads(description.read_text(encoding="utf-8"))
        wanted |= {*settings["build-system"]["requires"], *settings["project"]["dependencies"]}
    names = {re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0].lower() for requirement in wanted} - {"apella"}
    assert not names - pinned


def test_the_npm_lock_has_hashes_and_no_address(root: Path) -> None:
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
