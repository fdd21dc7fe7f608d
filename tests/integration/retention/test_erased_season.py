"""A season whose personal data were erased: nothing that was written is left, and whoever comes to it is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.conflicts import ConflictOfInterest
from apella.appeals.emergency import break_glass
from apella.bootstrap import App
from apella.db.base import Base
from apella.db.ids import new_id
from apella.db.keys import KeysDestroyed
from apella.errors import Conflict, Malformed
from apella.experts import conflicts
from apella.identity.break_glass import BreakGlass
from apella.identity.claims import ApplicationClaim, Claim, DocumentClaim
from apella.identity.model import Person, SmsCode
from apella.identity.phone_binding import PhoneBinding
from apella.identity.roles import Role
from apella.identity.school_codes import SchoolCode
from apella.identity.sms_codes import request_code, verify_code
from apella.identity.substitution_model import Substitution
from apella.identity.vault import Vaults
from apella.retention.plan import TOMBSTONE
from apella.testing.counter import Counter
from apella.testing.erasing import ACT, after_the_day, code_of, whole_database
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster
from apella.testing.substitutes import Substitutes

pytestmark = pytest.mark.usefixtures("paperless")
CANARY = "канарейка-основание"
REASON = f"Сбой у секретаря, дело нужно сейчас: {CANARY}"
SIGN_INS: dict[str, Callable[[], Claim]] = {
    "document": lambda: DocumentClaim.read(document="9900000001", phone="+79000000001"),
    "application": lambda: ApplicationClaim.read(surname="Примеровб", application="00000001"),
}


@pytest.fixture
def play(own: App) -> Play:
    return Play(own, make_world(own, "north"))


def erase_season(command: Run, play: Play) -> None:
    code, _, complained = command("retention", "run", "--tenant", "north", "--season", code_of(play), *ACT)
    assert (code, complained) == (0, "")


def ask(play: Play, claim: Claim, vaults: Vaults) -> SmsCode:
    tenant_id = play.world.rules.tenant.tenant_id
    with play.app.database.unit_of_work(tenant_id) as work:
        asked = request_code(
            work.session, tenant_id=tenant_id, vaults=vaults, claim=claim, machine_now=work.machine_now
        )
        return work.session.get_one(SmsCode, (tenant_id, asked.id))


def rows(play: Play, model: type[Base]) -> list[Any]:
    season_id = model.__table__.c["season_id"]
    return play.read(lambda session: list(session.scalars(select(model).where(season_id == play.world.season_id))))


def test_no_text_is_left_of_conflicts_emergencies_substitutions_and_ways_in(
    own: App, play: Play, command: Run, cluster: SharedCluster
) -> None:
    case_id = play.file(1, phone="+79037654321")
    member = play.hire(Role.MEMBER, commission_id=play.world.commission_id)
    play.act(member, conflicts.declare, case_id, ground=f"Родственник участника, {CANARY}")
    admin = replace(play.hire(Role.TENANT_ADMIN), session_id=new_id())
    play.do(admin, break_glass, number=play.case(case_id).receipt_number, reason=REASON)
    substitutes = Substitutes(play)
    substitutes.appoint(
        substitutes.order(
            first_day=substitutes.today(days=-1), last_day=substitutes.today(days=3), reason=f"Болезнь, {CANARY}"
        )
    )
    counter = Counter(play)
    counter.ask()
    counter.paper_code()
    ask(play, SIGN_INS["document"](), own.vaults)
    everything = (ConflictOfInterest, BreakGlass, Substitution, PhoneBinding, SchoolCode, SmsCode)
    assert all(rows(play, model) for model in everything)
    assert CANARY in whole_database(own, cluster)

    play.walk(case_id, "closed")
    play.drain()
    after_the_day(play)
    erase_season(command, play)
    assert CANARY not in whole_database(own, cluster)
    assert [rows(play, model) for model in (PhoneBinding, SchoolCode, SmsCode)] == [[], [], []]
    for model, texts in ((ConflictOfInterest, ("ground",)), (BreakGlass, ("reason",)), (Substitution, ("reason",))):
        (row,) = rows(play, model)
        assert [getattr(row, name) for name in texts] == [TOMBSTONE]


@pytest.mark.parametrize("scheme", SIGN_INS)
def test_who_signs_in_to_an_erased_season_is_told_what_everybody_is_told(
    own: App, play: Play, command: Run, scheme: str
) -> None:
    known = ask(play, SIGN_INS[scheme](), own.vaults)
    assert (known.person_id, known.code_cipher is None) == (play.actor(1).person_id, False)
    after_the_day(play)
    erase_season(command, play)
    # A process that was there before, and one that knows nothing yet.
    for vaults in (own.vaults, Vaults(own.master)):
        asked = ask(play, SIGN_INS[scheme](), vaults)
        assert (asked.person_id, asked.code_cipher, asked.phone_cipher) == (None, None, None)
        answer = tried(play, vaults, asked)
        assert isinstance(answer, Malformed)
        assert answer.error_code == "sign_in.code_wrong"


def tried(play: Play, vaults: Vaults, asked: SmsCode) -> object:
    tenant_id = play.world.rules.tenant.tenant_id
    with play.app.database.unit_of_work(tenant_id) as work:
        return verify_code(
            work.session,
            tenant_id=tenant_id,
            vaults=vaults,
            request_id=asked.id,
            code="000000",
            machine_now=work.machine_now,
        )


def test_what_would_be_sealed_in_an_erased_season_is_refused_in_words(play: Play, command: Run) -> None:
    after_the_day(play)
    erase_season(command, play)
    vaults = Vaults(play.app.master)
    tenant_id = play.world.rules.tenant.tenant_id
    with play.app.database.unit_of_work(tenant_id) as work:
        vault = vaults.of_season(work.session, tenant_id=tenant_id, season_id=play.world.season_id)
        for sealing in (vault, vault.of_case(new_id()), vault.of_new_case(new_id())):
            with pytest.raises(KeysDestroyed, match="Личные данные здесь стёрты") as refused:
                sealing.seal("appeal.contact_phone", new_id(), "+79037654321")
            # A conflict, which is answered 409, and no fault of ours.
            assert isinstance(refused.value, Conflict)


def test_staff_who_were_in_a_substitution_are_kept_and_said_to_be(play: Play, command: Run) -> None:
    substitutes = Substitutes(play)
    substitutes.appoint()
    chair, deputy = play.actor("chair"), substitutes.deputy
    for login in (chair.login, deputy.login):
        code, _, complained = command("erase", "person", "--tenant", "north", "--code", login, *ACT)
        assert (code, complained) == (1, "Участника с таким кодом регистрации в этом сезоне нет.\n")
    after_the_day(play)
    erase_season(command, play)
    (made,) = rows(play, Substitution)
    assert (made.person_id, made.substitute_id) == (chair.person_id, deputy.person_id)
    for person_id in (made.person_id, made.substitute_id):
        (person,) = (one for one in rows(play, Person) if one.id == person_id)
        assert (person.surname == TOMBSTONE, person.document_cipher, person.phone_cipher) == (False, None, None)
