"""A proof of work: a little of the asker's computing, so that asking very often costs something; nobody is refused.

The challenge is sealed, so that nothing is kept until it is answered: a salt, and for each part a number to be found
whose SHA-256 with the salt begins with zero bits. Several parts make the time even and let a page say how far it is.
Whoever has no script waits instead: the same ticket becomes good by the server's clock.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apella.errors import ApellaError
from apella.identity.sealed import Seal, SealBroken

PARTS = 8
BITS = 16
"""Eight parts of 16 bits: 524,000 hashes on average; the figures stand in docs/identity.md."""
LIFE = timedelta(minutes=10)
WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=2)
_SALT_BYTES = 16
_MOST_DIGITS = 15


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What is to be solved, or waited for: `ticket` comes back with the answers, or without them after `wait`."""

    ticket: str
    salt: str
    parts: int
    bits: int
    wait: int

    def as_json(self) -> dict[str, Any]:
        """What a program is told."""
        return {
            "ticket": self.ticket,
            "hash": "SHA-256",
            "salt": self.salt,
            "parts": self.parts,
            "bits": self.bits,
            "wait_seconds": self.wait,
        }


class ProofNeeded(ApellaError):
    """Go on with the answer to `challenge`, or without one after `retry_after` seconds (`sign_in.proof`)."""

    code = "sign_in.proof"

    def __init__(self, challenge: Challenge) -> None:
        super().__init__(
            "С вашего адреса сейчас входят очень часто, поэтому нужна короткая проверка. Вводить ничего не придётся."
        )
        self.challenge = challenge
        self.retry_after = challenge.wait


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A proof that holds, and under which id it is to be spent."""

    id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What comes back: the ticket, and a number for each part (none after the wait)."""

    ticket: str
    answers: Sequence[int] = ()

    @classmethod
    def typed(cls, ticket: str, answers: str) -> Proof | None:
        """What a form carried; None without a ticket. Answers that are no numbers are none."""
        parts = answers.split(",") if answers else []
        numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS]
        return cls(ticket=ticket, answers=numbers) if ticket else None


class Proofs:
    """Makes challenges and checks what comes back; any process of the installation opens any other's tickets."""

    def __init__(self, secret: bytes, *, parts: int = PARTS, bits: int = BITS) -> None:
        self._seal = Seal(secret, purpose="sign-in-proof")
        self._parts = parts
        self._bits = bits

    def challenge(self, *, slug: str, over: int, machine_now: datetime) -> Challenge:
        """Make a challenge for a tenant's sign-in; the wait grows by a second for each request over the limit."""
        salt = secrets.token_hex(_SALT_BYTES)
        wait = min(WAIT + timedelta(seconds=over), LONGEST_WAIT)
        record = {
            "slug": slug,
            "salt": salt,
            "parts": self._parts,
            "bits": self._bits,
            "good_at": (machine_now + wait).isoformat(),
            "expires_at": (machine_now + LIFE).isoformat(),
        }
        return Challenge(
            ticket=self._seal.seal(record),
            salt=salt,
            parts=self._parts,
            bits=self._bits,
            wait=int(wait.total_seconds()),
        )

    def check(self, proof: Proof, *, slug: str, machine_now: datetime) -> Spent | Challenge | None:
        """Give what is to be spent; the same challenge when it is too soon; None for what is no proof of ours."""
        try:
            record = self._seal.open(proof.ticket)
        except SealBroken:
            return None
        expires_at = datetime.fromisoformat(record["expires_at"])
        if record["slug"] != slug or machine_now >= expires_at:
            return None
        good_at = datetime.fromisoformat(record["good_at"])
        if machine_now >= good_at or is_solved(
            record["salt"], proof.answers, parts=record["parts"], bits=record["bits"]
        ):
            return Spent(id=f"proof:{record['salt']}", expires_at=expires_at)
        return Challenge(
            ticket=proof.ticket,
            salt=record["salt"],
            parts=record["parts"],
            bits=record["bits"],
            wait=int((good_at - machine_now).total_seconds()) + 1,
        )


def is_solved(salt: str, answers: Sequence[int], *, parts: int, bits: int) -> bool:
    """Whether each part has a number whose hash begins with so many zero bits."""
    return len(answers) == parts and all(
        _leads_with_zeros(f"{salt}:{part}:{number}", bits) for part, number in enumerate(answers)
    )


def solve(salt: str, *, parts: int, bits: int) -> list[int]:
    """Find the answers, as a program does."""
    found = []
    for part in range(parts):
        number = 0
        while not _leads_with_zeros(f"{salt}:{part}:{number}", bits):
            number += 1
        found.append(number)
    return found


def _leads_with_zeros(text: str, bits: int) -> bool:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()) >> (256 - bits) == 0
