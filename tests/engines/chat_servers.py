"""Chat-completions servers in a loop of their own, which can be closed in the middle of a run and opened again."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.engines.standins import completion, question_number

Answer = tuple[int, dict[str, str], Any]


class LoopServer:
    """One server on this machine; `answer` takes the question's number and says status, headers and body."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen at once, at a port that is kept."""
        self.asked: list[int] = []
        """Numbers of the questions, in the order in which they came."""
        self.headers: list[dict[str, str]] = []
        """Of each request, with small letters; what stood behind the path is under "query"."""
        self.answer: Callable[[int], Answer] = lambda number: completion(f"{number}")
        self.takes = 0.0
        """Seconds until a request that is let through is answered."""
        self._loop = loop
        self._port = 0
        self._runner: web.AppRunner | None = None
        self.open()

    @property
    def url(self) -> str:
        """What to type after --base-url."""
        return f"http://127.0.0.1:{self._port}/v1"

    def open(self) -> None:
        """Listen."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(timeout=10)

    def close(self) -> None:
        """Listen no more, and cut every connection, whatever is under way on it."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=10)

    def close_soon(self) -> None:
        """Begin to close; for what answers a request, which runs in the loop."""
        self._closing = self._loop.create_task(self._close())

    async def _open(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.Response:
        number = question_number(await request.json())
        self.asked.append(number)
        self.headers.append(
            {name.lower(): value for name, value in request.headers.items()} | {"query": request.query_string}
        )
        status, headers, body = self.answer(number)
        if status == 200 and self.takes:
            await asyncio.sleep(self.takes)
        return web.json_response(body, status=status, headers=headers)


@contextmanager
def chat_servers(count: int) -> Iterator[list[LoopServer]]:
    """Run so many servers until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = [LoopServer(loop) for _ in range(count)]
    try:
        yield servers
    finally:
        for server in servers:
            server.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
