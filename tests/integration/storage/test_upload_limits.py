"""How many files, and how many bytes of them, one person may send (ASVS 5.2.4): the tenant's limits, also at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from apella.bootstrap import App
from apella.errors import RuleViolation
from apella.regions.registry import RegionRegistry
from apella.storage.model import FileState
from apella.tenancy.files import tenant_directories
from apella.testing.attachments import Sender
from apella.testing.uploads import pdf

MIB = 1024**2
AT_ONCE = 8


@pytest.fixture
def limited(app: App, tmp_path: Path) -> Iterator[Callable[..., Sender]]:
    """Senders whose tenant has these limits; nobody scans, and files are the test's own."""
    own = replace(app, settings=replace(app.settings, home=tmp_path))
    yield lambda **limits: Sender(own, **limits)
    own.database.engine.dispose()


def refused(sender: Sender, size: int = 9, **where: object) -> RuleViolation:
    with pytest.raises(RuleViolation) as refusal:
        sender.announce(bytes(size), "a.pdf", **where)  # type: ignore[arg-type]  # the words of `announce`
    return refusal.value


def test_a_person_sends_so_many_files_for_a_case(limited: Callable[..., Sender]) -> None:
    sender = limited(case_files=2)
    sender.announce(b"1", "a.pdf")
    sender.announce(b"2", "a.pdf")
    refusal = refused(sender)
    assert refusal.error_code == "upload.case_limit"
    assert refusal.clauses
    assert "2 файла" in refusal.message
    # Another person, and the same one for another case, have not sent anything yet.
    sender.announce(b"3", "a.pdf", who="secretary")
    sender.announce(b"4", "a.pdf", who=1, case=sender.play.file(1))


def test_a_person_sends_so_many_bytes_for_a_case(limited: Callable[..., Sender]) -> None:
    sender = limited(case_megabytes=2)
    sender.announce(bytes(MIB), "a.pdf")
    sender.announce(bytes(MIB), "b.pdf")
    assert refused(sender, size=1).error_code == "upload.case_limit"


def test_a_person_sends_so_much_in_a_season(limited: Callable[..., Sender]) -> None:
    sender = limited(season_files=2)
    other = sender.play.file(1)
    sender.announce(b"1", "a.pdf", who="secretary")
    sender.announce(b"2", "a.pdf", who="secretary", case=other)
    assert refused(sender, who="secretary", case=other).error_code == "upload.season_limit"
    sender.announce(b"3", "a.pdf")


def test_what_never_came_does_not_count_and_what_was_refused_does(limited: Callable[..., Sender]) -> None:
    sender = limited(case_files=2)
    sent = sender.send(b"no PDF at all", "a.pdf")
    sender.play.drain()
    assert sender.row(sent)[1].state is FileState.REJECTED
    lost = sender.announce(pdf(), "b.pdf")
    assert refused(sender).error_code == "upload.case_limit"
    sender.age(lost.id, minutes=25)
    sender.sweep()
    sender.play.drain()
    assert sender.row(lost.id)[1].state is FileState.REJECTED
    sender.announce(pdf(), "c.pdf")


@pytest.mark.parametrize("limit", ["case_files", "season_files"])
def test_files_announced_at_once_do_not_pass_the_limit_together(limited: Callable[..., Sender], limit: str) -> None:
    sender = limited(**{limit: 3})
    cases = [sender.case, sender.play.file(1)] if limit == "season_files" else [sender.case]

    def try_one(number: int) -> bool:
        try:
            sender.announce(b"1", "a.pdf", who="secretary", case=cases[number % len(cases)])
        except RuleViolation:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(try_one, range(AT_ONCE))) == 3


def test_every_tenant_has_limits_that_a_real_case_does_not_reach() -> None:
    for rules in RegionRegistry.load(tenant_directories(())):
        limits = rules.records.uploads
        assert limits.case_files >= 10
        assert limits.case_megabytes >= 100
        assert limits.season_files >= limits.case_files
        assert limits.season_megabytes >= limits.case_megabytes
