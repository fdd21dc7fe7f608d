"""A real worker process whose jobs leave a row each time they are done, or kill the process."""

from __future__ import annotations

import os
import signal
import uuid
from datetime import timedelta

from apella.bootstrap import make_app
from apella.identity.model import UsedLoginCode
from apella.jobs.queue import JobContext, handler
from apella.worker import run_worker


@handler("test.job")
def note(context: JobContext) -> None:
    """Leave a trace that a second run would double."""
    code = f"{context.args['key']}:{uuid.uuid4()}"
    context.session.add(UsedLoginCode(code_id=code, expires_at=context.machine_now + timedelta(days=1)))


@handler("test.poison")
def die(_: JobContext) -> None:
    """End the whole process, as a lack of memory would."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    run_worker(make_app(os.environ))
