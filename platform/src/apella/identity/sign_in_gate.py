"""The soft limit of sign-in by address: over it a proof of work is asked for, and nobody is refused."""

from __future__ import annotations

import hmac
import ipaddress

from apella.db.keys import MasterKey
from apella.db.unit_of_work import Database
from apella.identity.address_counts import count_request, prefix_of
from apella.identity.proof import Challenge, Proof, ProofNeeded, Proofs, Spent
from apella.identity.spent_codes import spend_once
from apella.tenancy.ids import TenantId

FREE = 30
"""Sign-ins that a prefix may ask for in ten minutes before a proof is asked for: a class at its school."""
_INDEX_BYTES = 16


class SignInGate:
    """Counts sign-ins by the prefix of the address. `open_to_loopback` is for an embedded instance on one machine."""

    def __init__(
        self,
        database: Database,
        master: MasterKey,
        *,
        open_to_loopback: bool,
        free: int = FREE,
        proofs: Proofs | None = None,
    ) -> None:
        self._database = database
        self._addresses = master.derive("sign-in addresses")
        self._open_to_loopback = open_to_loopback
        self._free = free
        self._proofs = proofs or Proofs(master.derive("sign-in proofs"))

    def pass_by(self, *, tenant_id: TenantId, slug: str, address: str, proof: Proof | None) -> None:
        """Count a sign-in that begins, in a transaction of its own. Raises ProofNeeded.

        A proof that holds is spent here, whatever becomes of the sign-in.
        """
        if self._open_to_loopback and _is_loopback(address):
            return
        index = self._index(tenant_id, prefix_of(address))
        with self._database.unit_of_work(tenant_id) as work:
            now = work.machine_now
            over = count_request(work.session, index, machine_now=now) - self._free
            if over <= 0:
                return
            checked = None if proof is None else self._proofs.check(proof, slug=slug, machine_now=now)
            if isinstance(checked, Spent) and spend_once(
                work.session, code_id=checked.id, expires_at=checked.expires_at, machine_now=now
            ):
                return
        again = checked if isinstance(checked, Challenge) else None
        raise ProofNeeded(again or self._proofs.challenge(slug=slug, over=over, machine_now=now))

    def _index(self, tenant_id: TenantId, prefix: str) -> bytes:
        return hmac.digest(self._addresses, f"{tenant_id}|{prefix}".encode(), "sha256")[:_INDEX_BYTES]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
