"""Background work of sign-in: sending a one-time code."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field

from apella.identity import repository
from apella.identity.sms_codes import JOB, take_code_to_send
from apella.jobs.queue import JobContext, handler

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CodeMessage:
    """A message in the shape that the gateways of notices take; identity stands below notices and names none of it."""

    season_id: uuid.UUID
    address: str = field(repr=False)
    text: str = field(repr=False)
    dedup_key: str
    channel: str = "sms"
    subject: str = ""


@handler(JOB)
def send_code(context: JobContext) -> None:
    """Send the code of one request and wipe it; nothing to send (nobody matched, sent, used, too late) is no error."""
    row = repository.code_request(context.session, uuid.UUID(context.args["code_id"]))
    if row is None:
        log.warning("code request is gone")
        return
    vault = context.parts.vaults.of_season(context.session, tenant_id=context.actor.tenant_id, season_id=row.season_id)
    outgoing = take_code_to_send(row, vault=vault, machine_now=context.machine_now)
    if outgoing is None:
        return
    context.parts.gateways["sms"].send(
        context.session,
        vault,
        CodeMessage(
            season_id=row.season_id,
            address=outgoing.phone,
            text=(
                f"{outgoing.code} – код для входа в личный кабинет апелляций. "
                "Никому его не сообщайте. Код действует 5 минут."
            ),
            dedup_key=context.args["code_id"],
        ),
    )
