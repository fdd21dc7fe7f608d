"""How big a reliability test is: small in `make test`, full in `make proof`, which sets APELLA_PROOF=1.

    ROUNDS = size("rounds", small=6, full=200)

    @pytest.mark.proof("T3.6")
    def test_no_acknowledged_upload_is_lost() -> None: ...
        figure("acknowledged", len(rows))

In a proof every size and every figure is printed as a line `PROOF name=value`, which tests/proof/run.py collects.
"""

from __future__ import annotations

import os
import sys

PROOF = os.environ.get("APELLA_PROOF") == "1"
OUTAGE_SCALE = 240
"""By how much a proof shortens the outages that reliability.md names in hours."""


def size(name: str, *, small: int, full: int) -> int:
    """Choose the size of this run."""
    chosen = full if PROOF else small
    if PROOF:
        figure(name, chosen)
    return chosen


def outage(name: str, *, hours: float, small: float) -> float:
    """How many seconds an outage lasts that reliability.md gives in hours; in a proof it is shortened by the scale."""
    if not PROOF:
        return small
    seconds = hours * 3600 / OUTAGE_SCALE
    figure(name, f"{seconds:g} s for {hours:g} h (1:{OUTAGE_SCALE})")
    return seconds


def figure(name: str, value: object) -> None:
    """Print what was measured; numbers are given with the digits that mean something."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    sys.stdout.write(f"\nPROOF {name}={text}\n")
    sys.stdout.flush()
