"""How big a reliability test is: small in `make test`, full in `make proof`, which sets APELLA_PROOF=1.

    ROUNDS = size("rounds", small=6, full=200)

    @pytest.mark.proof("T3.6")
    def test_no_acknowledged_upload_is_lost() -> None: ...
        figure("acknowledged", len(rows))

In a proof every size and every figure is printed as a line `PROOF name=value`, which tests/proof/run.py collects. In a
file with tests of several trials a name begins with its trial's: "T6.2 nonces".
"""

from __future__ import annotations

import os
import sys

PROOF = os.environ.get("APELLA_PROOF") == "1"


def size(name: str, *, small: int, full: int) -> int:
    """Choose the size of this run."""
    chosen = full if PROOF else small
    if PROOF:
        figure(name, chosen)
    return chosen


def shortened(name: str, *, hours: float, seconds: float) -> None:
    """Print how long an outage lasted that reliability.md gives in hours, and the scale."""
    figure(name, f"{seconds:.0f} s for {hours:g} h (1:{hours * 3600 / seconds:.0f})")


def figure(name: str, value: object) -> None:
    """Print what was measured; numbers are given with the digits that mean something."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    sys.stdout.write(f"\nPROOF {name}={text}\n")
    sys.stdout.flush()
