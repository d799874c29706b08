"""`--batch`: requests go to a provider in files and come back within a day, for less.

The keys, the bodies and the reading of replies are those of the live engine, so that a run may be begun with batches
and finished without, or the other way round. What is under way is kept in the run's folder: after a kill at any moment
the same command goes on with the batches that were made, and makes none of them twice.

`opening` understands the settings; `engine` is what the run asks. `spool` cuts requests into files, `making` makes
batches of them, `journal` remembers how far each has come, `lines` reads what comes back, and `api` is the one place
that speaks to the provider.
"""

from vqa_eval.engines.batches.journal import check_none_under_way
from vqa_eval.engines.batches.opening import check_batches, open_batches

__all__ = ["check_batches", "check_none_under_way", "open_batches"]
