"""Opens the pictures of requests ahead of their turn, in threads, and hands the requests on in their order."""

import os
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from vqa_eval.engines.pictures import decode
from vqa_eval.records import Picture, Request

if TYPE_CHECKING:
    from PIL.Image import Image

_REMEMBERED = 16
"""Pictures that stay open, since the questions about one picture follow each other."""


class Preparing:
    """A line of requests, the oldest first."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "vqa-eval-pictures")
        self._opened: OrderedDict[str, Future[Image]] = OrderedDict()
        self._line: deque[tuple[Request, Sequence[Future[Image]]]] = deque()

    def __len__(self) -> int:
        return len(self._line)

    def begin(self, request: Request) -> None:
        """Begin to open a request's pictures, at the end of the line."""
        self._line.append((request, [self._open(picture) for picture in request.pictures]))

    def next(self) -> "tuple[Request, Sequence[Future[Image]]]":
        """Return the oldest request with its pictures, which raise `PictureError` where they are none."""
        return self._line.popleft()

    def close(self) -> None:
        """Give up what is in the line, and end the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._line.clear()

    def _open(self, picture: Picture) -> "Future[Image]":
        if picture.digest not in self._opened:
            self._opened[picture.digest] = self._threads.submit(decode, picture)
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        self._opened.move_to_end(picture.digest)
        return self._opened[picture.digest]
