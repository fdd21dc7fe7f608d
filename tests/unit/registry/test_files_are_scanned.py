"""A delivery's files pass the malware scanner before anything of the delivery is taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import read_delivery
from apella.registry.reading import ImportRefused
from apella.storage.port import Readable
from apella.storage.scanner import unavailable


class Folder(Protocol):
    """What of the delivery is looked at here."""

    path: Path


class Scanner:
    """Finds something in every file, or is away."""

    active = True

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.scanned = 0

    def scan(self, source: Readable) -> str | None:
        """Read the file."""
        if self.away:
            raise unavailable()
        assert source.read()
        self.scanned += 1
        return "Test.Signature"

    def ping(self) -> None:
        """Nobody asks."""


def test_an_infected_file_refuses_the_delivery_and_names_its_line(delivery: Folder, rules: RegionRules) -> None:
    scanner = Scanner()
    with pytest.raises(ImportRefused) as refusal:
        read_delivery(delivery.path, rules=rules, scanner=scanner)
    assert scanner.scanned
    assert {problem.column for problem in refusal.value.problems} == {"file"}
    assert all("вредоносная программа" in problem.reason for problem in refusal.value.problems)


def test_while_the_scanner_is_away_the_whole_delivery_waits(delivery: Folder, rules: RegionRules) -> None:
    with pytest.raises(type(unavailable())) as refusal:
        read_delivery(delivery.path, rules=rules, scanner=Scanner(away=True))
    assert refusal.value.error_code == "scanner.unavailable"
