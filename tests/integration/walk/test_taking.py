"""Taking a case: what was read before its lock may be old by the time the lock is there."""

from __future__ import annotations

import pytest

from apella.appeals import lifecycle
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.repository import visible_case
from apella.materials import service as materials
from apella.testing.play import open_desk
from apella.testing.plugin import StartPlay


@pytest.mark.parametrize("sees_the_old_page", [False, True])
def test_a_case_read_earlier_is_seen_under_the_lock_as_it_is_now(play: StartPlay, sees_the_old_page: bool) -> None:
    north = play()
    case_id = north.file()
    with open_desk(north.app, north.world, north.actor("secretary")) as desk:
        seen = visible_case(desk.session, desk.actor, case_id)
        assert seen is not None
        version = seen.version
        north.act("secretary", materials.request_kit, case_id)
        assert seen.version == version
        if sees_the_old_page:
            with pytest.raises(StaleVersion):
                lifecycle.take(desk, case_id, action="assign_expert", version=version)
        else:
            taken, _role = lifecycle.take(desk, case_id, action="assign_expert", version=None)
            assert taken is seen
            assert taken.version == version + 1
    assert north.case(case_id).version == version + 1
