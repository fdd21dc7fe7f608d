"""The counter's pages and API for parents and proxies."""

from __future__ import annotations

from typing import Any

import pytest

from apella.testing.console import ConsoleFor
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.representatives import PROOF, Representatives

CODE = "00000000"
MOTHER = {
    "surname": "Примерова",
    "given_name": "Ольга",
    "patronymic": "Тестовна",
    "document": "45 10 777001",
    "phone": "+7 900 111-22-33",
}


@pytest.mark.parametrize("who", ["school-operator", "secretary", "queue-clerk"])
def test_a_parent_is_linked_and_the_link_is_ended_on_a_page(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    region = play("moscow" if who == "queue-clerk" else "kbr")
    console = console_for(region.actor(who))
    found = console.find("representatives", f" {CODE} ")
    assert "За этого участника никто не действует" in found.text
    form = console.get(found.link("Связать с родителем"))
    without = console.submit(form, "/parent", {**MOTHER, "document": ""})
    assert (without.status, 'href="#f-document"' in without.html, 'href="#f-proof"' in without.html) == (
        422,
        True,
        True,
    )
    done = console.submit(without, "/parent", {**MOTHER, "proof": PROOF})
    assert done.status == 303
    page = console.get(done.location)
    assert ("Примерова Ольга Тестовна" in page.text, "Действует" in page.text) == (True, True)
    assert "777001" not in page.html
    assert console.submit(page, "/end", {"reason": ""}).status == 422
    ended = console.submit(page, "/end", {"reason": "Участник так решил"})
    assert "Прекращено" in console.get(ended.location).text


def test_a_power_of_attorney_of_the_region_s_form_is_entered_on_a_page(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    region = play("moscow")
    paper = Representatives(region).paper()
    console = console_for(region.actor("secretary"))
    form = console.get(console.find("representatives", CODE).link("Внести доверенность"))
    typed: dict[str, Any] = {
        "surname": "Доверенных", "given_name": "Пётр", "document": "45 10 777002", "phone": "+7 900 444-55-66",
        "issuer": "appellant", "form_code": "A1", "number": "б/н", "given_on": f"{paper.given_on:%d.%m.%Y}",
        "subject_code": paper.subject_code, "year": str(paper.year), "place": paper.place, "signed": "1",
        **{f"principal_{name}": value for name, value in paper.principal.items()},
        **{f"attorney_{name}": value for name, value in paper.attorney.items()},
    }  # fmt: skip
    without = console.submit(form, "/proxy", {**typed, "attorney_address": "", "signed": []})
    assert (without.status, 'href="#f-attorney_address"' in without.html) == (422, True)
    done = console.submit(form, "/proxy", typed)
    assert done.status == 303, done.text
    shown = console.get(done.location).text
    assert "знакомиться с решением комиссии" in shown
    assert "подавать апелляцию" not in shown


@pytest.mark.parametrize(("typed", "status"), [("99999999", 404), ("", 422), ("\0", 422)])
def test_a_wrong_code_is_shown_at_its_field(play: StartPlay, console_for: ConsoleFor, typed: str, status: int) -> None:
    page = console_for(play("kbr").actor("secretary")).find("representatives", typed)
    assert (page.status, 'href="#f-participant"' in page.html) == (status, True)


@pytest.mark.parametrize("who", ["chair", "expert-1", 0])
def test_others_do_not_come_to_this_page(play: StartPlay, console_for: ConsoleFor, who: str | int) -> None:
    region = play("kbr")
    stranger = console_for(region.actor(who))
    assert stranger.get("representatives").status == 403
    assert stranger.get(f"participants/{region.actor(0).person_id}/representatives").status == 403
    sent = stranger.post("representatives", {"participant": CODE, "csrf_token": stranger.client.csrf})
    assert (sent.status, sent.location) == (403, "")
    assert not console_for(region.actor("chair")).get("").has_link("Представители")
    assert console_for(region.actor("secretary")).get("").has_link("Представители")


def test_links_are_made_and_ended_over_the_api(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kbr")
    secretary = client_for(region.actor("secretary"), slug="kbr")
    place = f"participants/{region.world.participants[0].person_id}/representatives"
    wrong = secretary.post(place, {"kind": "parent", **MOTHER})
    assert (wrong.status_code, list(wrong.get_json()["fields"])) == (422, ["proof"])
    assert secretary.post(place, {"kind": "proxy", **MOTHER}).get_json()["code"] == "representation.attorney"
    made = secretary.post(place, {"kind": "parent", **MOTHER, "proof": PROOF})
    assert (made.status_code, made.get_json()["kind"]) == (201, "parent")
    paper = {"number": "5", "given_on": str(Representatives(region).today()), "issuer": "appellant"}
    somebody = {**MOTHER, "document": "45 10 777002", "attorney": {**paper, "powers": ["materials"]}}
    proxy = secretary.post(place, {"kind": "proxy", **somebody})
    assert (proxy.status_code, proxy.get_json()["powers"]) == (201, ["materials"])
    assert secretary.post(f"{place}/{made.get_json()['id']}/end", {"reason": "Ошибка"}).get_json() == {"ended": 1}
    assert secretary.post(f"{place}/{made.get_json()['id']}/end", {"reason": "Ошибка"}).status_code == 409
    listed = secretary.get(place).get_json()
    assert [one["ended_at"] is None for one in listed] == [False, True]
