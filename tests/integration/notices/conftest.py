"""A mail server on the loopback that answers as a test wants, and an application with gateways of the test's own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apella.bootstrap import App
from apella.notices.gateways import Gateway
from apella.notices.model import NoticeChannel

WithGateways = Callable[[Mapping[NoticeChannel, Gateway]], App]
HOST = "127.0.0.1"
_USUAL = {"": "220 mail.example", "EHLO": "250 mail.example", "DATA": "354 go on", "QUIT": "221 bye"}


@dataclass
class Letter:
    """What the server took: the envelope and the letter in it."""

    sender: str
    recipients: list[str]
    raw: bytes
    content: EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks SMTP (RFC 5321). `says` replaces its answer to a command: "" is the greeting, "." the end of a letter.

    At `silent_at` it says nothing more and leaves the connection open, as a server does that has lost its way.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Conversation)
        self.letters: list[Letter] = []
        self.heard: list[str] = []
        self.says: dict[str, str] = {}
        self.silent_at: str | None = None
        self.tls: ssl.SSLContext | None = None
        self.patience = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@dataclass
class _Envelope:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        envelope = _Envelope()
        told = self._answer("")
        while told and (line := self.rfile.readline()):
            words = line.decode("ascii").strip()
            self.server.heard.append(words)
            command, _, rest = words.partition(" ")
            command = command.upper()
            told = self._answer(command)
            if command == "QUIT":
                return
            if command == "STARTTLS" and self.server.tls is not None:
                try:
                    self._encrypt(self.server.tls)
                except (ssl.SSLError, OSError):
                    # The client does not trust the certificate and has gone.
                    return
            if command == "MAIL":
                envelope.sender = _address(rest)
            elif command == "RCPT" and told.startswith("2"):
                envelope.recipients.append(_address(rest))
            elif command == "DATA" and told.startswith("3"):
                told = self._take(envelope)

    def finish(self) -> None:
        super().finish()
        # The server closes the socket that it accepted, not the encrypted one over it.
        self.connection.close()

    def _encrypt(self, tls: ssl.SSLContext) -> None:
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def _take(self, envelope: _Envelope) -> str:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        told = self._answer(".")
        if told.startswith("2"):
            raw = b"".join(lines)
            content = message_from_bytes(raw, policy=policy.default)
            assert isinstance(content, EmailMessage)
            self.server.letters.append(Letter(envelope.sender, envelope.recipients, raw, content))
        return told

    def _answer(self, command: str) -> str:
        if command == self.server.silent_at:
            self.server.patience.wait(10)
            return ""
        told = self.server.says.get(command, _USUAL.get(command, "250 ok"))
        self.wfile.write(f"{told}\r\n".encode("ascii"))
        return told


def _address(rest: str) -> str:
    """The address out of «TO:<p@example.ru> SIZE=…»."""
    return rest.partition("<")[2].partition(">")[0]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.patience.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A fresh certificate for the loopback, signed by itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def with_gateways(app: App) -> WithGateways:
    """The application with other gateways; the database is the same."""

    def make(gateways: Mapping[NoticeChannel, Gateway]) -> App:
        other = replace(app)
        # Parts are made when first used: these are there already.
        vars(other).update(database=app.database, gateways=gateways)
        return other

    return make
