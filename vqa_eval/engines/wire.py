"""One server that speaks the chat-completions protocol: a body goes out, a document comes back.

The protocol is two messages over HTTP, so it is spoken over aiohttp directly: a provider's SDK costs some six times the
processor time a request. What goes wrong becomes an `AttemptError`, which says whether another attempt may help.
"""

import datetime
import email.utils
import importlib.metadata
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from vqa_eval.engines.retrying import AttemptError
from vqa_eval.records import FaultKind

if TYPE_CHECKING:
    import aiohttp

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one answer; a reply with its log-probabilities has a hundredth of it."""


class Wire:
    """Connections to one server, kept open; used in one event loop."""

    def __init__(self, base_url: str, key: str, timeout: float, connections: int) -> None:
        """Speak to `base_url` with at most so many connections; nothing is opened yet."""
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = key
        self._timeout = timeout
        self._connections = connections
        self._proxy = _proxy(base_url)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes) -> Mapping[str, Any]:
        """Return the server's answer to a request; raises AttemptError for everything else."""
        import aiohttp

        session = self._session = self._session or self._opened()
        try:
            async with session.post(self._url, data=body, proxy=self._proxy) as answer:
                text = await answer.content.read(LARGEST_ANSWER + 1)
                while len(text) <= LARGEST_ANSWER and (more := await answer.content.read(LARGEST_ANSWER)):
                    text += more
                if answer.status >= 300:
                    raise self._refused(answer.status, text, answer.headers)
        except TimeoutError as error:
            raise AttemptError("timeout", f"no answer within {self._timeout:g} s", again=True) from error
        except (aiohttp.ClientError, OSError) as error:
            said = self.said(f"{error}" or type(error).__name__)
            raise AttemptError("connection", f"the connection failed: {said}", again=True) from error
        try:
            document = json.loads(text)
        except ValueError as error:
            raise AttemptError("server", f"the server's answer cannot be read: {error}", again=True) from error
        if not isinstance(document, dict) or not document.get("choices"):
            raise AttemptError("server", "the server's answer holds no choice", again=True)
        return document

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def said(self, text: str) -> str:
        """Return what a server said on one line, without the key."""
        line = " ".join(text.split())
        return line.replace(self._key, "[key]")[:300] if len(self._key) > 4 else line[:300]

    def _opened(self) -> "aiohttp.ClientSession":
        import aiohttp

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            headers={
                "Authorization": f"Bearer {self._key}",
                "Content-Type": "application/json",
                "User-Agent": f"vqa-eval/{importlib.metadata.version('vqa-eval')}",
            },
        )

    def _refused(self, status: int, body: bytes, headers: Mapping[str, str]) -> AttemptError:
        said, code = _complaint(body)
        return _of_status(status, code, f"{status}: {self.said(said)}", retry_after(headers))


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address; looked up once, which costs more than a request."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)


def _complaint(body: bytes) -> tuple[str, str]:
    """Return what a refusal says and its code, in the forms that servers write them in."""
    text = body[:20_000].decode("utf-8", "replace")
    try:
        document: Any = json.loads(text)
    except ValueError:
        return text, ""
    error = document.get("error", document) if isinstance(document, dict) else document
    if not isinstance(error, dict):
        return str(error), ""
    said = error.get("message") or error.get("detail") or text
    return str(said), str(error.get("code") or "")


_HOPELESS = {
    401: "check the key in the environment variable, then type the same command again",
    403: "check what the key may use, then type the same command again",
    404: "check the model's name and --base-url (it usually ends in /v1)",
}
"""Statuses that every further request would get too, with what to type."""

_AGAIN: dict[int, FaultKind] = {408: "timeout", 409: "server", 429: "rate_limit"}


def _of_status(status: int, code: str, said: str, after: float | None) -> AttemptError:
    if code == "insufficient_quota":
        # A 429 that no waiting cures.
        hint = "look at the provider's billing page, then type the same command again: it continues"
        return AttemptError("rate_limit", said, ends_the_run=True, hint=hint)
    if status in _HOPELESS:
        return AttemptError("rejected", said, ends_the_run=True, hint=_HOPELESS[status])
    if status in _AGAIN or status >= 500:
        return AttemptError(_AGAIN.get(status, "server"), said, again=True, after=after)
    return AttemptError("rejected", said)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for, given in milliseconds, in seconds or as a date."""
    milliseconds = headers.get("retry-after-ms")
    given = headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        return None if given is None else max(0.0, float(given))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(given or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - datetime.datetime.now(datetime.UTC)).total_seconds())
