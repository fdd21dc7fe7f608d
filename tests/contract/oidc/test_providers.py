"""What only the npm provider lets us try, and that nothing is left out of its cases in silence."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from apella.identity.oidc import Identity, OidcClient
from apella.identity.oidc_provider import Provider
from apella.testing.foreign_provider import CODE, LOGIN, OTHER_LOGIN, ForeignUnderTest

pytestmark = pytest.mark.proof("T2.1")

SignIn = Callable[..., Identity]


@pytest.fixture
def their_client(foreign: ForeignUnderTest) -> OidcClient:
    return OidcClient(Provider(foreign.configuration))


@pytest.fixture
def sign_in(foreign: ForeignUnderTest, their_client: OidcClient) -> SignIn:
    def run(*, login: str = LOGIN, fresh: bool = False, code: str = CODE) -> Identity:
        url, state = their_client.begin(
            redirect_uri=foreign.redirect_uri, slug="region", return_to="/", now=foreign.now(), fresh=fresh
        )
        return their_client.finish(state, foreign.walk_as(url, login=login, code=code), now=foreign.now())

    return run


def test_two_people_are_two_subjects_of_one_issuer(sign_in: SignIn) -> None:
    one, other = sign_in(login=LOGIN), sign_in(login=OTHER_LOGIN)
    assert one.iss == other.iss
    assert (one.sub, other.sub) == (LOGIN, OTHER_LOGIN)
    assert one.organizations == other.organizations == {"region"}


def test_a_wrong_code_signs_nobody_in(sign_in: SignIn) -> None:
    with pytest.raises(LookupError):
        sign_in(fresh=True, code="000000")
    assert sign_in(fresh=True).loa == 2


def test_what_it_says_of_a_sign_out_is_believed(
    sign_in: SignIn, foreign: ForeignUnderTest, their_client: OidcClient
) -> None:
    signed_in = sign_in()
    assert signed_in.sid is not None
    token = foreign.sign_out(sub=signed_in.sub, sid=signed_in.sid)
    claims = their_client.check_logout_token(token, now=foreign.now())
    assert (claims["sub"], claims["sid"]) == (signed_in.sub, signed_in.sid)


def test_it_is_asked_whether_it_still_knows_somebody(sign_in: SignIn, foreign: ForeignUnderTest) -> None:
    client = OidcClient(Provider(foreign.configuration))
    held = sign_in().refresh_token
    assert held is not None
    assert client.renew(held, now=foreign.now()) is not None


def test_every_case_that_is_left_out_is_a_case(request: pytest.FixtureRequest) -> None:
    """A case that was renamed would else be left out for ever under its old name."""
    left_out = request.getfixturevalue("not_expressed")
    names = {
        node.name
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert {name.partition("[")[0] for _, name in left_out} <= names
    assert len(left_out) == 1, "say in docs/identity.md what else is not tried"
