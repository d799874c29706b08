"""Regular expressions that are compiled when they are first used: most replies need few of some two hundred."""

import re
from typing import Any, cast

_USES = ("findall", "finditer", "fullmatch", "match", "pattern", "search", "split", "sub", "subn")


class _Later:
    """Stands for a compiled expression until one of its methods is called."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        # From now on they are found at once.
        self.__dict__.update((one, getattr(compiled, one)) for one in _USES)
        return getattr(compiled, name)


def expression(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what may be used as `re.compile(text, flags)`; a text that is no expression is an error at first use."""
    return cast("re.Pattern[str]", _Later(text, flags))
