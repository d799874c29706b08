"""Everything that can go wrong, as one tree; every leaf says what to type next.

    VqaEvalError                 what is caught at the edge: one red line, one hint, exit code 1
    ├── CatalogError             a task, prompt, board, lexicon or model file that people wrote is wrong
    ├── TreeError                a selection that cannot be read, names no node, or selects nothing
    ├── DataError                benchmark data that are absent, incomplete or not what the task expects
    ├── PictureError             one picture that cannot be opened; a fault of its sample, never of the run
    ├── RenderError              a prompt that does not fit a sample
    ├── EngineError              a model that cannot be opened, or an engine that cannot go on
    └── StoreError               a run folder that cannot be written, read or continued

A request that fails is not in this tree: it is data (`records.Fault`), kept beside the replies.
"""


class VqaEvalError(Exception):
    """What went wrong and where, with the hint that says what to type next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CatalogError(VqaEvalError):
    """A task, prompt, board, lexicon or model file that people wrote is wrong."""


class TreeError(VqaEvalError):
    """A selection that cannot be read, names no node, or selects nothing."""


class DataError(VqaEvalError):
    """Benchmark data that are absent, incomplete or not what the task expects."""


class PictureError(VqaEvalError):
    """One picture that cannot be opened; a fault of its sample, never of the run."""


class RenderError(VqaEvalError):
    """A prompt that does not fit a sample."""


class EngineError(VqaEvalError):
    """A model that cannot be opened, or an engine that cannot go on."""


class StoreError(VqaEvalError):
    """A run folder that cannot be written, read or continued."""
