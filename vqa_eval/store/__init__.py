"""One run = one folder with one SQLite file: what was asked, what was said, and what was made of it."""

from vqa_eval.store.due import Due
from vqa_eval.store.marks import RULES, Marks, Reading
from vqa_eval.store.replies import Said
from vqa_eval.store.run import FILE, RunStore
from vqa_eval.store.usage import Usage, Used

__all__ = ["FILE", "RULES", "Due", "Marks", "Reading", "RunStore", "Said", "Usage", "Used"]
