"""The key of the audit: made at the first start of an embedded instance, only read in production."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from apella.audit.offline_verify import is_signed, read_key
from apella.audit.signing import load_signing_key, signing_key
from apella.errors import ConfigurationError
from apella.settings import Settings


def settings(folder: Path, **environment: str) -> Settings:
    return Settings.from_environment({"APELLA_HOME": str(folder), **environment})


def production(folder: Path) -> Settings:
    return settings(
        folder,
        APELLA_MODE="production",
        APELLA_CLAMD="off",
        APELLA_DATABASE_URL="postgresql:///x",
        APELLA_REDIS_URL="redis://x",
        APELLA_MASTER_KEY_FILE=str(folder / "keys" / "master.key"),
    )


def test_an_embedded_instance_makes_it_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(settings(tmp_path))
    file = tmp_path / "keys" / "audit.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert signing_key(settings(tmp_path)).fingerprint == first.fingerprint
    assert first.fingerprint in repr(first)
    name, public = read_key(first.public_pem.encode())
    assert name == first.fingerprint
    assert is_signed({name: public}, name, b"said", first.sign(b"said"))
    assert not is_signed({name: public}, name, b"other", first.sign(b"said"))
    assert not is_signed({}, name, b"said", first.sign(b"said"))
    assert not is_signed({name: public}, name, b"said", "не base64")


def test_production_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="openssl genpkey -algorithm ed25519") as caught:
        signing_key(production(tmp_path))
    assert caught.value.error_code == "audit.key_missing"
    assert not (tmp_path / "keys").exists()


def test_it_is_the_form_that_openssl_makes_and_reads(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    file = tmp_path / "keys" / "audit.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(file)], check=True, capture_output=True)
    file.chmod(0o600)
    key = signing_key(production(tmp_path))
    said = subprocess.run(["openssl", "pkey", "-in", str(file), "-pubout"], check=True, capture_output=True, text=True)
    assert said.stdout == key.public_pem


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    signing_key(settings(tmp_path))
    file = tmp_path / "keys" / "audit.key"
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600") as caught:
        load_signing_key(file)
    assert caught.value.error_code == "audit.key_open"


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "audit.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load_signing_key(file)
    assert caught.value.error_code == "audit.key_content"


def test_former_public_keys_beside_it_are_believed(tmp_path: Path) -> None:
    former = signing_key(settings(tmp_path))
    keys = tmp_path / "keys"
    (keys / "audit-2025.pub").write_text(former.public_pem)
    (keys / "audit.key").unlink()
    present = signing_key(settings(tmp_path))
    assert set(present.trusted) == {former.fingerprint, present.fingerprint}
    (keys / "audit-2024.pub").write_text("nothing")
    with pytest.raises(ConfigurationError) as caught:
        signing_key(settings(tmp_path))
    assert caught.value.error_code == "audit.key_former"
