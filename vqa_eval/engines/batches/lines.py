"""What a batch's file of replies says, line by line: a completion, or the fault that stood in its way."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vqa_eval.engines.openai.statuses import complaint, of_status
from vqa_eval.records import Fault

LATE = Fault("timeout", "not answered within the batch's window")
"""Of a request that the batch did not come to before its time was over; nothing was paid for it."""

_CODES = {"batch_expired": LATE, "batch_cancelled": Fault("server", "the batch was cancelled before it was answered")}


def outcomes(path: Path) -> Iterator[tuple[str, Mapping[str, Any] | Fault]]:
    """Yield (key, completion or fault) of each line; a line that cannot be read names nobody and is passed over."""
    with path.open("rb") as stream:
        for text in stream:
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):  # no JSON, or JSON nested without end
                continue
            if isinstance(line, dict) and isinstance(line.get("custom_id"), str):
                yield line["custom_id"], _outcome(line)


def unanswered(status: str) -> Fault:
    """Return the fault of a request of which a batch that ended so has no line."""
    if status == "expired":
        return LATE
    return Fault("server", f"the batch ended as {status} without a line about this request")


def _outcome(line: Mapping[str, Any]) -> Mapping[str, Any] | Fault:
    error, response = line.get("error"), line.get("response")
    if error:
        code, said = (error.get("code"), error.get("message")) if isinstance(error, dict) else ("", error)
        return _CODES.get(str(code)) or Fault("server", _on_one_line(str(said or code)))
    if not isinstance(response, dict):
        return Fault("server", "a line without a response")
    status, body = response.get("status_code"), response.get("body")
    if status == 200 and isinstance(body, dict):
        return body
    return _refused(status if isinstance(status, int) else 0, body)


def _refused(status: int, body: object) -> Fault:
    said, code = complaint(json.dumps(body, ensure_ascii=False).encode())
    trouble = of_status(status, code, f"{status}: {_on_one_line(said)}", None)
    # A status of success over nothing readable is the server's fault, not the request's.
    return Fault("server" if status < 300 else trouble.kind, trouble.detail)


def _on_one_line(said: str) -> str:
    return " ".join(said.split())[:300]
