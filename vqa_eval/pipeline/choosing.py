"""Which samples a probe asks: spread evenly over those of a run that have no reply yet."""

from collections.abc import Iterable, Iterator

from vqa_eval.errors import PictureError, StoreError
from vqa_eval.pipeline.run import Prepared
from vqa_eval.store import RunStore


def spread_over(prepared: Prepared, size: int, also: Iterable[str] = ()) -> frozenset[str]:
    """Return the ids of `size` samples spread evenly over a run, and of those that are wanted `also`.

    Samples that have their replies are passed over, so there may be fewer, or none. So are samples whose picture is
    not at hand, which cannot be asked; where that is all of them, it is a `PictureError`.
    """
    askable = list(_askable(prepared))
    if not askable:
        raise PictureError("a probe can ask nobody: no sample has its picture at hand", "type: vqa-eval data list")
    asked = _asked(prepared)
    left = [sample for sample in askable if sample not in asked]
    size = min(size, len(left))
    evenly = (left[at * len(left) // size] for at in range(size))
    return frozenset([*evenly, *(sample for sample in also if sample not in asked)])


def _askable(prepared: Prepared) -> Iterator[str]:
    return (
        sample.id for sample in prepared.plan.samples() if all(image.stored or image.slide for image in sample.images)
    )


def _asked(prepared: Prepared) -> frozenset[str]:
    """Return the ids of the samples to whose plain question each row of the run has its reply."""
    try:
        store = RunStore.open(prepared.folder)
    except StoreError:  # there is none yet, or none that could be gone on with, which asking will say
        return frozenset()
    try:
        left = {due.sample.id for row in store.rows() for due in store.unasked(row.number)}
        return frozenset(store.ids()) - left
    finally:
        store.close()
