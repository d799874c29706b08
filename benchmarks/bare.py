"""The bare client: the least that a Python process with aiohttp can do and still be an evaluation.

It reads the questions one by one, keeps up to `--in-flight` requests under way, tries again what may heal, scores the
letter and appends a line for each answer; what has its line is not asked again. With `--rescore` it reads its lines
again and asks nobody.

    python -m benchmarks.bare --table text.jsonl --base-url http://127.0.0.1:8000/v1 --out lines.jsonl
"""

import argparse
import asyncio
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from benchmarks.items import LETTERS

if TYPE_CHECKING:
    import aiohttp

Question = tuple[str, str, bytes]
"""Id, key, and the request's body."""

_LETTER = re.compile(rf"\b([{LETTERS}])\b")
_BEGIN = b'{"model":"fake","messages":[{"role":"user","content":'
_PICTURE = b'{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,'
_END = b'}],"temperature":0,"max_tokens":16}'
_LONGEST_PAUSE = 8.0


def questions(table: Path) -> Iterator[Question]:
    """Yield the questions of a table: JSON lines of texts, or a TSV with a base64 picture in each row."""
    return _texts(table) if table.suffix == ".jsonl" else _pictures(table)


def _texts(table: Path) -> Iterator[Question]:
    with table.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            said = json.dumps(_prompt(row["question"], [row[letter] for letter in LETTERS])).encode()
            yield str(row["id"]), row["answer"], _BEGIN + said + _END


def _pictures(table: Path) -> Iterator[Question]:
    with table.open("rb") as lines:
        names = next(lines).decode().split()
        for line in lines:
            row = dict(zip(names, line.rstrip(b"\n").split(b"\t"), strict=True))
            options = [row[letter].decode() for letter in LETTERS]
            said = json.dumps(_prompt(row["question"].decode(), options)).encode()
            content = (b"[", _PICTURE, row["picture"], b'"}},{"type":"text","text":', said, b"}]")
            yield row["id"].decode(), row["answer"].decode(), b"".join((_BEGIN, *content, _END))


def _prompt(question: str, options: list[str]) -> str:
    lines = "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=True))
    return f"{question}\n{lines}\nReply with the letter of the right option and nothing else."


def score(text: str, key: str) -> bool:
    """Say whether the first letter that stands alone is the key."""
    found = _LETTER.search(text)
    return found is not None and found[1] == key


class BareClient:
    """Asks what has no line yet."""

    def __init__(self, base_url: str, attempts: int, out: Path) -> None:
        self._url = f"{base_url}/chat/completions"
        self._attempts = attempts
        self._out = out
        self.right = self.scored = self.faults = 0

    async def run(self, table: Path, in_flight: int) -> None:
        """Ask every question of the table."""
        import aiohttp

        done = self._done()
        pulled = (question for question in questions(table) if question[0] not in done)
        with self._out.open("ab", buffering=0) as lines:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:
                await asyncio.gather(*(self._work(session, pulled, lines) for _ in range(in_flight)))

    def _done(self) -> set[str]:
        """Return the ids that have a line, and cut off a line that a kill left unfinished."""
        if not self._out.exists():
            return set()
        whole = self._out.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            self._out.write_bytes(kept)
        rows = [json.loads(line) for line in kept.splitlines()]
        self.scored = len(rows)
        self.right = sum(row["right"] for row in rows)
        return {row["id"] for row in rows}

    async def _work(self, session: "aiohttp.ClientSession", pulled: Iterator[Question], lines: BinaryIO) -> None:
        for name, key, body in pulled:
            text = await self._answer(session, body)
            if text is None:
                self.faults += 1
                continue
            right = score(text, key)
            self.scored += 1
            self.right += right
            lines.write(json.dumps({"id": name, "text": text, "key": key, "right": right}).encode() + b"\n")

    async def _answer(self, session: "aiohttp.ClientSession", body: bytes) -> str | None:
        """Return the text, or None after the last attempt."""
        import aiohttp

        for attempt in range(1, self._attempts + 1):
            wait = 0.0
            try:
                async with session.post(self._url, data=body, headers={"content-type": "application/json"}) as answer:
                    said = await answer.read()
                    if answer.status == 200:
                        text: str = json.loads(said)["choices"][0]["message"]["content"]
                        return text
                    wait = float(answer.headers.get("retry-after", 0))
            except aiohttp.ClientError:
                pass
            if attempt < self._attempts:
                # Spread, so that what failed together does not come back together.
                await asyncio.sleep(wait + random.uniform(0, min(_LONGEST_PAUSE, 2.0 ** (attempt - 1))))  # noqa: S311
        return None


def rescored(lines: Path) -> dict[str, int]:
    """Read and score stored answers again."""
    with lines.open(encoding="utf-8") as stored:
        marks = [score(row["text"], row["key"]) for row in map(json.loads, stored)]
    return {"scored": len(marks), "right": sum(marks), "faults": 0}


def main() -> None:
    """Ask or score again, and print what came out as JSON; exit code 1 where questions have no answer."""
    reading = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reading.add_argument("--table", type=Path, help="text.jsonl or pictures.tsv")
    reading.add_argument("--base-url", help="server that speaks the OpenAI protocol")
    reading.add_argument("--in-flight", type=int, default=64)
    reading.add_argument("--attempts", type=int, default=8, help="requests for one question before it is a fault")
    reading.add_argument("--out", type=Path, help="a line for each answer")
    reading.add_argument("--rescore", type=Path, help="lines of an earlier run")
    given = reading.parse_args()
    if given.rescore:
        result = rescored(given.rescore)
    else:
        client = BareClient(given.base_url, given.attempts, given.out)
        asyncio.run(client.run(given.table, given.in_flight))
        result = {"scored": client.scored, "right": client.right, "faults": client.faults}
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(int(result["faults"] > 0))


if __name__ == "__main__":
    main()
