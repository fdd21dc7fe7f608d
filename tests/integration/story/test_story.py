"""The story of each region, played by the people concerned against a running instance."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from apella.regions.registry import RegionRegistry
from apella.tenancy.files import tenant_directories

MADE_UP = Path(__file__).parents[2] / "data" / "tenants"
SCHEMA = json.loads(Path(__file__).with_name("story.schema.json").read_text())
REGIONS = RegionRegistry.load(tenant_directories((MADE_UP,))).slugs

pytestmark = pytest.mark.xdist_group("story")


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "apella.cli", "story", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module", params=REGIONS)
def told(request: pytest.FixtureRequest, instance: str) -> dict[str, Any]:
    done = _command("--tenant", request.param, "--json", "--url", instance)
    assert done.returncode == 0, done.stderr
    story: dict[str, Any] = json.loads(done.stdout)
    return story


def test_it_keeps_the_contract(told: dict[str, Any]) -> None:
    jsonschema.validate(told, SCHEMA, format_checker=jsonschema.FormatChecker())


@pytest.mark.clause("federal:102.1", "federal:102.2", "federal:99.10", "federal:98.5", "core:E17")
def test_it_shows_every_ending(told: dict[str, Any]) -> None:
    endings = [(case["kind"], case["outcome"]) for case in told["cases"]]
    assert {
        ("score", "rejected"),
        ("score", "satisfied_up"),
        ("score", "satisfied_down"),
        ("score", "withdrawn"),
    } <= set(endings)
    assert ("procedure", "satisfied") in endings
    assert any(case["attendance"] == "absent_by_choice" for case in told["cases"])
    assert any(case["attendance"] == "present" for case in told["cases"])


def test_a_paper_goes_through_every_hand_of_its_way(told: dict[str, Any]) -> None:
    for case in told["cases"]:
        steps = [step["action"] for step in case["steps"]]
        if "forward" in steps:
            assert steps.index("forward") < steps.index("register")
            states = [step["state"] for step in case["steps"] if step["action"] == "forward"]
            assert set(states) == {"in_transit"}


def test_every_step_keeps_its_limit_and_names_its_clauses(told: dict[str, Any]) -> None:
    for case in told["cases"]:
        for step in case["steps"]:
            if step["due"] is not None:
                assert datetime.fromisoformat(step["at"]) <= datetime.fromisoformat(step["due"]), step
                assert step["clauses"], step


def test_steps_go_forward_in_time(told: dict[str, Any]) -> None:
    for case in told["cases"]:
        times = [datetime.fromisoformat(step["at"]) for step in case["steps"]]
        assert times == sorted(times)


def test_the_decisions_have_their_papers(told: dict[str, Any]) -> None:
    for case in told["cases"]:
        papers = {form for step in case["steps"] for form in step["documents"]}
        if case["outcome"] in ("withdrawn",):
            continue
        if case["kind"] == "procedure":
            assert {"PPE-02", "PPE-03"} <= papers
        else:
            assert {"1-AP", "2-AP"} <= papers
        if case["outcome"] in ("satisfied_up", "satisfied_down"):
            assert "2-AP-2" in papers
            assert "U-33" in papers


def test_an_instance_that_is_not_embedded_is_left_alone(tmp_path: Path) -> None:
    # A server that knows no /embedded: the test's own, with the product's answer to an unknown address.
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Closed(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b'{"code": "not_found"}')

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the base class names it so
            del format, arguments

    server = HTTPServer(("127.0.0.1", 0), Closed)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = _command("--tenant", REGIONS[0], "--url", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 2
    assert "не учебная" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("told", ["beloozero"], indirect=True)
def test_doors_ways_and_sessions_of_tables_alone_are_played(told: dict[str, Any]) -> None:
    cases = told["cases"]
    filers = {case["steps"][0]["role"] for case in cases}
    assert filers == {"school_operator", "secretary", "data_centre_operator", "exam_commission_member"}
    hands = [[step["role"] for step in case["steps"] if step["action"] == "forward"] for case in cases]
    assert ["school_operator", "municipal_operator"] in hands
    opened = {
        (case["kind"], step["at"][:13]) for case in cases for step in case["steps"] if step["action"] == "open_hearing"
    }
    # One session for all score appeals, by the day off two days later than elsewhere; the other on a working Saturday.
    assert opened == {("score", "2026-06-25T15"), ("procedure", "2026-06-20T10")}
