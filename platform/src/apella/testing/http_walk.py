"""The walk over HTTP, deed by deed: what is asked, by whom, and the right moment for it.

A walk yields `Deed`s; the caller does each (`deed.do()`), before or after which it may try whatever else must be
refused at that moment.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from werkzeug.test import TestResponse

from apella.appeals.journal import forward
from apella.appeals.suspension import Act, suspend_annulled
from apella.db.ids import new_id
from apella.identity.roles import Role
from apella.registry.model import Work
from apella.testing.attachments import put_bytes
from apella.testing.client import Client
from apella.testing.identity import binding_code_on_its_way
from apella.testing.play import VOTERS, Play, Who
from apella.testing.plugin import ClientFor
from apella.testing.uploads import pdf

PLACE: Final = "<case>"
BASIS: Final = {"basis_number": "уч-7", "basis_date": "2026-06-01"}
"""The paper that a suspension and what ends it rest on."""


@dataclass(kw_only=True)
class Deed:
    """One request that changes something. `path` stands under the tenant's API, with `PLACE` for the case."""

    walk: HttpWalk
    who: Who
    path: str
    body: Mapping[str, Any]
    case: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    def send(self, client: Client, *, slug: str | None = None, case: str | None = None, **changes: Any) -> TestResponse:
        """Ask for it with a client, perhaps at another tenant's address, on another case or with another body."""
        path = self.path.replace(PLACE, case or self.case or "")
        headers = {"Idempotency-Key": str(new_id())} if self.path == "appeals" else None
        return client.post(f"/api/v1/{slug or client.slug}/{path}", {**self.body, **changes}, headers=headers)

    def do(self) -> dict[str, Any]:
        """Do it as its rightful person and give the answer; AssertionError when it is refused."""
        answer = self.send(self.walk.client(self.who), **self._version())
        if answer.status_code not in {200, 201}:
            raise AssertionError(f"{self.path} by {self.who}: {answer.status_code} {answer.get_data(as_text=True)}")
        self.answer = answer.get_json()
        return self.answer

    def _version(self) -> dict[str, Any]:
        if "version" not in self.body or self.case is None:
            return {}
        return {"version": self.walk.seen(self.case)["version"]}


