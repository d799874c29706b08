"""Records as text: what is put into a text stands where the record would have it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.records import Image, Sample
from vqa_eval.records.codec import sample_from, to_text, with_nodes

TRAPS = st.sampled_from(['"nodes":[]', '\\"nodes\\":[]', '":[],"nodes":[]'])
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | TRAPS
NODES = st.lists(st.lists(TEXTS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)


@given(TEXTS, TEXTS, NODES)
def test_nodes_are_set_into_the_text(question: str, context: str, nodes: tuple[tuple[str, ...], ...]) -> None:
    """Whatever the texts of a sample look like, its text with nodes is that of the sample with nodes."""
    sample = Sample("b/1", "b", "test", "open", question, (context,), context=context, images=(Image(question, None),))
    placed = replace(sample, nodes=nodes)
    assert to_text(placed) == with_nodes(to_text(sample), nodes)
    assert placed == sample_from(with_nodes(to_text(sample), nodes))


def test_light_samples_share_their_places() -> None:
    """Of many samples in the same nodes the nodes are held once; what no board reads is left out."""
    sample = Sample("b/1", "b", "test", "open", "?", (), nodes=(("modality", "CT"),), context="c")
    one, other = (sample_from(to_text(replace(sample, id=f"b/{n}")), light=True) for n in (1, 2))
    assert one.nodes is other.nodes
    assert replace(sample, question="", context="") == one
