"""Background work of sign-in: sending one-time codes, telling the old phone of a new one."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field

from apella.identity import repository
from apella.identity.phone_binding import SEND_JOB, TELL_JOB, binding, take_binding_code, take_old_phone
from apella.identity.sms_codes import JOB, take_code_to_send
from apella.identity.vault import Vault
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
    case_id: uuid.UUID | None = None


@handler(SEND_JOB)
def send_binding_code(context: JobContext) -> None:
    """Send the code that binds a new phone to that phone, and wipe it; nothing to send is no error."""
    row = binding(context.session, uuid.UUID(context.args["binding_id"]))
    if row is None:
        log.warning("phone binding is gone")
        return
    vault = context.parts.vaults.of_season(context.session, tenant_id=context.actor.tenant_id, season_id=row.season_id)
    outgoing = take_binding_code(row, vault=vault, machine_now=context.machine_now)
    if outgoing is not None:
        _send(
            context,
            vault,
            season_id=row.season_id,
            phone=outgoing.phone,
            text=(
                f"{outgoing.code} – код, чтобы записать этот телефон для апелляций. "
                "Скажите его сотруднику, который проверил ваш документ. Код действует 5 минут."
            ),
            dedup_key=context.args["binding_id"],
        )


@handler(TELL_JOB)
def tell_phone_changed(context: JobContext) -> None:
    """Tell the old phone that codes go to another one now, and wipe it."""
    row = binding(context.session, uuid.UUID(context.args["binding_id"]))
    if row is None:
        log.warning("phone binding is gone")
        return
    vault = context.parts.vaults.of_season(context.session, tenant_id=context.actor.tenant_id, season_id=row.season_id)
    phone = take_old_phone(row, vault=vault)
    if phone is not None:
        _send(
            context,
            vault,
            season_id=row.season_id,
            phone=phone,
            text=(
                "Для личного кабинета апелляций записан другой телефон, коды теперь приходят на него. "
                "Если вы этого не просили, сразу сообщите в школу или в комиссию."
            ),
            dedup_key=f"old:{context.args['binding_id']}",
        )


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
    _send(
        context,
        vault,
        season_id=row.season_id,
        phone=outgoing.phone,
        text=(
            f"{outgoing.code} – код для входа в личный кабинет апелляций. "
            "Никому его не сообщайте. Код действует 5 минут."
        ),
        dedup_key=context.args["code_id"],
    )


def _send(context: JobContext, vault: Vault, *, season_id: uuid.UUID, phone: str, text: str, dedup_key: str) -> None:
    message = CodeMessage(season_id=season_id, address=phone, text=text, dedup_key=dedup_key)
    context.parts.gateways["sms"].send(context.session, vault, message)
