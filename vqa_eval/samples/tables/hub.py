"""The hub: tables that are streamed through `datasets`, and files that are fetched, going on where a transfer ended."""

import contextlib
import fnmatch
import glob
import hashlib
import importlib
import importlib.util
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import BrokenOff, Row, natural

_BLOCK = 4 * 1024 * 1024
ELSEWHERE = "or fetch the files another way and type: vqa-eval data add ID PATH"
"""What can always be done."""


def revision_of(table: str) -> str:
    """Return the commit (sha) that a hub table is at now; empty for a local folder in the place of org/name.

    Raises DataError where the libraries or the hub are missing.
    """
    with _said(table):
        import huggingface_hub

        repository = re.split("[:@]", table)[0]
        return "" if Path(repository).is_dir() else huggingface_hub.HfApi().dataset_info(repository).sha or ""


def read_hub(table: str, revision: str = "") -> Iterator[Row]:
    """Yield the rows of a hub table, pictures as stored bytes.

    `table` is "org/name[:config][@split]", streamed through `datasets` (a local folder in the place of
    org/name works alike), and `revision` the commit of it that is read. Raises DataError where the libraries or
    the hub are missing.
    """
    with _said(table):
        import datasets

        source, _, split = table.partition("@")
        repository, _, config = source.partition(":")
        try:
            rows = datasets.load_dataset(
                repository, config or None, split=split or "train", streaming=True, revision=revision or None
            )
            for column, feature in (rows.features or {}).items():
                if isinstance(feature, datasets.Image):
                    rows = rows.cast_column(column, datasets.Image(decode=False))
            for number, cells in enumerate(rows, start=1):
                yield Row(dict(cells), f"hub {table}, row {number}", number)
        except datasets.exceptions.DatasetsError as error:
            raise ValueError(str(error)) from error


def fetch_files(
    table: str, beside: Sequence[str], folder: Path, progress: Callable[[int, float | None], None]
) -> dict[str, Path]:
    """Fetch files of a dataset repository into `folder`; return those of the table by what they are called.

    `table` is "owner/name/FILE", where FILE may be a glob: its files come in natural order. `beside` are files that
    must lie beside them, such as an archive of pictures. What is there already is not fetched again, and what a
    killed process had of a file is kept. HF_ENDPOINT and HF_TOKEN are heeded. `progress` is called with no rows and
    the share of the bytes that are here. Raises DataError where a file cannot be had or is not what the hub says.
    """
    with _said(table):
        import huggingface_hub

        owner, name, pattern = table.split("/", 2)
        repository = f"{owner}/{name}"
        names = [pattern]
        if set("*?[") & set(pattern):
            every = huggingface_hub.HfApi().list_repo_files(repository, repo_type="dataset")
            names = sorted((file for file in every if fnmatch.fnmatch(file, pattern)), key=natural)
        if not names:
            raise DataError(f"hub {table}: the repository has no such file", f"look what it is called now, {ELSEWHERE}")
        more = [str(PurePosixPath(names[0]).parent / file) for file in beside]
        _public("huggingface_hub.utils").disable_progress_bars("huggingface_hub.http_get")
        with _alone(folder):
            files = [_File.named(repository, file, folder) for file in (*names, *more)]
            here, total = 0, sum(file.size for file in files)

            def tell(size: int) -> None:
                progress(0, min(1.0, (here + size) / total) if total else None)

            for file in files:
                file.fetch(tell)
                here += file.size
        return {f"hub {repository}/{file.name}": file.path for file in files[: len(names)]}


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a repository, as the hub describes it."""

    repository: str
    name: str
    path: Path
    size: int
    etag: str
    """Sum of the content: sha256 for large files, else what git calls it. Empty where the hub cannot be reached."""

    @classmethod
    def named(cls, repository: str, name: str, folder: Path) -> "_File":
        """Ask the hub about a file; without a hub, one that is here already is taken as it is."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.errors import HfHubHTTPError

        path = folder / repository.replace("/", "--") / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise DataError(f"hub {repository}/{name}: would lie outside {folder}", ELSEWHERE)
        try:
            about = get_hf_file_metadata(hf_hub_url(repository, name, repo_type="dataset"))
        except (OSError, _http_error()) as error:
            if isinstance(error, HfHubHTTPError) or not path.is_file():
                raise
            return cls(repository, name, path, path.stat().st_size, "")
        return cls(repository, name, path, about.size or 0, about.etag or "")

    def fetch(self, tell: Callable[[int], None]) -> None:
        """Bring the file here; `tell` is called with the bytes of it that are."""
        noted = self.path.with_name(f".{self.path.name}.etag")
        if not self.etag or (self.path.is_file() and noted.is_file() and noted.read_text() == self.etag):
            tell(self.size)
            return
        part = self.path.with_name(f".{self.path.name}.{re.sub('[^0-9a-zA-Z]', '', self.etag)[:64]}.part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for left in self.path.parent.glob(f".{glob.escape(self.path.name)}.*.part"):
            if left != part:  # of an earlier version of the file
                left.unlink()
        self._transfer(part, tell)
        if re.fullmatch("[0-9a-f]{64}", self.etag) and _sha256(part) != self.etag:
            part.unlink()
            raise DataError(
                f"hub {self.repository}/{self.name}: what came is not what the hub describes (sha256)",
                "type the same again: it is fetched anew",
            )
        part.replace(self.path)
        noted.write_text(self.etag)

    def _transfer(self, part: Path, tell: Callable[[int], None]) -> None:
        """Fetch what is missing of the part; as long as something comes, a broken connection is tried again."""
        from huggingface_hub.file_download import http_get

        while True:
            had = part.stat().st_size if part.exists() else 0
            if had > self.size > 0:
                part.unlink()
                had = 0
            try:
                # An address may be signed for an hour only, so that it is asked for anew each time.
                url, headers = self._address()
                with _Watched(part, tell) as file:
                    http_get(url, file, resume_size=had, headers=headers, expected_size=self.size or None)
                return
            except (OSError, _http_error()):
                if not part.exists() or part.stat().st_size <= had:
                    raise

    def _address(self) -> tuple[str, dict[str, Any]]:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(self.repository, self.name, repo_type="dataset")
        location = get_hf_file_metadata(url).location
        headers: dict[str, Any] = _public("huggingface_hub.utils").build_hf_headers()
        if urlsplit(location).netloc != urlsplit(url).netloc:
            headers.pop("authorization", None)  # the token is the hub's, not that of where it keeps its files
        return location, headers


class _Watched(io.BufferedWriter):
    """A file that is written on at its end, and says how long it is."""

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path, "a"))
        self._told = tell

    def write(self, data: Any) -> int:
        written = super().write(data)
        self._told(self.tell())
        return written


