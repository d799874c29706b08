"""Commands as somebody types them, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path


def vqa_eval(*words: str, cwd: Path, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Type a command in an empty folder."""
    return subprocess.run(
        [sys.executable, "-m", "vqa_eval", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        input=typed,
        env={**os.environ, **environment},
    )
