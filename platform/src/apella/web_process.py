"""The web part's process: gunicorn, with the application imported before its workers are forked.

Each worker still makes its application itself, so none shares a connection with another; what they share is the
reading of the code, which is most of a start.
"""

from __future__ import annotations

from gunicorn.app.wsgiapp import run  # type: ignore[import-untyped]  # the package has no types

import apella.web_app  # noqa: F401 imported for the workers

if __name__ == "__main__":
    run()
