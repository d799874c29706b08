"""Which samples a selection takes."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.errors import TreeError
from vqa_eval.records import AxisSpec, Node, ValueSpec
from vqa_eval.tree import And, Everything, Lexicon, Not, Selection, parse, resolve

T1: Node = ("modality", "MRI", "T1 MRI")
MRI: Node = ("modality", "MRI")
CT: Node = ("modality", "CT")
DD: Node = ("task", "Disease Diagnosis")
BROUGHT: list[Node] = [
    ("benchmark", "vqa-rad"),
    ("benchmark", "slake"),
    ("split", "test"),
    ("label", "odd (one)", "x*"),
]

SMALL = Lexicon(
    [
        AxisSpec("m", "", (ValueSpec("CT"), ValueSpec("MRI"), ValueSpec("T1 (w)", "MRI"), ValueSpec("T2/w", "MRI"))),
        AxisSpec("t", "", (ValueSpec("find it", abbreviation="F"), ValueSpec("say*"), ValueSpec("=", "say*"))),
    ]
)
NODES = [*SMALL.nodes("m"), *SMALL.nodes("t"), ("d", "'brought' \"by\"", "data")]
EXTRA = NODES[-1:]

_paths = st.sampled_from(
    [
        "m",
        "t",
        "d",
        "m/CT",
        "MRI",
        "m/=MRI",
        "T1-w",
        "m/MRI/T2-w",
        "t/F",
        "find it",
        "t/'say*'",
        "t/*",
        "m/T?*",
        "d/data",
    ]
)
texts = st.recursive(
    _paths,
    lambda inner: st.one_of(
        inner.map(lambda text: f"!({text})"),
        st.tuples(inner, inner).map(" & ".join).map("({})".format),
        st.tuples(inner, inner).map(",".join).map("({})".format),
    ),
    max_leaves=8,
)
samples = st.lists(st.sampled_from(NODES), max_size=4)


def small(text: str) -> Selection:
    """Give the selection of a text in the small lexicon."""
    return resolve(parse([text]), SMALL, EXTRA)


def named(text: str, lexicon: Lexicon) -> str:
    """Give the canonical text of a selection, with the nodes that data brought."""
    return str(resolve(parse([text]), lexicon, BROUGHT))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("", ""),
        ("modality/MRI/T1 MRI", "modality/T1 MRI"),
        ("modality/MRI/T1 MRI", "modality/MRI/T1 MRI"),
        ("modality/MRI/T1 MRI", "MODALITY/mri/t1"),
        ("modality/CT", "modality/computed tomography"),
        ("modality/CT", "CT"),
        ("task/Disease Diagnosis", "task/DD"),
        ("department/'Oncology (Medical)'", "department/OM"),
        (
            "department/'Otolaryngology (ENT)/Head and Neck Surgery'",
            "Otolaryngology-ENT-Head-and-Neck-Surgery",
        ),
        ("benchmark/vqa-rad", "vqa-rad"),
        ("benchmark/vqa-rad,benchmark/slake", "vqa-rad,slake"),
        ("modality/CT,modality/MRI", "modality/CT,MR"),
        ("modality/CT,benchmark/slake", "modality/CT,slake"),
        ("modality/CT,task", "modality/CT,task"),
        ("modality/=MRI", "modality/=mri"),
        ("label/*nodule*", "label/*nodule*"),
        ("label/*nodule*", "*nodule*"),
        ("label/'odd (one)'/'x*'", "label/'x*'"),
        ("!(modality/CT,task/Disease Diagnosis) & benchmark/vqa-rad", "!(CT | task/DD) & vqa-rad"),
    ],
)
def test_names_are_found(expected: str, text: str, shipped: Lexicon) -> None:
    """A name is found at any depth in any spelling; its full path is printed and reads the same."""
    assert expected == named(text, shipped)
    assert expected == named(expected, shipped)


@pytest.mark.parametrize(
    ("said", "hinted", "text"),
    [
        ("axis 'modality' holds no 'DD'", "task/Disease Diagnosis", "modality/DD"),
        ("axis 'modality' holds no 'dermoscopi'", "modality/Dermoscopy", "modality/dermoscopi"),
        ("axis 'modality' holds no 'MRI' below 'CT'", "modality/MRI", "modality/CT/MRI"),
        ("holds no 'oncology medicine'", "department/Oncology-Medical", "modality/oncology medicine"),
        ("nothing in the tree is called 'modalty/CT'", "modality/CT", "modalty/CT"),
        ("nothing in the tree is called 'vqarad'", "benchmark/vqa-rad", "vqarad"),
        ("axis 'split' holds no 'qqqqqq'", "vqa-eval tree split", "split/qqqqqq"),
        ("nothing in the tree is called 'qqqqqq'", "The axes are benchmark", "qqqqqq"),
        ("'liver' means more than one node", "label/liver, organ/abdomen/liver", "liver"),
        ("'MR' means more than one node", "modality/MRI, task/Microorganism Recognition", "MR"),
        ("'high_grade dysplasia' means more", "label/high-grade dysplasia", "label/high_grade dysplasia"),
        ("'\\*lung\\*' means more than one node", "label/lung", "*lung*"),
        ("holds no '\\*qqqqqq\\*'", "vqa-eval tree label", "label/*qqqqqq*"),
    ],
)
def test_unknown_and_ambiguous(said: str, hinted: str, text: str, shipped: Lexicon) -> None:
    """A name that is unknown or means several nodes is an error whose hint shows full paths."""
    with pytest.raises(TreeError, match=said) as caught:
        named(text, shipped)
    assert hinted in caught.value.hint


@pytest.mark.parametrize(
    ("expected", "text", "nodes"),
    [
        (True, "", []),
        (True, "modality/MRI", [T1]),
        (True, "modality/MRI", [DD, MRI]),
        (False, "modality/=MRI", [T1]),
        (True, "modality/=MRI", [MRI]),
        (False, "modality/MRI", [CT]),
        (True, "modality", [CT]),
        (False, "modality", [("modality",), DD]),
        (True, "!modality", [DD]),
        (True, "modality/MRI & task/DD", [T1, DD]),
        (False, "modality/MRI & task/DD", [T1]),
        (True, "label/*nodule*", [("label", "lung nodule")]),
        (False, "label/'odd (one)'", [("label", "lung nodule")]),
        (True, "modality/MRI/T?*", [T1]),
        (False, "modality/MRI/T?", [("modality", "MRI", "T3")]),
    ],
)
def test_matches(expected: bool, text: str, nodes: list[Node], shipped: Lexicon) -> None:
    """A sample is taken if it hangs at or below what is named."""
    extra = [*BROUGHT, ("modality", "MRI", "T4")]
    assert expected is resolve(parse([text]), shipped, extra).matches(nodes)


def test_axes(shipped: Lexicon) -> None:
    """A selection tells which axes it names, negated ones too."""
    selection = resolve(parse(["CT & !split/test", "task/DD,OM"]), shipped, BROUGHT)
    assert {"modality", "split", "task", "department"} == selection.axes
    assert set() == resolve(Everything(), shipped).axes


@pytest.mark.parametrize(
    ("expected", "text", "values"),
    [
        (True, "", {}),
        (False, "modality/CT", {}),
        (True, "!modality/CT", {}),
        (True, "modality/CT", {"modality": None}),
        (True, "!modality/CT", {"modality": None}),
        (False, "modality/CT", {"modality": [T1]}),
        (True, "modality/MRI", {"modality": [T1]}),
        (False, "!modality/MRI", {"modality": [T1, MRI]}),
        (True, "!modality/MRI", {"modality": [T1, ("modality",)]}),
        (False, "modality", {"modality": []}),
        (True, "!modality", {"modality": []}),
        (False, "modality/CT & task/DD", {"modality": [CT], "task": []}),
        (True, "modality/CT & task/DD", {"modality": [CT], "task": None}),
        (True, "modality/CT,task/DD", {"task": None}),
        (False, "!(modality/CT,task/DD)", {"modality": [CT]}),
        (True, "!(modality/CT & task/DD)", {"modality": [CT], "task": None}),
    ],
)
def test_could_match(
    expected: bool, text: str, values: Mapping[str, Collection[Node] | None], shipped: Lexicon
) -> None:
    """A benchmark that is not at hand is ruled out only if it is certain that nothing of it is taken."""
    assert expected is resolve(parse([text]), shipped, BROUGHT).could_match(values)


def test_everything_cannot_be_left_out() -> None:
    """The negation of everything is an error; beside other parts everything says nothing."""
    with pytest.raises(TreeError, match="selects nothing"):
        resolve(Not(Everything()), SMALL)
    assert small("m/CT") == resolve(And((Everything(), parse(["m/CT"]))), SMALL)


@given(texts)
def test_printed_selection_reads_back_equal(text: str) -> None:
    """The text of a selection resolves to an equal selection with the same text."""
    selection = small(text)
    assert selection == small(str(selection))
    assert str(selection) == str(small(str(selection)))


@given(texts, texts, samples)
def test_de_morgan(a: str, b: str, nodes: list[Node]) -> None:
    """Not (a or b) takes what not a and not b takes, and the other way round."""
    assert small(f"!(({a}),({b}))").matches(nodes) is small(f"!({a}) & !({b})").matches(nodes)
    assert small(f"!(({a}) & ({b}))").matches(nodes) is small(f"!({a}),!({b})").matches(nodes)


@given(_paths, _paths)
def test_comma_is_or(a: str, b: str) -> None:
    """A comma and a bar say the same."""
    assert small(f"{a},{b}") == small(f"{a}|{b}")


@given(texts, texts, samples)
def test_several_texts_are_and(a: str, b: str, nodes: list[Node]) -> None:
    """Two texts take what both take."""
    both = resolve(parse([a, b]), SMALL, EXTRA)
    assert (small(a).matches(nodes) and small(b).matches(nodes)) is both.matches(nodes)


@given(st.sampled_from(NODES), samples)
def test_a_parent_takes_what_its_children_take(node: Node, nodes: list[Node]) -> None:
    """Whatever is taken under a node is taken under each node above it."""
    below = resolve(parse(["/".join(("'{}'".format(name.replace("'", "''"))) for name in node)]), SMALL, EXTRA)
    above = {2: below, 3: small(f"{node[0]}/'{node[1]}'") if "'" not in node[1] else small("d")}[len(node)]
    assert above.matches(nodes) or not below.matches(nodes)


@given(texts, samples.filter(bool))
def test_could_match_never_rules_out_a_match(text: str, nodes: list[Node]) -> None:
    """If a sample is taken, a benchmark made of that sample could match."""
    selection = small(text)
    by_axis = {node[0]: [other for other in nodes if other[0] == node[0]] for node in nodes}
    assert selection.could_match(by_axis) or not selection.matches(nodes)
    assert selection.could_match(dict.fromkeys("mtd"))


@given(st.one_of(st.text(), st.text("mtCT ,|&!()/*?'\"=", max_size=12)))
def test_any_text(text: str) -> None:
    """Any text gives a selection that reads back equal, or a `TreeError`, nothing else."""
    try:
        selection = small(text)
    except TreeError:
        return
    assert selection == small(str(selection))


_name = st.text(max_size=6)


@given(st.tuples(_name, _name), st.lists(st.tuples(_name, _name, _name), max_size=4))
def test_any_names_of_the_data(node: Node, others: list[Node]) -> None:
    """Whatever names data bring, a quoted path means its node and prints so that it reads back equal."""
    text = "/".join("'" + name.replace("'", "''") + "'" for name in node)
    extra = [node, *others]
    selection = resolve(parse([text]), SMALL, extra)
    assert selection.matches([node])
    assert selection == resolve(parse([str(selection)]), SMALL, extra)


def test_a_name_with_a_slash_needs_no_quotes() -> None:
    """Where no path fits, the whole text is tried as one name: ENT/HNS is the department's own abbreviation."""
    values = (ValueSpec("Ear, Nose/Throat", abbreviation="ENT/HNS"), ValueSpec("Ears"))
    lexicon = Lexicon([AxisSpec("department", "", values)])
    whole = str(resolve(parse(["department/'Ear, Nose/Throat'"]), lexicon))
    assert whole == str(resolve(parse(["ENT/HNS"]), lexicon)) == str(resolve(parse(["department/ENT/HNS"]), lexicon))
    with pytest.raises(TreeError, match="ENT"):
        resolve(parse(["ENT/XXX"]), lexicon)
