#!/usr/bin/env python3
"""A client of `kinemyo serve` (docs/protocol.md), with Python's standard library alone.

    client.py ADDRESS                    prints joint angles as they come (ADDRESS as the server prints it, with #token=...)
    client.py ADDRESS LANDMARKS.csv      sends a recording of landmarks in real time, as a camera, and prints its angles
"""

import base64
import csv
import json
import os
import socket
import ssl
import sys
import time
from urllib.parse import parse_qs, urlparse


class WebSocket:
    """Text messages both ways, after RFC 6455."""

    def __init__(self, address):
        url = urlparse(address)
        self.socket = socket.create_connection((url.hostname, url.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.scheme == "https":
            # The server signs its certificate itself; compare its fingerprint, or give your own with --cert.
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /live HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: kinemyo.1\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline().decode()
        if " 101 " not in status:
            raise SystemExit(f"no WebSocket: {status.strip()}")
        while self.file.readline().strip():
            pass

    def send(self, message, opcode=1):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        head = bytes([0x80 | opcode])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        else:
            head += bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def read(self):
        """The next message, or None when the connection was closed."""
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 127
            if size > 125:
                size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
            data = self.file.read(size)
            if head[0] & 15 == 8:
                code = int.from_bytes(data[:2], "big")
                print(f"closed: {code} {data[2:].decode(errors='replace')}", file=sys.stderr)
                return None
            if head[0] & 15 == 9:
                self.send(data, opcode=10)
            elif head[0] & 15 == 1:
                return json.loads(data)


def landmarks_of(path, names):
    """Pictures of a CSV with Time and <LANDMARK>_X, _Y, _Z, _VISIBILITY."""
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            points = []
            for name in names:
                cells = [row.get(f"{name}_{axis}") for axis in ("X", "Y", "Z")]
                visibility = row.get(f"{name}_VISIBILITY")
                points.append([float(c) for c in cells] + [float(visibility or 1)] if all(cells) else None)
            yield float(row["Time"]), points if any(points) else None


def show(welcome, frame):
    shown = []
    for output, value, sd in zip(welcome["outputs"], frame["values"] or [], frame["sd"] or []):
        if value is not None and len(shown) < 4:
            doubt = "" if sd is None else f" +-{sd:.1f}"
            shown.append(f"{output['name']} {value:.1f}{doubt} {output['unit']}")
    print(f"{frame['session']} {frame['t']:8.3f} s {frame['state']:11} " + ", ".join(shown), flush=True)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    token = parse_qs(urlparse(sys.argv[1]).fragment).get("token", [""])[0]
    recording = sys.argv[2] if len(sys.argv) > 2 else None
    web = WebSocket(sys.argv[1])
    web.send({"type": "hello", "version": 1, "role": "camera" if recording else "view", "token": token, "name": "client.py"})
    welcome = web.read()
    if welcome is None or welcome["type"] != "welcome":
        raise SystemExit(f"not welcome: {welcome}")
    if recording is None:
        while (message := web.read()) is not None:
            if message["type"] == "frame":
                show(welcome, message)
        return
    start, first = time.monotonic(), None
    for seq, (t, points) in enumerate(landmarks_of(recording, welcome["landmarks"])):
        first = t if first is None else first
        time.sleep(max(0.0, start + t - first - time.monotonic()))
        web.send({"type": "landmarks", "seq": seq, "t": t, "mirrored": False, "world": points})
        while (message := web.read()) is not None and message["type"] != "frame":
            if message["type"] == "error":
                print(message["message"], file=sys.stderr)
                break
        if message is not None and message["type"] == "frame":
            show(welcome, message)


if __name__ == "__main__":
    main()