class HttpWalk:
    """The people of a season at the API."""

    def __init__(self, play: Play, client_for: ClientFor) -> None:
        self.play = play
        self._client_for = client_for
        self._clients: dict[Who, Client] = {}

    def client(self, who: Who) -> Client:
        """The client of a person, signed in once."""
        if who not in self._clients:
            self._clients[who] = self._client_for(self.play.actor(who))
        return self._clients[who]

    def seen(self, case: str) -> dict[str, Any]:
        """A case as the secretary sees it."""
        found: dict[str, Any] = self.client("secretary").get(f"appeals/{case}").get_json()
        return found

    def application(self, number: int, *, channel: str = "portal", **wishes: Any) -> dict[str, Any]:
        """The body of a filing."""
        return {
            "kind": "procedure" if channel == "exam_point" else "score",
            "channel": channel,
            "work_id": str(self.play.world.works[number]),
            "presence": {"participant": True},
            "forms_confirmed": True,
            "disputed": ["C1"],
            "statement": "Учебное нарушение",
            "phone": "+7 900 000-00-00",
            **wishes,
        }

    def file(self, number: int = 0, *, channel: str = "portal", who: Who | None = None) -> Deed:
        """The filing of a participant's appeal."""
        doors: dict[str, Who] = {"portal": number, "school_desk": "school-operator", "queue_clerk": "queue-clerk"}
        return Deed(
            walk=self,
            who=doors[channel] if who is None else who,
            path="appeals",
            body=self.application(number, channel=channel),
        )

    def at_the_counter(self) -> Iterator[Deed]:
        """A participant in person, where codes come on paper: a new phone, a code, and its end; a parent."""
        who, place = "school-operator", f"participants/{self.play.actor(0).person_id}"
        ask = Deed(walk=self, who=who, path=f"{place}/phone-bindings", body={"phone": "+7 900 111-22-33"})
        yield ask
        app, binding = self.play.app, ask.answer["binding_id"]
        tenant_id = self.play.world.rules.tenant.tenant_id
        code = binding_code_on_its_way(app.database, app.vaults, tenant_id, binding)
        yield Deed(walk=self, who=who, path=f"{place}/phone-bindings/{binding}/code", body={"code": code})
        issue = Deed(walk=self, who=who, path=f"{place}/school-codes", body={})
        yield issue
        yield Deed(walk=self, who=who, path=f"{place}/school-codes/{issue.answer['id']}/revoke", body={})
        mother = {
            "kind": "parent",
            "surname": "Примерова",
            "given_name": "Ольга",
            "document": "45 10 777001",
            "phone": "+7 900 111-22-34",
            "proof": "Свидетельство о рождении I-АБ 123456",
        }
        link = Deed(walk=self, who=who, path=f"{place}/representatives", body=mother)
        yield link
        ended = f"{place}/representatives/{link.answer['id']}/end"
        yield Deed(walk=self, who=who, path=ended, body={"reason": "Участник так решил"})

    def act(self, case: str, who: Who, verb: str, **body: Any) -> Deed:
        """A verb on a case."""
        return Deed(walk=self, who=who, path=f"appeals/{PLACE}/{verb}", body={"version": 1, **body}, case=case)

    def look(self, case: str, who: Who, what: str) -> Deed:
        """A deed that shows something that is not shown lightly."""
        return Deed(walk=self, who=who, path=f"appeals/{PLACE}/{what}", body={}, case=case)

    def attached(self) -> Iterator[Deed]:
        """A paper to a case: announced, sent, checked, opened by the commission."""
        filing = self.file()
        yield filing
        case, content = str(filing.answer["id"]), pdf()
        announce = Deed(
            walk=self,
            who=0,
            path=f"appeals/{PLACE}/attachments",
            body={
                "kind": "other",
                "file_name": "x.pdf",
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            },
            case=case,
        )
        yield announce
        attachment = announce.answer["id"]
        put_bytes(self.play, uuid.UUID(attachment), content)
        yield self.look(case, 0, f"attachments/{attachment}/sent")
        self.play.drain()
        yield self.look(case, "secretary", f"attachments/{attachment}/link")

    def satisfied(self) -> Iterator[Deed]:
        """A score appeal from the school's desk to its end, the mark raised."""
        play = self.play
        filing = self.file(channel="school_desk")
        yield filing
        case = str(filing.answer["id"])
        yield self.act(case, "school-operator", "forward")
        yield self.act(case, "secretary", "register")
        yield self.act(case, "secretary", "request-kit")
        yield self.act(case, "data-centre-operator", "receive-kit", absent_reason="учебный комплект")
        yield self.act(case, "secretary", "assign-expert", expert_id=str(play.world.experts[1]))
        yield self.act(
            case,
            "expert-2",
            "conclude",
            summary="Проверено",
            proposals=[{"task_type": "C", "position": 1, "proposed": 1, "argument": "По критерию верно"}],
        )
        yield self.act(case, "secretary", "schedule", starts_at=_day(play, 5))
        yield self.act(case, "secretary", "reschedule", starts_at=_day(play, 6), reason="занят зал")
        play.clock_to(datetime.fromisoformat(_day(play, 6)) + timedelta(minutes=1))
        yield self.act(
            case,
            "secretary",
            "open-hearing",
            came=["participant"],
            identity_checked=True,
            materials_confirmed=True,
        )
        for voter in VOTERS:
            yield self.act(case, voter, "vote", ballot="satisfy")
        (change,) = play.changes("up")
        yield self.act(
            case,
            "chair",
            "decide",
            reason="Учебное основание",
            changes=[
                {
                    "task_type": "C",
                    "position": change.position,
                    "was": change.was,
                    "becomes": change.becomes,
                    "error_kind": "scoring",
                    "reason": "Учебное обоснование",
                }
            ],
        )
        play.drain()
        yield self.look(case, "secretary", "document-number")
        document = self.client("secretary").get(f"appeals/{case}/documents").get_json()[0]["id"]
        yield self.look(case, "secretary", f"documents/{document}/link")
        yield self.act(case, "secretary", "hand-over")
        yield self.act(case, "data-centre-operator", "enter-packet")
        yield self.act(case, "data-centre-operator", "dispatch-packet")
        primary = sum(mark.mark for mark in play.marks()) + change.becomes - change.was
        yield self.act(case, "data-centre-operator", "enter-recalculation", primary_score=primary, test_score=60)
        yield self.act(
            case, "exam-commission-chair", "approve", act_number="уч-1", act_date=play.now().date().isoformat()
        )
        play.drain()
        yield self.act(case, "secretary", "close")

    def side_ways(self) -> Iterator[Deed]:
        """The other ends: refused, admitted late, withdrawn at the cabinet, withdrawn on paper."""
        taken_back, refused = self.file(0), self.file(1)
        yield taken_back
        yield self.act(str(taken_back.answer["id"]), 0, "withdraw")
        yield refused
        yield self.act(str(refused.answer["id"]), "secretary", "refuse", ground="task_content")
        paper = self.file(2, channel="school_desk")
        yield paper
        yield self.act(str(paper.answer["id"]), "school-operator", "accept-withdrawal")
        yield self.act(str(paper.answer["id"]), "secretary", "withdraw")
        self.play.clock(days=30)
        late = self.file(0, channel="queue_clerk")
        yield late
        yield self.act(str(late.answer["id"]), "chair", "admit-late", reason="болел")

    def stood_still(self) -> Iterator[Deed]:
        """Cases that stand still: a request answered, a return for a new round, a result annulled meanwhile."""
        play, chair = self.play, "exam-commission-chair"
        annulled = str(play.file(1))
        case = str(play.walk(play.file(0), "decided"))
        asked = {"reason": "federal_centre", "documents_requested": True, **BASIS}
        yield self.act(case, chair, "suspend", **asked)
        yield self.act(case, "secretary", "answer-request")
        yield self.act(case, "data-centre-operator", "review-suspension")
        yield self.act(case, "data-centre-operator", "resume", outside_told=True, **BASIS)
        yield self.act(case, chair, "suspend", reason="investigation", **BASIS)
        yield self.act(case, chair, "reopen", outside_told=True, **BASIS)
        act = Act(number=BASIS["basis_number"], day=date.fromisoformat(BASIS["basis_date"]))
        work = update(Work).where(Work.id == play.world.works[1])
        play.read(lambda session: session.execute(work.values(annulled_at=play.now())))
        play.do(chair, suspend_annulled, work_id=play.world.works[1], act=act, role=Role.EXAM_COMMISSION_CHAIR)
        yield self.act(annulled, "chair", "declare-moot", **BASIS)

    def set_apart(self) -> Iterator[Deed]:
        """Who has a conflict of interest leaves a case, and comes back; an administrator reads it in an emergency."""
        play = self.play
        case = str(play.file(0))
        ground = "апеллянт – мой племянник"
        yield self.act(case, "member-1", "conflicts", ground=ground)
        whom = str(play.actor("member-2").person_id)
        allocated = self.act(case, "secretary", "conflicts", ground=ground, person_id=whom)
        yield allocated
        path = f"conflicts/{allocated.answer['id']}/lift"
        yield self.act(case, "chair", path, reason="однофамилец, не родственник")
        admin = play.hire(Role.TENANT_ADMIN)
        body = {"number": play.case(uuid.UUID(case)).receipt_number, "reason": "не открывается протокол дела"}
        glass = Deed(walk=self, who=admin, path="break-glass", body=body)
        yield glass
        yield Deed(walk=self, who=admin, path=f"break-glass/{glass.answer['id']}/close", body={})

    def substituted(self) -> Iterator[Deed]:
        """Somebody acts for the secretary by an order, registers a case, and is no longer needed."""
        play = self.play
        case = str(play.file(0, channel="school_desk"))
        play.act("school-operator", forward, uuid.UUID(case), check_conclusion="Учебная проверка")
        today = play.now().astimezone(play.world.rules.zone).date().isoformat()
        order = Deed(
            walk=self,
            who="chair",
            path="substitutions",
            body={
                "role": "secretary",
                "person_id": str(play.actor("secretary").person_id),
                "substitute_id": str(play.actor("member-1").person_id),
                "first_day": today,
                "last_day": today,
                "act_number": "уч-12",
                "act_date": today,
            },
        )
        yield order
        yield self.act(case, "member-1", "register")
        yield Deed(walk=self, who="chair", path=f"substitutions/{order.answer['id']}/end", body={})

    def signed_in_twice(self) -> Iterator[Deed]:
        """Somebody ends a sign-in of their own, and an administrator those of another."""
        admin = self.play.hire(Role.TENANT_ADMIN)
        secretary = self.play.actor("secretary")
        self._client_for(secretary)
        yield Deed(walk=self, who="secretary", path="sessions/end", body={"others": True})
        yield Deed(walk=self, who=admin, path="sessions/of-members/end", body={"login": secretary.login})

    def seated(self) -> Iterator[Deed]:
        """What members say of a conflict of interest, in a tenant that asks for it."""
        today = self.play.now().astimezone(self.play.world.rules.zone).date().isoformat()
        yield Deed(walk=self, who="member-1", path="commission/statements", body={"free": False})
        path = f"commission/members/{self.play.actor('member-1').person_id}/statements"
        yield Deed(walk=self, who="secretary", path=path, body={"free": True, "stated_on": today})

    def handed_on(self) -> Iterator[Deed]:
        """A paper that is signed, and a withdrawal that goes its way, in a tenant where both are done."""
        case = str(self.play.file(0, channel="school_desk"))
        yield self.act(case, "school-operator", "certify", copies=2)
        today = self.play.now().astimezone(self.play.world.rules.zone).date().isoformat()
        paper = {"application_date": today, "application_by": "participant"}
        yield self.act(case, "school-operator", "accept-withdrawal", **paper)
        yield self.act(case, "school-operator", "forward-withdrawal")
        yield self.act(case, "secretary", "withdraw")


def _day(play: Play, after: int) -> str:
    """Ten o'clock some days after the made-up season's beginning, with the zone."""
    begins = datetime.combine(play.world.announced_on, datetime.min.time(), tzinfo=play.world.rules.zone)
    return (begins + timedelta(days=1 + after, hours=10)).isoformat()
