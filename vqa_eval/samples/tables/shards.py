"""Tables that are published in shards: NAME-00000-of-00004.parquet, and which of a set are missing."""

import re
from collections import defaultdict
from collections.abc import Iterable

_SHARD = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<of>\d{5})(?:-[0-9a-f]{16})?(?P<end>\.[^-]*)?")
"""The hub once put a sum of its content behind the numbers of a shard."""


def missing_shards(names: Iterable[str]) -> list[str]:
    """Return the shards that these names of files say there are beside them; names that say nothing are whole."""
    sets: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for name in names:
        if shard := _SHARD.fullmatch(name):
            sets[shard["name"], shard["of"], shard["end"] or ""].add(int(shard["number"]))
    return [
        f"{name}-{number:05}-of-{of}{end}"
        for (name, of, end), there in sets.items()
        for number in range(int(of))
        if number not in there
    ]
