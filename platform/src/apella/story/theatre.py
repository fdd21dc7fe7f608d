"""An instance for one story: in a temporary home, on a free port, gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from apella.story.stage import StoryFailed

START_SECONDS = 180
STOP_SECONDS = 60


@contextmanager
def own_instance() -> Iterator[str]:
    """Run `apella up` for the block and yield its address. Raises StoryFailed when it does not start."""
    with tempfile.TemporaryDirectory(prefix="apella-story-") as folder:
        port = _free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("APELLA_")},
            **({"APELLA_TENANTS": os.environ["APELLA_TENANTS"]} if "APELLA_TENANTS" in os.environ else {}),
            "APELLA_HOME": str(Path(folder) / "home"),
            "APELLA_PORT": str(port),
            "APELLA_EMPTY": "1",
        }
        output = Path(folder) / "output.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "apella.cli", "up"], env=environment, stdout=file, stderr=subprocess.STDOUT
            )
            try:
                _wait(process, port, output)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise StoryFailed(f"Установка не запустилась: {output.read_text()[-500:]}", code="story.no_instance")
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.2)
    raise StoryFailed("Установка не запустилась за три минуты.", code="story.no_instance")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
