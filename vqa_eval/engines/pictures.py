"""The one place where the bytes of a picture are looked at before a model gets them."""

import io
import struct
from typing import TYPE_CHECKING

from vqa_eval.errors import PictureError
from vqa_eval.records import Fault, Picture, Reply, Request

if TYPE_CHECKING:
    from PIL.Image import Image

# The two formats that a `Picture` may have; Pillow's many other decoders never see foreign bytes.
_FORMATS = ("PNG", "JPEG")


def decode(picture: Picture) -> "Image":
    """Return the picture as RGB; raise `PictureError` where its bytes are not a whole picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture.data), formats=_FORMATS) as opened:
            opened.load()
            return opened.convert("RGB")
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise PictureError(f"picture {picture.digest[:12]} cannot be decoded: {error}") from error


_END = {"image/png": b"IEND\xaeB`\x82", "image/jpeg": b"\xff\xd9"}


def cut_off(request: Request) -> Reply | None:
    """Return the fault of a request with a picture whose file has lost its end, else None.

    A server may answer over half a picture without a word. Opening each would cost more than sending it, and
    whatever else can be wrong with a file was seen when it was made ready.
    """
    for picture in request.pictures:
        if not picture.data.endswith(_END.get(picture.media_type, b"")):
            detail = f"picture {picture.digest[:12]} cannot be decoded: its {len(picture.data):,} bytes are cut off"
            return Reply(request.key, fault=Fault("picture", detail))
    return None


def data_url(picture: Picture) -> bytes:
    """Return the picture's own bytes as a data URL, in ASCII."""
    return b"".join(url_parts(picture))


def url_parts(picture: Picture) -> tuple[bytes, bytes]:
    """Return a data URL in two parts, for who joins them to more and need not copy the large one twice."""
    import pybase64  # twenty times as fast as the standard library's, which took a tenth of a request's time

    return b"data:%b;base64," % picture.media_type.encode(), pybase64.b64encode(picture.data)
