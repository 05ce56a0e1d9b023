"""Every setting of every widget, fed with what it cannot take: the widget explains, keeps what it had, and lives."""

import math

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import utils.widgets

pytestmark = pytest.mark.slow  # a hundred settings, each with many wrong values

WIDGETS = list(utils.widgets.KINDS.values())
NEVER = [  # nothing a setting can be
    None,
    math.nan,
    math.inf,
    -math.inf,
    1e308,
    10**400,
    -(10**400),
    -1,
    "x" * 5000,
    b"bytes",
    object(),
    {},
    {"a": 1},
    [],
    [[]],
    [[[]]],
    [[1, 2], [3]],
    [[math.nan]],
    [["1"]],
    [[True]],
    [[None]],
    [1, 2, 3, 4, 5],
    (-1, -1),
    (1e9, 1e9),
    (10**9, 10**9),
    [[0] * 1000],
    [[1e300]],
    torch.zeros(0, 3),
    torch.zeros(1, 1, 3, 3),
    torch.full((2, 2), math.nan),
    numpy.zeros((2, 2), dtype=complex),
    1 + 2j,
    2.5,
]


@pytest.mark.parametrize(
    "widget, name",
    [(widget, name) for widget in WIDGETS for name in widget.settings()],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_a_setting_refuses_with_a_reason_and_keeps_what_it_had(widget, name):
    shown = widget()
    kept = getattr(shown, name)
    refused = 0
    for value in NEVER:
        setattr(shown, name, value)
        if shown.problem:
            refused += 1
            assert name in shown.problem, (value, shown.problem)
            assert len(shown.problem) > 30 and len(shown.problem) < 600
            assert getattr(shown, name) == kept
            assert shown.problem.splitlines()[0] in shown.describe()
        else:
            kept = getattr(shown, name)  # it is among what this setting may be
        shown.problem = ""
        assert shown.describe() and shown.static_html()
    assert refused >= len(NEVER) - 6


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_what_the_page_sends_is_checked_too(widget):
    shown = widget()
    before = {name: getattr(shown, name) for name in shown.settings()}
    shown.set_state({name: [[[None]]] for name in shown.settings()})
    assert {name: getattr(shown, name) for name in shown.settings()} == before
    assert shown.problem
    shown.set_state({"problem": ["not", "words"], "unheard_of": 1})
    assert shown.problem and isinstance(shown.problem, str)
    shown.set_state({"problem": ""})  # the learner has gone on
    assert not shown.problem and shown.describe()


ANYTHING = st.recursive(  # that JSON can say
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([0, 1, 2, 3]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["kind", "a"]), inner, max_size=2),
    max_leaves=9,
)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_whatever_the_page_sends_it_lives(widget, data):
    """Random values for several settings at once, each of which may fit or not."""
    shown = widget()
    names = data.draw(st.lists(st.sampled_from(shown.settings()), min_size=1, max_size=4, unique=True))
    shown.set_state({name: data.draw(ANYTHING) for name in names})
    assert shown.describe() and shown.static_html()
    for name in set(shown.settings()) - {"questions"}:  # given as Question, kept as the page gets them
        trait = shown.traits()[name]
        assert trait.check(getattr(shown, name)) is not None, "what it keeps is what it would take"


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_a_name_that_is_none_of_its_settings_is_an_error(widget):
    with pytest.raises(TypeError, match=r"has no setting 'strde': it has .*title"):
        widget(strde=2)


def test_the_reason_goes_away_with_the_next_good_value():
    stepper = utils.widgets.ConvolutionStepper(stride=0)
    assert stepper.stride == (1, 1)
    assert "stride=0 is too small: it must be at least 1" in stepper.problem
    stepper.stride = 2
    assert stepper.stride == (2, 2) and stepper.problem == ""


def test_every_widget_has_a_title():
    for widget in WIDGETS:
        assert len(widget().title) > 10