def _sha256(path: Path) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
    return sha256.hexdigest()


def _http_error() -> type[Exception]:
    """Return what the hub's client raises where no answer comes at all."""
    kind: type[Exception] = _public("huggingface_hub.errors").HTTPError
    return kind


def _public(module: str) -> Any:
    """Return a module whose names are documented and yet not marked for type checkers as exported."""
    return importlib.import_module(module)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process: two that write one part would spoil it."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise DataError(
            f"{folder}: another process is fetching into it", "wait until that is done, then type the same again"
        ) from error


@contextlib.contextmanager
def _said(table: str) -> Iterator[None]:
    """Say to people what the hub and its libraries say to programs."""
    if not all(importlib.util.find_spec(package) for package in ("datasets", "huggingface_hub")):
        raise DataError(f"{table}: reading the hub needs `datasets`", "pip install 'vqa-eval[hub]'")
    from huggingface_hub import errors

    repository = "/".join(re.split("[:@]", table)[0].split("/")[:2])
    try:
        yield
    except errors.GatedRepoError as error:
        raise DataError(
            f"hub {table}: its owners grant access one by one, and none was granted to you (or no HF_TOKEN is set)",
            f"ask for access at https://huggingface.co/datasets/{repository} and set HF_TOKEN, {ELSEWHERE}",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DataError(
            f"hub {table}: no such repository, or a private one",
            f"if it is private, set HF_TOKEN of an account that may read it, {ELSEWHERE}",
        ) from error
    except errors.EntryNotFoundError as error:
        raise DataError(
            f"hub {table}: the repository has no such file", f"look what it is called now, {ELSEWHERE}"
        ) from error
    except (OSError, ValueError, _http_error()) as error:
        raise BrokenOff(f"hub {table}: {_first_line(error)}", f"check the network and HF_TOKEN, {ELSEWHERE}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
