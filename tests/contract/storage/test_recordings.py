"""An hour's recording is listened to from any place of it (T3.5)."""

from __future__ import annotations

import io
import statistics
import time
from hashlib import sha256

import pytest
import requests

from apella.storage.keys import ObjectKey
from apella.testing.objectstore import MAX_SIZE, StoreUnderTest, seeded
from apella.testing.sizes import PROOF, figure, size

MINUTES = size("minutes of audio", small=2, full=60)
LISTENED = size("ranges", small=20, full=1_000)
# MP3 of speech, 24 kbit/s: an hour is what the store under test takes.
BYTES_A_MINUTE = 24_000 // 8 * 60
LONGEST_PART = 256 * 1024
MOST_SECONDS = 0.3


@pytest.mark.proof("T3.5")
def test_any_part_of_a_long_recording_comes_at_once(subject: StoreUnderTest, clean: ObjectKey) -> None:
    chance = seeded(20260620)
    audio = chance.randbytes(MINUTES * BYTES_A_MINUTE)
    assert len(audio) <= MAX_SIZE
    subject.store.put(clean, io.BytesIO(audio), content_type="audio/mpeg", sha256=sha256(audio).digest())
    link = subject.store.presign_get(
        clean, filename="запись.mp3", content_type="audio/mpeg", seconds=300, now=subject.now(), inline=True
    )
    waited: list[float] = []
    with requests.Session() as browser:
        for _ in range(LISTENED):
            start = chance.randrange(len(audio))
            last = min(start + chance.randrange(LONGEST_PART), len(audio) - 1)
            began = time.perf_counter()
            answer = browser.get(link.url, headers={"Range": f"bytes={start}-{last}"}, timeout=10, stream=True)
            first = answer.raw.read(1)
            waited.append(time.perf_counter() - began)
            assert answer.status_code == 206
            assert first + answer.raw.read() == audio[start : last + 1]
    p95 = statistics.quantiles(waited, n=20)[-1]
    figure(f"first byte p95, ms, {type(subject.store).__name__}", 1000 * p95)
    # A busy machine is no fault of ours: the speed is asked for in a proof only.
    assert not PROOF or p95 < MOST_SECONDS
