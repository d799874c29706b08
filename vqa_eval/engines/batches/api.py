"""The provider's files and batches: a file of requests goes up, a batch is made of it, a file of replies comes down.

The protocol is OpenAI's (https://developers.openai.com/api/docs/guides/batch), spoken through their SDK. The SDK itself
tries nothing again: a creation whose answer was lost may have succeeded, and made twice it would be paid twice.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vqa_eval.engines.openai.retrying import AttemptError, Backoff
from vqa_eval.engines.openai.statuses import of_status, retry_after
from vqa_eval.errors import EngineError

ENDPOINT = "/v1/chat/completions"
"""What every request of a batch is sent to, by the name that the protocol writes into the file."""

TAG = "vqa_eval"
"""Key of a batch's metadata under which its tag is kept, so that it is found again."""

PATIENCE = 60
"""Times in a row that something is tried which may succeed later: half an hour, since a batch may take a day."""

_GOES_ON = "batches that were made go on at the server; the same command collects them"
_ABSENT = "this server may have no batch API: leave out --batch"
_GONE = "type the key of the project that made it; to ask its requests anew, delete the folder `batches` of the run"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its server describes it."""

    id: str
    status: str
    output: str = ""
    """id of the file with the replies; empty where there is none."""
    errors: str = ""
    """id of the file with the requests that brought none; empty where there is none."""
    code: str = ""
    """Code of the first error of a batch that failed as a whole."""
    detail: str = ""
    """What the server says about that error."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in {"failed", "completed", "expired", "cancelled"}


class BatchApi:
    """One server's files and batches; every call waits out what may pass, and raises EngineError for what will not."""

    def __init__(self, base_url: str, key: str, key_header: str, *, timeout: float, pause: float) -> None:
        """Speak to `base_url`; up to `pause` seconds pass before something is tried for the second time."""
        import openai

        self._openai = openai
        self._key = key
        self._client = openai.OpenAI(api_key=key, base_url=base_url, max_retries=0, timeout=timeout)
        # The SDK lets its own header be left out of single calls only.
        headers = {key_header: key, "Authorization": openai.Omit()} if key_header else {}
        self._bearing: dict[str, Any] = {"extra_headers": headers}
        self._backoff = Backoff(pause)

    def upload(self, requests: Path) -> str:
        """Send a file of requests; return its id."""

        def send() -> str:
            with requests.open("rb") as stream:
                return _id(self._client.files.create(file=(requests.name, stream), purpose="batch", **self._bearing))

        return self._tried(send)

    def create(self, file: str, tag: str) -> Batch:
        """Make a batch of a file; a creation whose answer was lost is looked for before it is tried again."""
        lost = False

        def send() -> Batch:
            nonlocal lost
            if lost and (found := self._find(tag)):
                return found
            lost = True
            made = self._client.batches.create(
                input_file_id=file,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={TAG: tag},
                **self._bearing,
            )
            return _read(made)

        return self._tried(send)

    def find(self, tag: str) -> Batch | None:
        """Return the batch that bears a tag; one that failed as a whole never ran, so it is passed over."""
        return self._tried(lambda: self._find(tag))

    def batch(self, batch: str) -> Batch:
        """Return how a batch stands."""
        return self._tried(lambda: _read(self._client.batches.retrieve(batch, **self._bearing)), _GONE)

    def download(self, file: str, target: Path) -> None:
        """Bring a file down to the disk, piece by piece."""

        def fetch() -> None:
            with self._client.files.with_streaming_response.content(file, **self._bearing) as response:
                try:
                    response.stream_to_file(target)
                except OSError:
                    raise
                except Exception as error:
                    # While a file streams, the SDK hands the errors of its transport through as they are.
                    request = response.http_request
                    raise self._openai.APIConnectionError(message=str(error), request=request) from error

        self._tried(fetch, _GONE)

    def remove(self, file: str) -> None:
        """Take a file with its pictures off the server; where that fails, the server drops it by its own rules."""
        with contextlib.suppress(self._openai.OpenAIError):
            self._client.files.delete(file, **self._bearing)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _find(self, tag: str) -> Batch | None:
        every = self._client.batches.list(limit=100, **self._bearing)  # turns pages as they are read
        found = (_read(one) for one in every if (one.metadata or {}).get(TAG) == tag)
        return next((batch for batch in found if batch.status != "failed"), None)

    def _tried(self, call: Callable[[], T], absent: str = _ABSENT) -> T:
        for attempt in range(1, PATIENCE + 1):
            try:
                return call()
            except self._openai.APIStatusError as error:
                said = f"the batch API says {error.status_code}: {self._said(error.message)}"
                trouble = of_status(error.status_code, error.code or "", said, retry_after(error.response.headers))
                hint = absent if error.status_code in {404, 405, 501} else trouble.hint
            except self._openai.APIConnectionError as error:
                said = f"the batch API cannot be reached: {self._said(str(error.__cause__ or error))}"
                trouble, hint = AttemptError("connection", said, again=True), ""
            if not trouble.again or attempt == PATIENCE:
                raise EngineError(trouble.detail, hint or _GOES_ON)
            time.sleep(self._backoff.pause(attempt, trouble.after))
        raise AssertionError("the last attempt returns or raises")

    def _said(self, text: str) -> str:
        line = " ".join(text.split())
        return line.replace(self._key, "[key]")[:300] if len(self._key) > 4 else line[:300]


def _read(made: Any) -> Batch:
    """Return what is needed of the SDK's description."""
    name = _id(made)
    said = (made.errors.data if made.errors else None) or []
    first = said[0] if said else None
    line = f" (line {first.line})" if first is not None and first.line else ""
    return Batch(
        name,
        made.status,
        made.output_file_id or "",
        made.error_file_id or "",
        (first.code or "") if first else "",
        f"{first.message or first.code}{line}" if first else "",
    )


def _id(made: Any) -> str:
    name = getattr(made, "id", None)
    if not isinstance(name, str) or not name:
        # A web page, mostly, which the SDK hands through as a text.
        raise EngineError("the server's answer describes neither a file nor a batch", "check --base-url")
    return name
