"""One run = one folder with one SQLite file: replies appended, answers and scores made again at will."""

from vqa_eval.store.run import FILE, RunStore

__all__ = ["FILE", "RunStore"]
