"""What every store's download links do and refuse (T3.1, second part; T3.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote

import pytest
import requests

from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.port import ObjectStore, SignedLink
from apella.testing.objectstore import StoreUnderTest, long_ago, seeded

pytestmark = pytest.mark.proof("T3.1")

Fetch = Callable[..., requests.Response]
PAPER = b"%PDF-1.7 a paper " * 50


@pytest.fixture
def link(subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey) -> SignedLink:
    store.put(clean, PAPER, content_type="application/pdf", sha256=sha256(PAPER).digest())
    return sign(subject, store, clean)


def sign(subject: StoreUnderTest, store: ObjectStore, key: ObjectKey, *, inline: bool = False) -> SignedLink:
    return store.presign_get(
        key,
        filename="Форма 2-АП.pdf",
        content_type="application/pdf",
        seconds=300,
        now=subject.now(),
        inline=inline,
    )


def refused(answer: requests.Response) -> bool:
    return answer.status_code == 403 and PAPER not in answer.content


def test_a_link_gives_the_object(fetch: Fetch, link: SignedLink) -> None:
    answer = fetch(link.url)
    assert answer.status_code == 200
    assert answer.content == PAPER
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_link_says_when_it_ends(subject: StoreUnderTest, link: SignedLink) -> None:
    assert timedelta(seconds=295) < link.expires_at - subject.now() <= timedelta(seconds=300)


def test_a_link_is_not_shown_in_logs(link: SignedLink) -> None:
    assert link.url not in repr(link)


def test_a_download_is_saved_under_its_russian_name(fetch: Fetch, link: SignedLink) -> None:
    header = fetch(link.url).headers["Content-Disposition"]
    assert header.startswith("attachment;")
    assert f"filename*=UTF-8''{quote('Форма 2-АП.pdf')}" in header


@pytest.mark.usefixtures("link")
def test_a_paper_may_be_shown_in_the_browser(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    answer = fetch(sign(subject, store, clean, inline=True).url)
    assert answer.headers["Content-Disposition"].startswith("inline;")


@pytest.mark.usefixtures("link")
def test_a_type_that_may_run_is_never_shown(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    page = store.presign_get(
        clean, filename="x.html", content_type="text/html", seconds=60, now=subject.now(), inline=True
    )
    assert fetch(page.url).headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-3", slice(0, 4), f"bytes 0-3/{len(PAPER)}"),
        ("bytes=10-", slice(10, None), f"bytes 10-{len(PAPER) - 1}/{len(PAPER)}"),
        ("bytes=-5", slice(-5, None), f"bytes {len(PAPER) - 5}-{len(PAPER) - 1}/{len(PAPER)}"),
        ("bytes=800-9999", slice(800, None), f"bytes 800-{len(PAPER) - 1}/{len(PAPER)}"),
    ],
)
def test_a_part_is_answered_206(fetch: Fetch, link: SignedLink, asked: str, part: slice, told: str) -> None:
    answer = fetch(link.url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == PAPER[part]
    assert answer.headers["Content-Range"] == told
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_random_parts_over_http_equal_the_same_slices(fetch: Fetch, link: SignedLink) -> None:
    chance = seeded(4)
    for _ in range(30):
        start = chance.randrange(len(PAPER))
        last = chance.randrange(start, len(PAPER))
        answer = fetch(link.url, headers={"Range": f"bytes={start}-{last}"})
        assert (answer.status_code, answer.content) == (206, PAPER[start : last + 1])


def test_a_part_behind_the_end_is_answered_416(fetch: Fetch, link: SignedLink) -> None:
    assert fetch(link.url, headers={"Range": f"bytes={len(PAPER)}-"}).status_code == 416


def test_who_has_the_object_already_is_answered_304(fetch: Fetch, link: SignedLink) -> None:
    etag = fetch(link.url).headers["ETag"]
    answer = fetch(link.url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_part_of_the_known_object_is_given(fetch: Fetch, link: SignedLink) -> None:
    etag = fetch(link.url).headers["ETag"]
    answer = fetch(link.url, headers={"Range": "bytes=0-3", "If-Range": etag})
    assert (answer.status_code, answer.content) == (206, PAPER[:4])


@pytest.mark.proof("T3.4")
def test_an_expired_link_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, link: SignedLink
) -> None:
    assert fetch(link.url).status_code == 200
    moment = long_ago(subject.now())
    with subject.as_of(moment):
        old = store.presign_get(clean, filename="x.pdf", content_type="application/pdf", seconds=300, now=moment)
    assert refused(fetch(old.url))


@pytest.mark.proof("T3.4")
def test_a_link_to_another_object_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, link: SignedLink
) -> None:
    other = new_key(clean.area, tenant=clean.tenant, kind=clean.kind, year=clean.year)
    store.put(other, PAPER, content_type="application/pdf", sha256=sha256(PAPER).digest())
    assert fetch(sign(subject, store, other).url).status_code == 200
    assert refused(fetch(subject.forged(link.url, other)))


@pytest.mark.proof("T3.4")
def test_a_link_to_another_tenants_object_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, link: SignedLink
) -> None:
    other = new_key(clean.area, tenant="south", kind=clean.kind, year=clean.year)
    store.put(other, PAPER, content_type="application/pdf", sha256=sha256(PAPER).digest())
    assert fetch(sign(subject, store, other).url).status_code == 200
    assert refused(fetch(subject.forged(link.url, other)))


@pytest.mark.proof("T3.4")
def test_a_link_into_the_other_area_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, link: SignedLink
) -> None:
    unchecked = clean.in_area(Area.QUARANTINE)
    store.put(unchecked, PAPER, content_type="application/pdf", sha256=sha256(PAPER).digest())
    assert refused(fetch(subject.forged(link.url, unchecked)))


@pytest.mark.proof("T3.4")
def test_a_link_with_another_type_is_refused(fetch: Fetch, subject: StoreUnderTest, link: SignedLink) -> None:
    altered = subject.altered(link.url)
    assert altered != link.url
    assert refused(fetch(altered))


@pytest.mark.proof("T3.4")
@pytest.mark.parametrize("at", [-1, -10, -40])
def test_a_spoilt_signature_is_refused(fetch: Fetch, link: SignedLink, at: int) -> None:
    # The last character of a base64 text may hold unused bits: what it is changed to differs in the used ones.
    spoilt = link.url[:at] + ("Q" if link.url[at] not in "QRST" else "0") + link.url[at:][1:]
    assert refused(fetch(spoilt))


@pytest.mark.proof("T3.4")
@pytest.mark.usefixtures("link")
def test_a_link_signed_with_a_wrong_secret_is_refused(fetch: Fetch, subject: StoreUnderTest, clean: ObjectKey) -> None:
    assert refused(fetch(sign(subject, subject.stranger, clean).url))


@pytest.mark.proof("T3.4")
@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "POST", "OPTIONS"])
def test_a_link_is_for_its_own_method_only(
    fetch: Fetch, store: ObjectStore, clean: ObjectKey, link: SignedLink, method: str
) -> None:
    answer = fetch(link.url, method=method, data=b"other" if method == "PUT" else None)
    assert answer.status_code in {400, 403, 405}
    assert PAPER not in answer.content
    assert store.get(clean) == PAPER


@pytest.mark.proof("T3.4")
def test_nothing_is_given_without_a_signature(
    fetch: Fetch, subject: StoreUnderTest, clean: ObjectKey, link: SignedLink
) -> None:
    assert fetch(link.url).status_code == 200
    answer = fetch(subject.bare_url(clean))
    assert answer.status_code in {403, 404}
    assert PAPER not in answer.content


def test_a_link_to_nothing_is_answered_404(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    assert fetch(sign(subject, store, clean).url).status_code == 404


@pytest.mark.parametrize("seconds", [0, -1, 301, 3600])
def test_no_link_outlives_five_minutes(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, seconds: int
) -> None:
    with pytest.raises(ValueError, match="seconds"):
        store.presign_get(clean, filename="x", content_type="image/png", seconds=seconds, now=subject.now())
