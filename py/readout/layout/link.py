"""A layout as the end of a link: layout.json, deflated, in base64 with - and _. It holds no pixels."""

import base64
import json
import zlib

from ..errors import ReadoutError
from .layout import Layout

LINK_CHARACTERS = 1 << 14
"""The longest link that is made or read."""
LINK_BYTES = 1 << 18
"""What a link may hold, in bytes of JSON."""


def from_link(text: str) -> Layout:
    """The layout in text that `to_link` made. Raises ReadoutError for anything else, however large it would be."""
    text = text.strip()
    if len(text) > LINK_CHARACTERS:
        raise ReadoutError(
            f"a layout's link has at most {LINK_CHARACTERS} characters, got {len(text)}: share its layout.json instead"
        )
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = inflater.decompress(data, LINK_BYTES)
        if inflater.eof and not inflater.unused_data:
            return Layout.from_json(plain.decode("ascii"))
    except ReadoutError as error:
        raise ReadoutError(f"the link holds no layout ({error})") from error
    except (ValueError, zlib.error):
        plain = b""
    why = f"more than {LINK_BYTES} bytes" if len(plain) == LINK_BYTES else f"{len(text)} characters that hold none"
    raise ReadoutError(f"a link holds one layout, whole, got {why}: copy the link again")


def to_link(layout: Layout) -> str:
    """The layout as text. Raises ReadoutError for a layout too large for a link, with hundreds of boxes."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    plain = json.dumps(layout.fields(), separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(deflater.compress(plain) + deflater.flush()).decode().rstrip("=")
    if len(text) > LINK_CHARACTERS or len(plain) > LINK_BYTES:
        raise ReadoutError(
            f"a layout's link has at most {LINK_CHARACTERS} characters, this layout takes {len(text)}: "
            "share its layout.json instead"
        )
    return text
