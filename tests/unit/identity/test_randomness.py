"""Codes cannot be told beforehand (ASVS 6.5.3, 6.5.4): 60,000 of them look as random ones do, in every way tried here.

The bound is one of mathematics, not of taste: a chi-square with k degrees of freedom exceeds k + 2√(kt) + 2t with a
probability below e⁻ᵗ (Laurent and Massart, 2000, lemma 1). With t = 21 each comparison fails falsely less than once in
1,300 million runs.
"""

from __future__ import annotations

import itertools
import math
import secrets
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

import pytest

from apella.identity.school_codes import ALPHABET, LETTERS
from apella.identity.sms_codes import DIGITS, new_code
from apella.testing.sizes import figure

CODES = 60_000
T = 21.0
LEAST_BITS = 19.9
"""Six decimal digits, which ASVS 6.5.4 names as enough beside its 20 bits."""


def excess(seen: Iterable[Hashable], kinds: int) -> float:
    """How far counts are from even ones: the chi-square over its bound; 1 and more is no chance."""
    counts = Counter(seen)
    expected = counts.total() / kinds
    squares = sum((count - expected) ** 2 for count in counts.values()) + (kinds - len(counts)) * expected**2
    freedom = kinds - 1
    return squares / expected / (freedom + 2 * math.sqrt(freedom * T) + 2 * T)


def worst(codes: Sequence[str]) -> float:
    """The greatest excess of every comparison: each digit, digits side by side, neighbours, and the whole range."""
    digits = [[code[place] for code in codes] for place in range(DIGITS)]
    comparisons: list[tuple[Sequence[Hashable], int]] = [
        *((one, 10) for one in digits),
        *((list(zip(one, other, strict=True)), 100) for one, other in itertools.combinations(digits, 2)),
        # What is said once may not tell what is said next.
        ([(first[-1], second[0]) for first, second in itertools.pairwise(codes)], 100),
        ([int(code) * 1000 // 10**DIGITS for code in codes], 1000),
        ([sum(map(int, code)) % 10 for code in codes], 10),
    ]
    return max(excess(seen, kinds) for seen, kinds in comparisons)


def test_codes_are_spread_evenly() -> None:
    codes = [new_code() for _ in range(CODES)]
    assert {len(code) for code in codes} == {DIGITS}
    found = worst(codes)
    assert found < 1
    figure("share of the bound that codes reach", round(found, 2))


def test_codes_repeat_as_seldom_as_chance_has_it() -> None:
    """Fewer kinds of codes than a million would be seen twice more often; the bound is Hoeffding's for t = 21."""
    kinds = 10**DIGITS
    seen = len({new_code() for _ in range(CODES)})
    expected = kinds * (1 - (1 - 1 / kinds) ** CODES)
    assert abs(seen - expected) < math.sqrt(CODES * T / 2)


WEAK: dict[str, Callable[[], Iterable[str]]] = {
    "a remainder": lambda: (f"{secrets.randbelow(2**20) % 10**DIGITS:06}" for _ in range(CODES)),
    "never a zero in front": lambda: (f"{100_000 + secrets.randbelow(900_000)}" for _ in range(CODES)),
    "a counter": lambda: (f"{number * 7:06}" for number in range(CODES)),
    "half of it twice": lambda: (f"{secrets.randbelow(1000):03}" * 2 for _ in range(CODES)),
}


@pytest.mark.parametrize("weak", WEAK)
def test_weak_codes_are_noticed(weak: str) -> None:
    assert worst(list(WEAK[weak]())) > 1


@pytest.mark.parametrize(
    "kinds", [10**DIGITS, len(ALPHABET) ** LETTERS], ids=["a code by telephone", "a code on paper"]
)
def test_a_code_has_as_many_bits_as_it_must(kinds: int) -> None:
    assert math.log2(kinds) > LEAST_BITS
