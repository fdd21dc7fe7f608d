"""What a figure was measured on: the machine, its load, the commit."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Read before the measuring begins. `load` is the machine's load average over the last minute."""

    cores: int
    processor: str
    load: float
    commit: str

    def __str__(self) -> str:
        return f"{self.cores} cores ({self.processor}), load average {self.load:.1f} at the start, commit {self.commit}"


def surroundings(root: Path) -> Surroundings:
    """Look at this machine and at the repository in `root`."""
    return Surroundings(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(),
        load=os.getloadavg()[0],
        commit=_commit(root),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return os.uname().machine


def _commit(root: Path) -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    commit = git("rev-parse", "--short", "HEAD")
    if not commit:
        return "unknown"
    return f"{commit} with changes" if git("status", "--porcelain") else commit
