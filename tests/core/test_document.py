"""What a person makes of a project: edits leave the old document alone, and nothing typed is ever lost."""

import json
import math

import pytest

from readout.errors import ReadoutError
from readout.layout.layout import Layout, Readout
from readout.project.document import Document, source_of

BOX = (1.0, 2.0, 3.0, 4.0)


def readout(format_="##.##", name="top"):
    return Readout(name, format_, (BOX,) * format_.count("#"))


LAYOUT = Layout((40, 24), (readout(), readout("#", "bottom")))
RULES = (
    {"kind": "range", "readout": "top", "min": 0, "max": 100.5},
    {"kind": "rising", "readout": "bottom"},
    {"kind": "linked", "terms": {"top": 1, "bottom": -1}, "equals": 10},
)


def full():
    document = (
        Document(LAYOUT)
        .with_label("a.png", "top", "79.05")
        .with_label("b.png", "top", None)
        .with_label("a.png", "bottom", "3")
    )
    return document.relabel("training/3/7.png", "1").relabel(source_of("a.png", "top", 2), None).with_rules(RULES)


# Typing


def test_a_typed_text_labels_every_box():
    document = full()
    assert document.typed == {("a.png", "top"): "79.05", ("b.png", "top"): None, ("a.png", "bottom"): "3"}
    assert document.labels("a.png", "top") == ["7", "9", "0", "5"]
    assert document.labels("b.png", "top") is None
    assert document.labels("c.png", "top") is None


@pytest.mark.parametrize("layout", [None, LAYOUT])
def test_a_readout_that_is_not_there_cannot_be_typed(layout):
    with pytest.raises(ReadoutError, match="the layout has the readouts .*, got 'middle': add it"):
        Document(layout).with_label("a.png", "middle", "1")


def test_another_text_takes_back_corrections_of_its_boxes_and_the_same_text_does_not():
    document, stale = full(), source_of("a.png", "top", 2)
    assert document.with_label("a.png", "top", "79.05") == document
    assert document.with_label("a.png", "top", "79.15").examples == {"training/3/7.png": "1"}
    assert document.with_label("b.png", "top", "79.15").examples[stale] is None


def test_untyping_forgets_one_text():
    document = full().without_label("a.png", "top")
    assert ("a.png", "top") not in document.typed
    assert len(document.typed) == 2
    assert document.without_label("a.png", "top") == document


def test_examples_are_relabelled_and_deleted():
    document = full()
    assert document.examples == {"training/3/7.png": "1", source_of("a.png", "top", 2): None}
    for label in ("", " ", 7):
        with pytest.raises(ReadoutError, match="a label is a text, got"):
            document.relabel("training/3/7.png", label)


# Layouts


def with_top(format_):
    return Layout((40, 24), (readout(format_), LAYOUT.readouts[1]))


MISFITS = {
    "another number of boxes": lambda document: document.with_layout(with_top("##.#")),
    "the point elsewhere": lambda document: document.with_layout(with_top("#.###")),
    "removed": lambda document: document.with_layout(Layout((40, 24), LAYOUT.readouts[1:])),
    "another layout": lambda document: document.with_layout(Layout((80, 24), (readout("#", "bottom"),))),
    "no layout": lambda document: document.with_layout(None),
}


@pytest.mark.parametrize("change", MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_a_new_layout_is_set_aside_and_comes_back(change):
    before = full()
    changed = change(before)
    assert changed.typed == before.typed
    assert changed.labels("a.png", "top") is None
    assert changed.with_layout(LAYOUT) == before


def test_rules_about_a_readout_that_is_gone_are_set_aside():
    changed = full().with_layout(Layout((40, 24), LAYOUT.readouts[1:]))
    assert changed.rules == full().rules
    assert changed.live_rules == [RULES[1]]
    assert Document(rules=RULES).live_rules == []


def renamed(document, new):
    return document.renamed(document.layout.readouts[0].name, new)


def renamed_by_hand(document, new):
    readouts = (Readout(new, "##.##", (BOX,) * 4), document.layout.readouts[1])
    return document.with_layout(Layout(document.layout.frame_size, readouts))


@pytest.mark.parametrize("rename", [renamed, renamed_by_hand])
def test_a_new_name_takes_everything_along(rename):
    document = rename(full(), "scale")
    assert [each.name for each in document.layout.readouts] == ["scale", "bottom"]
    assert document.typed == {("a.png", "scale"): "79.05", ("b.png", "scale"): None, ("a.png", "bottom"): "3"}
    assert document.labels("a.png", "scale") == ["7", "9", "0", "5"]
    assert document.examples == {"training/3/7.png": "1", "a.png scale 2": None}
    assert document.rules == (
        {"kind": "range", "readout": "scale", "min": 0, "max": 100.5},
        {"kind": "rising", "readout": "bottom"},
        {"kind": "linked", "terms": {"scale": 1, "bottom": -1}, "equals": 10},
    )
    assert rename(document, "top") == full()


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ReadoutError, match="different names"):
        full().renamed("top", "bottom")


