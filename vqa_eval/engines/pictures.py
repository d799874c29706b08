"""The one place where the bytes of a picture are opened before a model gets them."""

import base64
import io
import struct
from typing import TYPE_CHECKING

from vqa_eval.errors import PictureError
from vqa_eval.records import Picture

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


def data_url(picture: Picture) -> str:
    """Return the picture's own bytes as a data URL."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"
