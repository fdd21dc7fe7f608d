"""The portal's guide of 2020 sets one term, which the regulation of 2025 has put out of force."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apella.deadlines.explain import Explanation

Check = Callable[..., Explanation]


@pytest.mark.clause("kbr_portal:II.18", "core:B1")
@pytest.mark.parametrize(
    ("filed", "last"),
    [
        pytest.param("2025-06-24", "2025-06-25", id="the last day of filing: a day more than the guide gives"),
        pytest.param("2025-06-23", "2025-06-24", id="the first day of filing: both end together"),
        pytest.param("2025-06-20", "2025-06-23", id="the day of announcement: a day less than the guide gives"),
    ],
)
def test_the_end_of_filing_no_longer_limits_a_withdrawal(
    check: Check, explain: Callable[..., Explanation], filed: str, last: str
) -> None:
    closing = explain("score.filing", results_announced="2025-06-20").last_moment
    assert closing is not None
    assert f"{closing:%Y-%m-%d}" == "2025-06-24"
    check("score.withdrawal", last=last, filed=filed, results_announced="2025-06-20", filing_closed="2025-06-24")
