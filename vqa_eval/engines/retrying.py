"""When a request to a server is tried again, how long to wait, and what it is in the end."""

import asyncio
import datetime
import email.utils
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

from vqa_eval.records import FaultKind

_LONGEST_PAUSE = 60.0
"""Seconds that back-off grows to; a server's own Retry-After may ask for more, up to ten times this."""


class AttemptError(Exception):
    """Why one attempt failed, whether another may help, and whether the whole run is over."""

    def __init__(
        self,
        kind: FaultKind,
        detail: str,
        *,
        again: bool = False,
        after: float | None = None,
        ends_the_run: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.again = again
        self.after = after
        """Seconds that the server asks to wait."""
        self.ends_the_run = ends_the_run
        self.hint = hint


class Retrying:
    """Tries up to `attempts` times with full-jitter back-off, never sooner than Retry-After asks."""

    def __init__(self, attempts: int, first_pause: float, secret: str) -> None:
        self._attempts = attempts
        self._first_pause = first_pause
        self._secret = secret
        # Jitter must differ between processes and must not move a seeded stream that others draw from.
        self._jitter = random.SystemRandom()

    async def run(self, send: Callable[[], Awaitable[Any]]) -> Any:
        """Return what `send` returns, or raise the `AttemptError` of the last attempt."""
        for attempt in range(1, self._attempts + 1):
            try:
                return await send()
            except Exception as error:
                trouble = error if isinstance(error, AttemptError) else self._trouble(error)
            if not trouble.again or attempt == self._attempts:
                raise trouble
            await asyncio.sleep(self._pause(attempt, trouble.after))
        raise AttemptError("engine", "no attempt was allowed")

    def _pause(self, attempt: int, after: float | None) -> float:
        pause = self._jitter.uniform(0, min(_LONGEST_PAUSE, self._first_pause * 2 ** (attempt - 1)))
        # Never sooner than the server asks; the jitter on top keeps the waiting from coming back all at once.
        return pause + min(after or 0.0, 10 * _LONGEST_PAUSE)

    def _trouble(self, error: Exception) -> AttemptError:
        """Return what an error of the SDK means for the request and the run."""
        import openai

        said = self._said(error)
        if isinstance(error, openai.APITimeoutError):
            return AttemptError("timeout", f"no answer in time: {said}", again=True)
        if isinstance(error, openai.APIStatusError):
            return _of_status(error.status_code, error.code, said, retry_after(error.response.headers))
        if isinstance(error, openai.APIConnectionError):
            return AttemptError("connection", f"the connection failed: {said}", again=True)
        if isinstance(error, openai.APIError | json.JSONDecodeError):
            return AttemptError("server", f"the server's answer cannot be read: {said}", again=True)
        return AttemptError("engine", f"{type(error).__name__}: {said}")

    def _said(self, error: Exception) -> str:
        """Return the error's message and cause on one line, without the key."""
        cause = f" ({error.__cause__})" if error.__cause__ and str(error.__cause__) else ""
        text = " ".join(f"{error}{cause}".split())
        return text.replace(self._secret, "[key]")[:300] if len(self._secret) > 4 else text[:300]


_HOPELESS = {
    401: "check the key in the environment variable, then type the same command again",
    403: "check what the key may use, then type the same command again",
    404: "check the model's name and --base-url (it usually ends in /v1)",
}
"""Statuses that every further request would get too, with what to type."""

_AGAIN: dict[int, FaultKind] = {408: "timeout", 409: "server", 429: "rate_limit"}


def _of_status(status: int, code: str | None, said: str, after: float | None) -> AttemptError:
    if code == "insufficient_quota":
        # A 429 that no waiting cures.
        hint = "look at the provider's billing page, then type the same command again: it continues"
        return AttemptError("rate_limit", said, ends_the_run=True, hint=hint)
    if status in _HOPELESS:
        return AttemptError("rejected", said, ends_the_run=True, hint=_HOPELESS[status])
    if status in _AGAIN or status >= 500:
        return AttemptError(_AGAIN.get(status, "server"), said, again=True, after=after)
    return AttemptError("rejected", said)


def retry_after(headers: Any) -> float | None:
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
