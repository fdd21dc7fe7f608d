"""The people of the story at their devices: each signs in and speaks to the API with a session of the own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import requests

from apella.errors import ApellaError

CONNECT_SECONDS = 5
READ_SECONDS = 120
CODE_SECONDS = 60
MOMENT = timedelta(minutes=1)


class StoryFailed(ApellaError):
    """A step was refused, a limit was missed, or a case has no end."""

    code = "story.failed"


class NotEmbedded(ApellaError):
    """The instance is not an embedded one: no story is played on real people."""

    code = "story.not_embedded"


@dataclass(kw_only=True)
class Person:
    """Somebody signed in; `csrf` goes with every request that changes something."""

    login: str
    role: str
    http: requests.Session = field(repr=False)
    csrf: str = field(default="", repr=False)


class Stage:
    """One season of one tenant at one address."""

    def __init__(self, url: str, tenant: str, *, seed: int, participants: int) -> None:
        self._url = url.rstrip("/")
        self.tenant = tenant
        self._people: dict[str, Person] = {}
        made = self._make_season(seed, participants)
        self.season: str = made["season"]
        self.participants: list[dict[str, str]] = made["participants"]
        self._staff: list[dict[str, str]] = made["staff"]
        me = self.get(self.staff("secretary"), "/me")
        self.zone = ZoneInfo(me["zone"])
        self.now = datetime.fromisoformat(me["now"])

    def staff(self, role: str, number: int = 0) -> Person:
        """The `number`-th person of staff in this role, signed in."""
        found = [person for person in self._staff if person["role"] == role]
        if number >= len(found):
            raise StoryFailed(f"В сезоне нет участника процесса с ролью {role}.", code="story.cast")
        return self.by_login(found[number]["login"], role)

    def called(self, name: str, *, role: str) -> Iterator[Person]:
        """Everybody of staff with this name and role, each signed in when it comes to them."""
        for person in self._staff:
            if (person["name"], person["role"]) == (name, role):
                yield self.by_login(person["login"], role)

    def has(self, role: str) -> bool:
        """Whether somebody of staff has this role."""
        return any(person["role"] == role for person in self._staff)

    def by_login(self, login: str, role: str) -> Person:
        """A person of staff by login, signed in."""
        if login not in self._people:
            http = requests.Session()
            http.trust_env = False
            answer = http.get(
                f"{self._url}/{self.tenant}/sign-in/staff",
                params={"login_hint": login, "prompt": "none", "next": "/healthz"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
            self._require(answer, f"вход {login}")
            self._people[login] = self._with_token(Person(login=login, role=role, http=http))
        return self._people[login]

    def participant(self, index: int) -> Person:
        """A participant of the season, signed in by document, phone and the code from the outbox."""
        who = self.participants[index]
        if who["login"] not in self._people:
            http = requests.Session()
            http.trust_env = False
            person = Person(login=who["login"], role="participant", http=http)
            asked = self.post(person, "/sign-in/code-requests", {"document": who["document"], "phone": who["phone"]})
            code = self._code_for(who["phone"])
            self.post(person, "/sign-in/codes", {"request_id": asked["request_id"], "code": code})
            self._people[who["login"]] = self._with_token(person)
        return self._people[who["login"]]

    def get(self, person: Person, path: str) -> Any:
        """Ask the API as this person."""
        answer = person.http.get(self._api(path), timeout=(CONNECT_SECONDS, READ_SECONDS))
        self._require(answer, path)
        return answer.json()

    def try_get(self, person: Person, path: str) -> Any | None:
        """Ask the API; None when what is asked for is not there for this person."""
        answer = person.http.get(self._api(path), timeout=(CONNECT_SECONDS, READ_SECONDS))
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        self._require(answer, path)
        return answer.json()

    def post(self, person: Person, path: str, body: dict[str, Any]) -> Any:
        """Do something through the API as this person."""
        answer = self._post(person, path, body)
        self._require(answer, path)
        return answer.json()

    def try_post(self, person: Person, path: str, body: dict[str, Any]) -> Any | None:
        """Search through the API; None when what is looked for is not there for this person."""
        answer = self._post(person, path, body)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        self._require(answer, path)
        return answer.json()

    def move_clock(self, to: datetime) -> None:
        """Move the season's clock forward; afterwards its tasks are done.

        A moment that has passed moves nothing and only finishes the tasks.
        """
        now = datetime.fromisoformat(self.get(self.staff("secretary"), "/me")["now"])
        # The clock runs while it is asked: a moment that is just now would lie behind it.
        wanted = max(to, now + MOMENT)
        answer = requests.post(
            f"{self._url}/embedded/clock",
            json={"tenant": self.tenant, "season": self.season, "to": wanted.isoformat()},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
        self._require(answer, "учебные часы")
        self.now = datetime.fromisoformat(answer.json()["now"])

    def _post(self, person: Person, path: str, body: dict[str, Any]) -> requests.Response:
        return person.http.post(
            self._api(path),
            json=body,
            headers={"X-CSRF-Token": person.csrf, "Idempotency-Key": str(uuid.uuid4())},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )

    def _make_season(self, seed: int, participants: int) -> dict[str, Any]:
        answer = requests.post(
            f"{self._url}/embedded/season",
            json={"tenant": self.tenant, "participants": participants, "seed": seed, "scans": "all"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
        if answer.status_code == HTTPStatus.NOT_FOUND and "tenant.unknown" not in answer.text:
            raise NotEmbedded(
                "Эта установка не учебная: история разыгрывается только во встроенном режиме.",
                code="story.not_embedded",
            )
        self._require(answer, "новый сезон")
        made: dict[str, Any] = answer.json()
        return made

    def _with_token(self, person: Person) -> Person:
        person.csrf = self.get(person, "/me")["csrf_token"]
        return person

    def _code_for(self, phone: str) -> str:
        """The newest code that went to this phone; the message leaves within moments."""
        digits = "".join(filter(str.isdigit, phone))
        give_up = time.monotonic() + CODE_SECONDS
        while time.monotonic() < give_up:
            answer = requests.get(
                f"{self._url}/embedded/outbox",
                params={"tenant": self.tenant, "season": self.season},
                headers={"Accept": "application/json"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
            self._require(answer, "исходящие сообщения")
            for message in answer.json()["messages"]:
                if "".join(filter(str.isdigit, message["address"])) == digits and message["text"][:6].isdigit():
                    return str(message["text"][:6])
            time.sleep(0.2)
        raise StoryFailed("Код для входа участника не пришёл.", code="story.no_code")

    def _api(self, path: str) -> str:
        return f"{self._url}/api/v1/{self.tenant}{path}"

    @staticmethod
    def _require(answer: requests.Response, what: str) -> None:
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise StoryFailed(f"{what}: ответ {answer.status_code}: {answer.text[:500]}", code="story.refused")
