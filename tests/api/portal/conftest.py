"""The cabinet over the real application: a season of one's own in each region, and browsers that are signed in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from apella.bootstrap import App, make_app
from apella.identity import sessions
from apella.identity.actor import Actor
from apella.identity.model import Membership
from apella.tenancy.model import Season
from apella.testing.factories import World, make_world
from apella.web_app import create_app

DATABASE_URL = os.environ.get("APELLA_TEST_DATABASE_URL", "postgresql+psycopg:///apella_portal?host=/tmp/devpg/s")


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> App:
    home: Path = tmp_path_factory.mktemp("home")
    return make_app({"APELLA_HOME": str(home), "APELLA_DATABASE_URL": DATABASE_URL})
