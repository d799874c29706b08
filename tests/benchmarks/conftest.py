"""A fake model server for the tests of the benchmark."""

from collections.abc import Iterator

import pytest

from benchmarks.hosting import Hosted


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """Run the server as a process; each test gives it settings of its own."""
    with Hosted(tmp_path_factory.mktemp("server")) as server:
        yield server
