"""A network camera of one's own: an RTSP server (RFC 2326) with H.264 over RTP in the same connection (RFC 6184)."""

import contextlib
import re
import socket
import struct
import threading
import time
from fractions import Fraction
from socketserver import StreamRequestHandler, ThreadingTCPServer

import av

from tests.core.watching import display

FPS = 10
CLOCK = 90_000
"""Of RTP's stamps for pictures, each second."""
KIND, MARKER, SENDER = 96, 0x80, 7
LONGEST = 1400
"""Bytes of a packet; larger units go in parts."""
PARTS, BEGIN, END = 28, 0x80, 0x40
"""RFC 6184, 5.8: the type of a unit in parts, and the bits of its first and its last one."""
SDP = "\r\n".join(
    [
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=camera",
        "t=0 0",
        f"m=video 0 RTP/AVP {KIND}",
        f"a=rtpmap:{KIND} H264/{CLOCK}",
        f"a=fmtp:{KIND} packetization-mode=1",
        "a=control:track",
        "",
    ]
)


class RtspCamera:
    """Streams at any path until it is closed.

    shows: the text on its display. hangs: the request that it does not answer, "pictures" for one that sends some and
    then nothing more.
    """

    def __init__(self, port=0, hangs=""):
        self.shows, self.hangs, self.connected, self.closed = "21.5", hangs, set(), threading.Event()
        camera = self

        class Handler(StreamRequestHandler):
            def handle(self):
                camera.connected.add(self.connection)
                with contextlib.suppress(OSError):
                    camera._serve(self.rfile, self.wfile)
                camera.connected.discard(self.connection)

        class Server(ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path):
        return f"rtsp://127.0.0.1:{self.port}/{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.closed.set()
        for each in list(self.connected):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _serve(self, requests, answers):
        """Answer requests until one wants to see the pictures, then send those."""
        while line := requests.readline().decode():
            method, url, _ = line.split()
            head = dict(each.split(": ", 1) for each in iter(lambda: requests.readline().decode().strip(), ""))
            if method == self.hangs:
                self.closed.wait()
            more, body = "", ""
            if method == "DESCRIBE":
                more, body = (
                    f"Content-Type: application/sdp\r\nContent-Base: {url}/\r\nContent-Length: {len(SDP)}\r\n",
                    SDP,
                )
            elif method == "SETUP":
                assert "interleaved=0-1" in head["Transport"]
                more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
            elif method == "PLAY":
                more = "Session: 1\r\n"
            elif method == "OPTIONS":
                more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            answers.write(f"RTSP/1.0 200 OK\r\nCSeq: {head['CSeq']}\r\n{more}\r\n{body}".encode())
            if method == "PLAY":
                return self._play(answers)

    def _play(self, answers):
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 160, 48, "yuv420p"
        encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
        encoder.options = {"crf": "10", "tune": "zerolatency", "x264-params": f"keyint={FPS}:annexb=1:repeat-headers=1"}
        sent = 0
        for number in range(10**6):
            if number == FPS and self.hangs == "pictures":
                self.closed.wait()
            frame = av.VideoFrame.from_ndarray(display(self.shows, number), format="rgb24")
            frame.pts = number
            for packet in encoder.encode(frame):
                units = [each for each in re.split(rb"\x00?\x00\x00\x01", bytes(packet)) if each]
                for unit, payload in ((whole, part) for whole in units for part in parts(whole)):
                    last = unit is units[-1] and (payload is unit or payload[1] & END)
                    kind = KIND | (MARKER if last else 0)
                    stamp = number * CLOCK // FPS
                    packed = struct.pack(">BBHII", 0x80, kind, sent % 2**16, stamp, SENDER) + payload
                    answers.write(struct.pack(">cBH", b"$", 0, len(packed)) + packed)
                    sent += 1
            time.sleep(1 / FPS)


def parts(unit):
    """A unit of H.264 as the payloads of packets."""
    if len(unit) <= LONGEST:
        return [unit]
    head, kind = (unit[0] & 0xE0) | PARTS, unit[0] & 0x1F
    bodies = [unit[at : at + LONGEST] for at in range(1, len(unit), LONGEST)]
    bits = [(BEGIN if k == 0 else 0) | (END if k == len(bodies) - 1 else 0) for k in range(len(bodies))]
    return [bytes([head, bit | kind]) + body for bit, body in zip(bits, bodies, strict=True)]
