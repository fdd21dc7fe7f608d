"""Parents and proxies of a season: linked at the counter, and as they are let in at this moment."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from apella.identity.actor import Actor
from apella.identity.actors import admit
from apella.identity.attorney import PowerOfAttorney
from apella.identity.model import Membership, Person
from apella.identity.representation import Newcomer, whole_name
from apella.identity.representation_model import Representation, RepresentationKind
from apella.identity.roles import Role
from apella.reception.representatives import service as representing
from apella.reception.service import visitor_by_id
from apella.regions.codes import PowerCode
from apella.registry.model import Exam
from apella.testing.play import Play, Who

PARENT_DOCUMENT = "45 10 777001"
PROXY_DOCUMENT = "45 10 777002"
PROOF = "Свидетельство о рождении I-АБ 123456"
WRITTEN = {
    "birth_date": "01.02.1980",
    "citizenship": "Российская Федерация",
    "issued_by": "ОВД учебного района",
    "issued_on": "05.03.2010",
    "division_code": "770-001",
    "address": "г. Учебный, ул. Школьная, д. 1",
}


class Representatives:
    """Links of a season; `who` is the member of staff who makes them."""

    def __init__(self, play: Play) -> None:
        self.play = play

    def today(self, **later: int) -> date:
        """The season's day, or one some days later."""
        return self.play.now().astimezone(self.play.world.rules.zone).date() + timedelta(**later)

    def newcomer(self, **wishes: Any) -> Newcomer:
        """A mother, by default."""
        usual = {
            "surname": "Примерова",
            "given_name": "Ольга",
            "patronymic": "Тестовна",
            "document": PARENT_DOCUMENT,
            "phone": "+7 900 111-22-33",
        }
        return Newcomer(**{**usual, **wishes})

    def proxy_newcomer(self, **wishes: Any) -> Newcomer:
        """A lawyer, by default."""
        usual = {
            "surname": "Доверенных",
            "given_name": "Пётр",
            "patronymic": None,
            "document": PROXY_DOCUMENT,
            "phone": "+7 900 444-55-66",
        }
        return Newcomer(**{**usual, **wishes})

    def parent(
        self, number: int = 0, *, newcomer: Newcomer | None = None, proof: str = PROOF, who: Who = "secretary"
    ) -> Representation:
        """Link a parent with a participant."""
        return self.play.do(
            who,
            lambda desk: representing.link_parent(
                desk,
                visitor_by_id(desk, "link_representative", self._participant(number)),
                newcomer=newcomer or self.newcomer(),
                proof=proof,
            ),
        )

    def paper(self, of: int = 0, **wishes: Any) -> PowerOfAttorney:
        """A whole power of attorney of this region, given by the participant for the subject and year of the world."""
        rules, world = self.play.world.rules.presence.proxy, self.play.world
        appellant = self.person(self._participant(of))
        form = next((one for one in rules.forms if one.issuer == wishes.get("issuer", "appellant")), None)
        usual: dict[str, Any] = {
            "number": "б/н",
            "given_on": self.today(),
            "issuer": "appellant",
            "form_code": None if form is None else form.code,
            "subject_code": self._subject() if rules.per_subject_and_year else None,
            "year": world.exam_day.year if rules.per_subject_and_year else None,
            "powers": frozenset(rules.grantable),
            "notarised": rules.notary_required,
        }
        if form is not None:
            usual |= {
                "place": "г. Учебный",
                "signed": True,
                "principal": {**WRITTEN, "name": whole_name(appellant), "document": f"99 00 {of:06d}"},
                "attorney": {**WRITTEN, "name": "Доверенных Пётр", "document": PROXY_DOCUMENT},
                "child": whole_name(appellant),
            }
        return PowerOfAttorney(**{**usual, **wishes})

    def proxy(
        self,
        of: int = 0,
        *,
        paper: PowerOfAttorney | None = None,
        newcomer: Newcomer | None = None,
        who: Who = "secretary",
        **wishes: Any,
    ) -> Representation:
        """Enter a power of attorney."""
        return self.play.do(
            who,
            lambda desk: representing.link_proxy(
                desk,
                visitor_by_id(desk, "link_representative", self._participant(of)),
                newcomer=newcomer or self.proxy_newcomer(),
                paper=replace(paper or self.paper(of), **wishes),
            ),
        )

    def end(self, link: Representation, *, who: Who = "secretary", reason: str = "Участник так решил") -> int:
        """End a link."""
        return self.play.do(
            who,
            lambda desk: representing.end(
                desk,
                visitor_by_id(desk, "link_representative", link.participant_id),
                representation_id=link.id,
                reason=reason,
            ),
        )

    def admitted(self, link: Representation, *, principal: uuid.UUID | None = None) -> Actor | None:
        """Who the representative is at the door now; None when nobody is let in."""
        world = self.play.world
        with self.play.app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
            account_id = work.session.scalars(
                select(Membership.account_id).where(Membership.person_id == link.representative_id).limit(1)
            ).one()
            found = admit(
                work,
                tenant_id=world.rules.tenant.tenant_id,
                slug=world.rules.slug,
                zone=world.rules.zone,
                account_id=account_id,
                principal_id=principal,
            )
        return None if found is None else found.actor

    def actor(self, link: Representation) -> Actor:
        """The representative, acting for this link's participant. Raises LookupError when nobody is let in."""
        found = self.admitted(link, principal=link.participant_id)
        if found is None:
            raise LookupError("nobody is let in")
        return found

    def person(self, person_id: uuid.UUID | None) -> Person:
        """A person of the season."""
        tenant_id = self.play.world.rules.tenant.tenant_id
        return self.play.read(lambda session: session.get_one(Person, (tenant_id, person_id)))

    def _participant(self, number: int) -> uuid.UUID:
        found = self.play.world.participants[number].person_id
        if found is None:
            raise LookupError(number)
        return found

    def _subject(self) -> str:
        return self.play.read(
            lambda session: session.scalars(select(Exam.subject_code).where(Exam.id == self.play.world.exam)).one()
        )


def represent(play: Play, actor: Actor, role: Role, *, ended: bool = False) -> uuid.UUID:
    """Let somebody act for the first participant with every power that there is, whatever the region's rules."""
    principal, today = play.world.participants[0].person_id, play.now().date()
    proxy = role is Role.PROXY
    row = Representation(
        season_id=play.world.season_id,
        participant_id=principal,
        representative_id=actor.person_id,
        kind=RepresentationKind(role),
        given_on=today if proxy else None,
        issuer="appellant" if proxy else None,
        given_by=principal if proxy else None,
        powers=list(PowerCode),
        notarised=False,
        valid_from=today,
        linked_by=play.actor("secretary").person_id,
        linked_at=play.now(),
        ended_at=play.now() if ended else None,
        ended_by=play.actor("secretary").person_id if ended else None,
        end_reason="учебная" if ended else None,
    )

    def add(session: Session) -> uuid.UUID:
        session.add(row)
        session.flush()
        return row.id

    return play.read(add)


def links(play: Play) -> int:
    """How many links the season has."""
    season = play.world.season_id
    return (
        play.read(
            lambda s: s.scalar(
                select(func.count()).select_from(Representation).where(Representation.season_id == season)
            )
        )
        or 0
    )


def with_rules(play: Play, **changes: Any) -> None:
    """The same region, but for these rules of a power of attorney."""
    rules = play.world.rules
    proxy = rules.presence.proxy.model_copy(update=changes)
    presence = rules.presence.model_copy(update={"proxy": proxy})
    play.world = replace(play.world, rules=replace(rules, presence=presence))
