"""Expecting a refusal by its stable code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apella.errors import ApellaError


@contextmanager
def refused(code: str, kind: type[ApellaError] = ApellaError) -> Iterator[pytest.ExceptionInfo[ApellaError]]:
    """The block must end in an error of this kind with this code, whose sentence is there for people."""
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.error_code == code, caught.value.error_code  # noqa: S101 a helper of tests
    assert caught.value.message.endswith((".", "…")) or caught.value.message[-1].isalnum()  # noqa: S101 the same
