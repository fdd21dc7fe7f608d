"""A short recording for an oral exam: tones in the place of a voice."""

from __future__ import annotations

import array
import io
import math
import sys
import wave

from apella.demo.names import chance_of

_RATE = 8000
_SYLLABLES = 14
_SYLLABLE = _RATE // 8


def made_up_recording(work_code: str) -> bytes:
    """About two seconds of WAV, the same for the same work."""
    chance = chance_of("recording", work_code)
    pitch = 110 + 90 * chance.random()
    samples = array.array("h")
    for _ in range(_SYLLABLES):
        tone = pitch * (0.85 + 0.3 * chance.random())
        loud = 0 if chance.random() < 0.2 else 9000
        samples.extend(_sample(tone, loud, at) for at in range(_SYLLABLE))
    if sys.byteorder == "big":
        samples.byteswap()
    target = io.BytesIO()
    with wave.open(target, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(_RATE)
        recording.writeframes(samples.tobytes())
    return target.getvalue()


def _sample(tone: float, loud: int, at: int) -> int:
    fading = math.sin(math.pi * at / _SYLLABLE)
    angle = 2 * math.pi * tone * at / _RATE
    return int(loud * fading * (math.sin(angle) + 0.4 * math.sin(2 * angle)) / 1.4)
