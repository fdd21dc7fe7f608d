"""A stand-in for a part: it has a child of its own, answers /healthz if it has a port, and notes when it stops.

Arguments: name, file of notes, port or 0, manner (gentle, stubborn, broken).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

name, notes, port, manner = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if manner == "broken":
    sys.exit(3)


def stop(_number: int, _frame: object) -> None:
    with notes.open("a") as file:
        file.write(f"{name}\n")
    sys.exit()


if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "stubborn" else stop)
if port:
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            with server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
while True:
    signal.pause()
