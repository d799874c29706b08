"""One server that speaks the chat-completions protocol: a body goes out, a document comes back.

The protocol is two messages over HTTP, so it is spoken over aiohttp directly: a provider's SDK costs some six times the
processor time a request. What goes wrong becomes an `AttemptError`, which says whether another attempt may help.
"""

import importlib.metadata
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from vqa_eval.engines.openai.retrying import AttemptError
from vqa_eval.engines.openai.servers import address, is_here
from vqa_eval.engines.openai.statuses import complaint, of_status, retry_after, status_within

if TYPE_CHECKING:
    import aiohttp

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one answer; a reply with its log-probabilities has a hundredth of it."""

CONNECTING = 20.0
"""Seconds until a machine that does not even take a connection is given up."""
_CONNECTING_SHARE = 0.9
"""Of a request's time at most, so that whoever takes no connection is told from whoever gives no answer."""

_ADDRESS = re.compile(r"\S+://\S*|\S+@\S*")
"""What may hold a password or a query in a message of the library."""


class Wire:
    """Connections to one server, kept open; used in one event loop."""

    def __init__(self, base_url: str, key: str, timeout: float, key_header: str = "") -> None:
        """Speak to `base_url`; nothing is opened yet. The caller bounds how many requests there are at once."""
        parts = urlsplit(base_url)
        self._url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/chat/completions"))
        self.address = address(base_url)
        """What may be printed of where it speaks to."""
        self._key = key
        self._bearing = {key_header: key} if key_header else {"Authorization": f"Bearer {key}"}
        self._timeout = timeout
        self._proxy = _proxy(base_url)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, within: float | None = None) -> Mapping[str, Any]:
        """Return the server's answer to a request; raises AttemptError for everything else.

        `within` so many seconds where that is less than every request has.
        """
        import aiohttp

        session = self._session = self._session or self._opened()
        seconds = self._timeout if within is None else min(within, self._timeout)
        options: dict[str, Any] = {} if seconds == self._timeout else {"timeout": _limits(seconds)}
        try:
            # A redirect would take the question and the key to whoever the server names.
            sent = session.post(self._url, data=body, proxy=self._proxy, allow_redirects=False, **options)
            async with sent as answer:
                text = await answer.content.read(LARGEST_ANSWER + 1)
                while len(text) <= LARGEST_ANSWER and (more := await answer.content.read(LARGEST_ANSWER)):
                    text += more
                if answer.status >= 300:
                    raise self._refused(answer.status, text, answer.headers)
        except aiohttp.ConnectionTimeoutError as error:
            raise AttemptError("connection", "the connection failed: nobody took it in time", again=True) from error
        except TimeoutError as error:
            allowed = f"{seconds:g} s" if seconds == self._timeout else "what its deadline left"
            raise AttemptError("timeout", f"no answer within {allowed}", again=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise AttemptError("connection", f"the connection failed: {self.said(_told(error))}", again=True) from error
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            start = self.said(text[:60].decode("utf-8", "replace"))
            detail = f"the answer is no JSON, it begins {start!r}; does the address end in /v1?"
            raise AttemptError("server", detail, again=True) from error
        if isinstance(document, dict) and document.get("choices"):
            return document
        if isinstance(document, dict) and document.get("error"):
            raise self._refused(status_within(document["error"]), text, answer.headers)
        raise AttemptError("server", "the server's answer holds no choice", again=True)

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
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_limits(self._timeout),
            headers={
                **self._bearing,
                "Content-Type": "application/json",
                # Answers are short; unpacking them would cost more than it saves.
                "Accept-Encoding": "identity",
                "User-Agent": f"vqa-eval/{importlib.metadata.version('vqa-eval')}",
            },
        )

    def _refused(self, status: int, body: bytes, headers: Mapping[str, str]) -> AttemptError:
        if 300 <= status < 400:
            elsewhere = address(urljoin(self._url, headers.get("location", ""))) or "nowhere"
            detail = f"{status}: {self.address} points to {self.said(elsewhere)}, and redirects are not followed"
            hint = "give the address that answers itself with --base-url (https:// or http://, it usually ends in /v1)"
            return AttemptError("rejected", detail, ends_the_run=True, hint=hint)
        said, code = complaint(body)
        return of_status(status, code, f"{status}: {self.said(said)}", retry_after(headers))


def _told(error: Exception) -> str:
    """Return what went wrong with a connection, without the addresses in it: their queries and passwords are secret."""
    import aiohttp

    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status}, {error.message}"
    text = _ADDRESS.sub("[address]", f"{error}")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _limits(seconds: float) -> "aiohttp.ClientTimeout":
    import aiohttp

    return aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECTING, _CONNECTING_SHARE * seconds))


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address; looked up once, which costs more than a request."""
    parts = urlsplit(url)
    # What is meant for this machine leaves it for no proxy, whatever the environment forgets to except.
    if is_here(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)
