"""What a server's refusal means: a status with its body and headers becomes an `AttemptError`."""

import datetime
import email.utils
import json
from collections.abc import Mapping
from typing import Any

from vqa_eval.engines.openai.retrying import AttemptError
from vqa_eval.records import FaultKind

_HOPELESS = {
    401: "check the key (OPENAI_API_KEY, or what the card names as key_variable), then type the same command again",
    402: "look at the provider's billing page, then type the same command again: it continues",
    403: "check what the key may use, then type the same command again",
    404: "check the model's name and --base-url (it usually ends in /v1)",
}
"""Statuses that every further request would get too, with what to type."""

_AGAIN: dict[int, FaultKind] = {408: "timeout", 409: "server", 429: "rate_limit"}


def of_status(status: int, code: str, said: str, after: float | None) -> AttemptError:
    """Return the trouble that a status means; `code` is the provider's own word, `after` its Retry-After."""
    if code == "insufficient_quota":
        # A 429 that no waiting cures.
        return AttemptError("rate_limit", said, ends_the_run=True, hint=_HOPELESS[402])
    if status in _HOPELESS:
        return AttemptError("rejected", said, ends_the_run=True, hint=_HOPELESS[status])
    if status in _AGAIN or status >= 500 or status == 200:  # a 200 that holds an error and no better status
        return AttemptError(_AGAIN.get(status, "server"), said, again=True, after=after, status=status)
    # Too long for the model, too large for the server: this request is wrong, the others need not be.
    return AttemptError("rejected", said)


def complaint(body: bytes) -> tuple[str, str]:
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


def status_within(error: object) -> int:
    """Return the status that an error in the body of a 200 names; 200 where it names none."""
    named = str(error.get("code", error.get("status"))) if isinstance(error, dict) else ""
    return int(named) if named.isdecimal() and 400 <= int(named) < 600 else 200


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
