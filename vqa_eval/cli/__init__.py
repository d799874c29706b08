"""Words become a pipeline's order, and what comes back becomes a screen; errors become one line and a hint."""

import gc
import os
import signal
import sys

from vqa_eval.errors import VqaEvalError


def main() -> None:
    """Run the command line; exit code 0 when all is well, 1 for what went wrong, 2 for words not understood."""
    # What a short command makes, it makes once, by imports: looking for garbage among it every 700 objects
    # is a twentieth of its time.
    gc.set_threshold(50_000, 20, 20)
    # Who schedules jobs stops them so; it is a Ctrl-C, after which the same command goes on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # No plugin of pydantic is used here, and looking for one is a twentieth of a short command's time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from vqa_eval.cli.app import app

    try:
        app()
    except VqaEvalError as error:
        from vqa_eval.cli.screen import show_error

        show_error(error)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