def test_moved_boxes_under_a_new_name_are_another_readout():
    moved = Readout("scale", "##.##", ((2.0, 2.0, 3.0, 4.0),) * 4)
    document = full().with_layout(Layout((40, 24), (moved, readout("#", "bottom"))))
    assert document.typed == full().typed


def test_readouts_that_swap_names_keep_what_was_typed_under_each_name():
    two = Layout((40, 24), (readout("#", "left"), readout("#", "right")))
    swapped = Layout((40, 24), (readout("#", "right"), readout("#", "left")))
    assert Document(two).with_label("a.png", "left", "1").with_layout(swapped).typed == {("a.png", "left"): "1"}


def test_frames_that_are_gone_take_along_what_was_typed_for_them():
    assert full().only_frames(["b.png", "c.png"]).typed == {("b.png", "top"): None}


# Keeping


def test_edits_leave_the_document_before_them_alone():
    before, copy = full(), full()
    edits = [
        before.with_label("a.png", "top", "11.11"),
        before.without_label("a.png", "top"),
        before.relabel("x", "1"),
        before.with_rules([]),
        before.renamed("top", "scale"),
        before.with_layout(None),
        before.only_frames([]),
    ]
    assert all(edit != before for edit in edits)
    assert before == copy
    with pytest.raises(TypeError):
        before.typed["a.png", "top"] = "0"


def test_rules_are_copies():
    entry = {"kind": "linked", "terms": {"top": 1}}
    document = Document(LAYOUT).with_rules([entry])
    entry["terms"]["top"] = 5
    assert document.rules == ({"kind": "linked", "terms": {"top": 1}},)


WRONG_RULES = [
    # rule, what the message says
    ({"readout": "top"}, "rule 0 has the field 'kind', got 'readout': add it"),
    ({"kind": 1}, "'kind' of rule 0 is a text, got 1"),
    ("rising", "rule 0 is an object, got 'rising'"),
    ({"kind": "range", "max": math.nan}, "rule 0 is JSON with finite numbers"),
    ({"kind": "range", "max": {1, 2}}, "rule 0 is JSON with finite numbers"),
]


@pytest.mark.parametrize(("rule", "message"), WRONG_RULES)
def test_what_is_no_rule_is_refused(rule, message):
    with pytest.raises(ReadoutError, match=message):
        Document(LAYOUT).with_rules([rule])


DOCUMENTS = {
    "empty": Document(),
    "a layout": Document(LAYOUT),
    "full": full(),
    "set aside": full().with_layout(None),
    "odd names": Document(Layout((9, 9), (Readout("Höhe\n", "#", (BOX,)),)))
    .with_label('"\udcff .png', "Höhe\n", "é")
    .relabel("", "blank"),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_survives_the_round_trip(document):
    text = document.to_json()
    assert Document.from_json(text) == document
    assert Document.from_json(text).to_json() == text


def test_equal_documents_give_equal_text():
    one = (
        Document(LAYOUT)
        .with_label("a.png", "top", "11.11")
        .with_label("b.png", "top", "22.22")
        .relabel("x", "1")
        .relabel("y", "2")
    )
    two = (
        Document(LAYOUT)
        .with_label("b.png", "top", "22.22")
        .with_label("a.png", "top", "11.11")
        .relabel("y", "2")
        .relabel("x", "1")
    )
    assert one == two
    assert one.to_json() == two.to_json()


def spoiled(**changes):
    return json.dumps({**json.loads(full().to_json()), **changes})


NO_DOCUMENT = {
    # what: text, what the message says
    "nothing": ("", "a document is JSON, got something that is not"),
    "NaN": ('{"layout": NaN}', "a document is JSON, got something that is not .NaN is no JSON number"),
    "deep": ("[" * 100_000, "a document is JSON"),
    "a list": ("[]", "a document is an object, got list"),
    "no fields": ("{}", "a document has the field 'typed', got none: add it"),
    "a wrong layout": (spoiled(layout=[]), "the layout is an object, got list"),
    "typed as an object": (spoiled(typed={}), "'typed' of a document is a list, got dict"),
    "typed without a text": (
        spoiled(typed=[["a", "b"]]),
        "entry 0 of 'typed' is a frame, a readout and a text, got 2 values",
    ),
    "typed as a number": (spoiled(typed=[["a", "b", 79.05]]), "the text of entry 0 of 'typed' is a text, got 79.05"),
    "typed for a number": (spoiled(typed=[[1, "b", None]]), "the frame of entry 0 of 'typed' is a text, got 1"),
    "typed twice": (spoiled(typed=[["a", "b", None]] * 2), "typed once, got entry 1 of 'typed' for 'a' again"),
    "examples as a list": (spoiled(examples=[]), "'examples' of a document is an object, got list"),
    "a label of true": (spoiled(examples={"a": True}), "the label of example 'a' is a text, got True"),
    "rules as an object": (spoiled(rules={}), "'rules' of a document is a list, got dict"),
    "a rule without a kind": (spoiled(rules=[{}]), "rule 0 has the field 'kind'"),
}


@pytest.mark.parametrize(("text", "message"), NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_text_that_is_no_document_is_refused(text, message):
    with pytest.raises(ReadoutError, match=message):
        Document.from_json(text)
