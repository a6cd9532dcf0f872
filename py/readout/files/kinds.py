"""What a file is, by its first bytes: names lie. `site/media/file_kind.js` says the same; one table tests both."""

import io
import re
from pathlib import Path

HEAD_BYTES = 1020
"""So many bytes tell."""
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
"""Of ISO/IEC 23008-12, annex B, and 14496-12: pictures that are coded as HEVC, unless AVIF is named, too."""
AVIF_BRANDS = (b"avif", b"avis")
RAW_BRAND = b"crx "
"""Of Canon's raw pictures, which cannot be read."""
HEIC_HELP = (
    "is HEIC, which cannot be decoded here: convert it with  heif-convert {name} {name}.jpg  or  magick {name} "
    "{name}.jpg, and have the phone take JPEG (iPhone: Settings, Camera, Formats, Most Compatible)"
)
"""After a file's name."""
TS_PACKETS = (188, 192, 204)
"""Lengths of a transport stream's packets: plain, with a time before each (M2TS), with a checksum after each."""
ISO_BOXES = ("moov", "mdat", "wide", "free", "skip", "pnot", "styp", "moof", "sidx")
MAGIC = (
    (r"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II[*+]\x00|MM\x00[*+]|RIFF[\s\S]{4}WEBP", "picture"),
    (r"BM[\s\S]{12}[\x0c\x28\x6c\x7c]\x00\x00\x00", "picture"),
    (r"PK(?:\x03\x04|\x05\x06)", "zip"),
    (r"\x1aE\xdf\xa3|FLV|OggS|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\x00\x00\x01[\xba\xb3]|RIFF[\s\S]{4}AVI ", "video"),
    (r"\x06\x0e\x2b\x34\x02\x05\x01\x01|DKIF|YUV4MPEG2 |\.RMF|nut/multimedia container", "video"),
    (r"\x1f\x07\x00[\x3f\xbf]|\x00\x00\x01\xb0", "video"),
    # H.264 and HEVC without a container begin with parameters or a delimiter. Rec. ITU-T H.264 and H.265, annex B.
    (r"\x00?\x00\x00\x01(?:[\x27\x47\x67]|\x09[\x10-\xf0]|[\x40\x46]\x01)", "video"),
    (r"[\s\S]{4}(?:" + "|".join(ISO_BOXES) + ")", "video"),
    *((rf"(?:[\s\S]{{4}})?G[\s\S]{{{length - 1}}}G[\s\S]{{{length - 1}}}G", "video") for length in TS_PACKETS),
)
"""What files begin with, as regular expressions of bytes in Python and of Latin-1 text in JavaScript."""
JPEG_JOINT = b"\xff\xd9\xff\xd8\xff"
"""Between the pictures of Motion JPEG without a container, as cameras and ffmpeg write it; inside a picture no 0xff is
followed by these, but in a thumbnail's own end (ISO/IEC 10918-1, B.1.1)."""
MPF = b"MPF\0"
"""What the index of a file of several pictures begins with, as phones write it (CIPA DC-007, 5.2)."""


def kind_of(head: bytes) -> str | None:
    """ "picture", "heic", "video" or "zip", by a file's first HEAD_BYTES; None where they tell nothing."""
    for pattern, kind in MAGIC:
        if re.match(pattern.encode(), head):
            return kind
    if head[4:8] != b"ftyp":
        return None
    major, *others = _brands(head)
    if any(brand in AVIF_BRANDS for brand in (major, *others)):
        return "picture"
    if major == RAW_BRAND:
        return None
    return "heic" if major in HEIC_BRANDS else "video"


def is_motion_jpeg(source: Path | bytes) -> bool:
    """Whether it is a JPEG with another one right behind it, and says of none of them what it is for (MPF)."""
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        seen = file.read(3)
        if seen != b"\xff\xd8\xff":
            return False
        while more := file.read(1 << 20):
            seen += more
            joint = seen.find(JPEG_JOINT)
            if MPF in (seen if joint < 0 else seen[:joint]):
                return False
            if joint >= 0:
                return True
            seen = seen[-len(JPEG_JOINT) :]
    return False


def is_heic(head: bytes) -> bool:
    """Whether it is a picture of a phone, coded as HEVC."""
    return kind_of(head[:HEAD_BYTES]) == "heic"


def _brands(head: bytes) -> list[bytes]:
    """The brands of a file: the major one, then those it is compatible with. ISO/IEC 14496-12, 4.3."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]


def ts_packet(head: bytes) -> int:
    """How long the packets of a transport stream are, 0 of another file."""
    for length in TS_PACKETS:
        for begin in (0, 4):
            if head[begin::length][:3] == b"GGG":
                return length
    return 0


def may_move(head: bytes) -> bool:
    """Whether a picture may have several frames, by its first 64 KiB: it has to be opened to know how many."""
    if head.startswith(b"\x89PNG"):
        return b"acTL" in head
    if head[8:12] == b"WEBP":
        return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 2)
    if head[4:8] == b"ftyp":
        return b"avis" in _brands(head)
    return head[:3] == b"GIF" or head[:2] in (b"II", b"MM")
