"""How long the proof of work of a sign-in takes in a browser at a phone's pace.

    .venv/bin/python tests/load/proof_of_work.py [runs]

Chromium's main thread is slowed four times, as tests do that stand for a middling phone; each run solves a challenge of
its own with the page's own script. Prints the hashes a second and the spread of the times, for docs/performance.md.
"""

from __future__ import annotations

import secrets
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page

from apella.identity.proof import BITS, PARTS, is_solved
from apella.testing.browser import open_browser

SCRIPT = Path(__file__).parents[2] / "platform" / "src" / "apella" / "web" / "static" / "proof.js"
SLOWER = 4
PAGE = """<!doctype html><p data-proof-words></p>
<div data-proof data-salt="{salt}" data-parts="{parts}" data-bits="{bits}" data-progress="{{1}} {{2}}">
<form><input name="answers"></form></div>
<script>
  document.querySelector("form").addEventListener("submit", function (event) {{
    event.preventDefault();
    window.took = performance.now() - window.began;
    window.answers = event.target.elements.answers.value;
  }});
  window.answers = null;
  window.began = performance.now();
</script>"""


def solved(page: Page, salt: str) -> tuple[float, list[int]]:
    """Let the page solve one challenge; give seconds and answers."""
    page.set_content(PAGE.format(salt=salt, parts=PARTS, bits=BITS))
    page.add_script_tag(path=SCRIPT)
    page.wait_for_function("window.answers", timeout=120_000)
    answers = [int(one) for one in page.evaluate("window.answers").split(",")]
    return page.evaluate("window.took") / 1000, answers


def main(runs: int) -> None:
    """Measure at this machine's pace and at a phone's."""
    with open_browser() as browser:
        for slower in (1, SLOWER):
            page = browser.new_page()
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            times, rates = [], []
            for _ in range(runs):
                salt = secrets.token_hex(16)
                seconds, answers = solved(page, salt)
                if not is_solved(salt, answers, parts=PARTS, bits=BITS):
                    raise SystemExit("the page's answers are wrong")
                times.append(seconds)
                rates.append((sum(answers) + PARTS) / seconds)
            times.sort()
            sys.stdout.write(
                f"1/{slower} of the pace, {PARTS} parts of {BITS} bits, {runs} runs: "
                f"{statistics.median(rates):,.0f} hashes/s, median {statistics.median(times):.2f} s, "
                f"from {times[0]:.2f} to {times[-1]:.2f} s\n"
            )
            page.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
