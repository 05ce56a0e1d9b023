"""What bounds a step: a machine's two limits, what is kept for the backward pass, and who says where time went."""

import itertools
import time

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import models
from utils.speed import bandwidth, choices, fastest, kept_for_backward, peak, seconds_by_kind
from utils.speed.kinds import kind_of
from utils.speed.library import read

CPU = torch.device("cpu")


@pytest.fixture
def clock(monkeypatch):
    """A round takes 4 seconds, the next 3, then 2, then again 4."""
    ticks = itertools.chain.from_iterable((0, took) for took in itertools.cycle((4, 3, 2)))
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))


def test_the_peak_is_that_of_the_faster_work_as_torch_counts_its_operations(clock):
    with FlopCounterMode(display=False) as counter:
        found = peak(CPU, side=24, rounds=2)
    counts = counter.get_flop_counts()["Global"]
    assert len(counts) == 2, "a product and a convolution"
    assert found == max(counts.values()) / 3 / 2, "three rounds, one of them to warm up; the fastest took 2 s"


def test_the_bandwidth_counts_each_byte_once_read_and_once_written(clock):
    with torch.profiler.profile(record_shapes=True) as profiler:
        found = bandwidth(CPU, 2**26, rounds=2)
    (added,) = [event for event in profiler.key_averages(group_by_input_shape=True) if event.key == "aten::add_"]
    moved = 2 * 4 * added.input_shapes[0][0] * added.count
    assert added.count == 3 and found == moved / 3 / 2
    assert bandwidth(CPU, 2**20, rounds=2) == found, "a small tensor is changed more often"


def test_the_round_that_warms_up_does_not_count():
    naps = iter((0.0, 0.05, 0.02))
    assert 0.02 <= fastest(lambda: time.sleep(next(naps)), CPU, rounds=2) < 0.05


def test_a_real_machine_has_limits_of_a_possible_size():
    assert 1e8 < peak(CPU, side=256, rounds=3) < 1e16 and 1e8 < bandwidth(CPU, 2**20, rounds=3) < 1e14


def test_kept_is_what_the_derivatives_by_hand_need():
    """A linear layer needs its input, a ReLU its output, which is the next layer's input; weights are there anyway."""
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    assert kept_for_backward(model, torch.zeros(5, 4)) == 4 * 5 * (4 + 3)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_kept_by_resnet_20_is_the_input_of_each_layer_with_weights(device):
    """Counted from the layers' shapes. Beside them only batch norm's means and the last ReLU's output are kept."""
    with torch.device(device):
        model = models.create("resnet20", in_channels=3, image_size=32)
        images = torch.zeros(8, 3, 32, 32)
    inputs = sum(torch.Size(cost.input_shape).numel() for cost in models.layer_costs(model, 3, 32) if cost.parameters)
    statistics = 2 * sum(layer.num_features for layer in model.modules() if isinstance(layer, nn.BatchNorm2d))
    assert kept_for_backward(model.train(), images) == 4 * (8 * (inputs + 64 * 8 * 8) + statistics)


def test_operations_are_known_by_the_profilers_names():
    names = {
        "aten::mkldnn_convolution": "convolution",
        "aten::convolution_backward": "convolution",
        "aten::native_batch_norm_backward": "batch norm",
        "aten::clamp_min": "ReLU",
        "aten::threshold_backward": "ReLU",
        "aten::add": "addition",
        "aten::add_": "the rest",
        "## Call CompiledFxGraph fufcdher5 ##": "fused",
    }
    assert {name: kind_of(name) for name in names} == names


def test_time_goes_where_the_work_is():
    layers = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    images = torch.randn(4, 8, 32, 32)
    seconds = seconds_by_kind(lambda: layers(images).sum().backward(), CPU)
    assert {kind for kind, spent in seconds.items() if spent} == {"convolution", "batch norm", "ReLU", "the rest"}
    added = seconds_by_kind(lambda: torch.ones(400, 400) + torch.ones(400, 400), CPU)
    assert added["addition"] > 0 == added["convolution"]


LOG = """onednn_verbose,v1,info,cpu,isa:Intel AVX2
onednn_verbose,v1,primitive,info,template:operation,engine,primitive,implementation
onednn_verbose,v1,primitive,exec,cpu,reorder,jit:blk,undef,src:f32,attr,,16x16x1x1,0.1
onednn_verbose,v1,primitive,exec,cpu,convolution,jit:avx2,forward,src:f32,,alg:convolution_direct,mb4_ic16_kh7,3.5
printed by the program
"""


def test_the_library_is_read_and_asked():
    assert read(LOG) == [("mb4_ic16_kh7", "jit:avx2")] and read("") == []
    if not torch.backends.mkldnn.is_available():
        pytest.skip("torch asks another library here")
    program = "import torch; torch.conv2d(torch.ones(1, 4, 9, 9), torch.ones(8, 4, 5, 5))"
    ((problem, _),) = choices(program)
    assert problem.startswith("mb1_ic4oc8_ih9oh5kh5")
