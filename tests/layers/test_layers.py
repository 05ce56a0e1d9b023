"""The layers of utils.layers against torch.nn, against their formulas, and against each other."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from utils import layers

N, C, H, W = 3, 6, 5, 4


def maps(seed: int = 0) -> Tensor:
    """(N, C, H, W) whose channels and images differ in mean and spread."""
    generator = torch.Generator().manual_seed(seed)
    scale = torch.rand(N, C, 1, 1, generator=generator) * 3 + 0.1
    return scale * torch.randn(N, C, H, W, generator=generator) + 5 * scale - 4


def pairs(affine: bool) -> dict[str, tuple[nn.Module, nn.Module]]:
    """Our layer beside torch's."""
    return {
        "batch": (layers.BatchNorm2d(C, affine=affine), nn.BatchNorm2d(C, affine=affine)),
        "layer": (
            layers.LayerNorm((C, H, W), affine=affine),
            nn.LayerNorm((C, H, W), elementwise_affine=affine),
        ),
        "layer over W": (layers.LayerNorm((W,), affine=affine), nn.LayerNorm(W, elementwise_affine=affine)),
        "instance": (layers.InstanceNorm2d(C, affine=affine), nn.InstanceNorm2d(C, affine=affine)),
        "group": (layers.GroupNorm(2, C, affine=affine), nn.GroupNorm(2, C, affine=affine)),
    }


def share_random_weights(ours: nn.Module, theirs: nn.Module) -> None:
    for mine, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        their.data = torch.randn_like(their)
        mine.data = their.data.clone()


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", pairs(True))
def test_normalisation_equals_torchs(name, mode, affine):
    torch.manual_seed(0)
    ours, theirs = (layer.double() for layer in pairs(affine)[name])  # in single precision, rounding would show
    share_random_weights(ours, theirs)
    for step in range(3):  # running statistics move
        x = maps(step).double()
        assert_close(ours.train()(x), theirs.train()(x))
    x, their_x = maps(9).double().requires_grad_(), maps(9).double().requires_grad_()
    y, their_y = ours.train(mode)(x), theirs.train(mode)(their_x)
    assert_close(y, their_y)
    weights = torch.randn_like(y)  # a plain sum would have no gradient: what is normalised sums to nothing
    (y * weights).sum().backward()
    (their_y * weights).sum().backward()
    assert_close(x.grad, their_x.grad)
    for mine, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_close(mine.grad, their.grad)


def test_eps_and_momentum_mean_what_they_mean_in_torch():
    ours, theirs = layers.BatchNorm2d(C, eps=0.5, momentum=0.7), nn.BatchNorm2d(C, eps=0.5, momentum=0.7)
    assert_close(ours(maps()), theirs(maps()))
    assert_close(ours.running_mean, theirs.running_mean)
    assert_close(ours.running_var, theirs.running_var)
    assert_close(ours.eval()(maps()), theirs.eval()(maps()))
    for mine, their in [
        (layers.LayerNorm((W,), eps=0.5), nn.LayerNorm(W, eps=0.5)),
        (layers.InstanceNorm2d(C, eps=0.5), nn.InstanceNorm2d(C, eps=0.5)),
        (layers.GroupNorm(3, C, eps=0.5), nn.GroupNorm(3, C, eps=0.5)),
    ]:
        assert_close(mine(maps()), their(maps()))


def test_running_statistics_are_saved_and_not_trained():
    layer = layers.BatchNorm2d(192)
    assert layer.weight.shape == (192,)
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var"]
    assert len(list(layer.parameters())) == 2


def test_eval_mode_of_batch_norm_treats_each_image_alone():
    layer = layers.BatchNorm2d(C)
    layer(maps())
    alone = layer.eval()(maps()[:1])
    assert_close(layer(maps())[:1], alone)


def test_group_norm_has_layer_and_instance_norm_as_its_ends():
    assert_close(layers.GroupNorm(1, C)(maps()), layers.LayerNorm((C, H, W))(maps()))
    assert_close(layers.GroupNorm(C, C)(maps()), layers.InstanceNorm2d(C)(maps()))


@pytest.mark.parametrize(
    "layer",
    [layers.BatchNorm2d(4), layers.InstanceNorm2d(4), layers.GroupNorm(2, 4), layers.SwitchableNorm2d(4)],
)
def test_a_wrong_number_of_channels_is_refused(layer):
    with pytest.raises(ValueError, match=r"must be \(N, 4, H, W\), not \(3, 6, 5, 4\)"):
        layer(maps())
    with pytest.raises(ValueError, match=r"must be \(N, 4, H, W\), not \(2, 4\)"):
        layer(torch.zeros(2, 4))


def test_other_impossible_inputs_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 6, 5, 4\) must end in normalized_shape=\(6, 5, 5\)"):
        layers.LayerNorm((6, 5, 5))(maps())
    with pytest.raises(ValueError, match="num_groups=4 does not divide num_channels=6"):
        layers.GroupNorm(4, 6)
    with pytest.raises(ValueError, match="num_groups=0"):
        layers.GroupNorm(0, 6)
    with pytest.raises(ValueError, match="more than one value per channel"):
        layers.BatchNorm2d(2)(torch.zeros(1, 2, 1, 1))
    with pytest.raises(ValueError, match="1×1 maps leaves only zeros"):
        layers.InstanceNorm2d(2)(torch.zeros(5, 2, 1, 1))


# Switchable normalisation


def choose(layer: layers.SwitchableNorm2d, mean: str, variance: str) -> None:
    """Give one kind of statistics all the weight."""
    kinds = ["instance", "layer", "batch"]
    layer.mean_weight.data = torch.tensor([100.0 if kind == mean else 0.0 for kind in kinds])
    layer.var_weight.data = torch.tensor([100.0 if kind == variance else 0.0 for kind in kinds])


@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(
    "kind, alone",
    [("instance", nn.InstanceNorm2d(C)), ("layer", nn.GroupNorm(1, C)), ("batch", nn.BatchNorm2d(C))],
)
def test_switchable_norm_can_be_each_of_the_three(kind, alone, mode):
    layer, alone = layers.SwitchableNorm2d(C), copy.deepcopy(alone)
    choose(layer, kind, kind)
    for step in range(3):
        assert_close(layer.train()(maps(step)), alone.train()(maps(step)))
    assert_close(layer.train(mode)(maps(9)), alone.train(mode)(maps(9)))


@pytest.mark.parametrize("mode", [True, False], ids=["train", "eval"])
def test_switchable_norm_is_the_formula_of_the_paper(mode):
    """Every value by itself, in plain python loops."""
    torch.manual_seed(0)
    layer = layers.SwitchableNorm2d(C)
    layer(maps(1))
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    running_mean, running_var = layer.running_mean.clone(), layer.running_var.clone()
    x = maps()
    y = layer.train(mode)(x)

    w, w_var = layer.mean_weight.exp(), layer.var_weight.exp()
    w, w_var = w / w.sum(), w_var / w_var.sum()
    for n in range(N):
        for c in range(C):
            statistics = [x[n, c], x[n], x[:, c]]
            means = [values.mean() for values in statistics]
            variances = [values.var(unbiased=False) for values in statistics]
            if not mode:
                means[2], variances[2] = running_mean[c], running_var[c]
            mean = sum(w[k] * means[k] for k in range(3))
            variance = sum(w_var[k] * variances[k] for k in range(3))
            expected = (x[n, c] - mean) / (variance + 1e-5) ** 0.5 * layer.weight[c] + layer.bias[c]
            assert_close(y[n, c], expected)


def test_switchable_norm_starts_with_equal_parts_and_learns_the_mixture():
    layer = layers.SwitchableNorm2d(C)
    assert_close(layer.mean_weight.softmax(0), torch.full((3,), 1 / 3))
    (layer(maps()) * torch.randn(N, C, H, W)).sum().backward()
    assert (layer.mean_weight.grad != 0).all() and (layer.var_weight.grad != 0).all()


def test_switchable_norm_changes_its_running_statistics_in_train_mode_only():
    layer = layers.SwitchableNorm2d(C)
    layer.eval()(maps())
    assert_close(layer.running_mean, torch.zeros(C))
    layer.train()(maps())
    reference = nn.BatchNorm2d(C)
    reference(maps())
    assert_close(layer.running_mean, reference.running_mean)
    assert_close(layer.running_var, reference.running_var)


# Weight normalisation


@pytest.mark.parametrize(
    "make, x",
    [
        (lambda: nn.Conv2d(C, 4, kernel_size=3), maps()),
        (lambda: nn.Linear(W, 7), maps()),
    ],
)
def test_weight_norm_equals_torchs(make, x):
    torch.manual_seed(0)
    plain = make()
    ours = layers.weight_norm(copy.deepcopy(plain))
    theirs = nn.utils.parametrizations.weight_norm(copy.deepcopy(plain))
    assert_close(ours(x), plain(x))  # nothing changes until something is learnt
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for mine, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        their.data = torch.randn_like(their)
        mine.data = their.data.clone()
    assert_close(ours(x), theirs(x))
    ours(x).square().sum().backward()
    theirs(x).square().sum().backward()
    for mine, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_close(mine.grad, their.grad)


def test_weight_norm_keeps_the_length_it_is_told():
    """Whatever happens to v, each output channel's weight has the length g."""
    layer = layers.weight_norm(nn.Conv2d(3, 5, kernel_size=2))
    v = layer.parametrizations.weight.original1
    length = layer.parametrizations.weight.original0.flatten()
    v.data *= 17
    assert_close(layer.weight.flatten(1).norm(dim=1), length)


def test_weight_norm_refuses_layers_without_weight():
    with pytest.raises(ValueError, match="ReLU has no weight to normalise"):
        layers.weight_norm(nn.ReLU())


# Dropout2d


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.9])
def test_dropout2d_equals_torchs_given_the_same_random_numbers(p):
    torch.manual_seed(1)
    ours = layers.Dropout2d(p)(maps())
    torch.manual_seed(1)
    assert_close(ours, nn.Dropout2d(p)(maps()))


def test_dropout2d_drops_whole_channels_and_keeps_the_mean():
    torch.manual_seed(0)
    y = layers.Dropout2d(0.25)(torch.ones(100, 100, 2, 2))
    channels = y.flatten(2)
    assert (channels == channels[..., :1]).all()  # all pixels of a channel share its fate
    assert_close(y.unique(), torch.tensor([0, 4 / 3]))
    assert (channels[..., 0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert y.mean().item() == pytest.approx(1, abs=0.02)


def test_dropout2d_does_nothing_in_eval_mode():
    assert torch.equal(layers.Dropout2d(0.5).eval()(maps()), maps())


def test_dropout2d_refuses_impossible_settings():
    for p in [-0.1, 1.0, 1.5]:
        with pytest.raises(ValueError, match=f"p={p} must be a probability"):
            layers.Dropout2d(p)
    with pytest.raises(ValueError, match=r"must be \(N, C, H, W\), not \(2, 3\)"):
        layers.Dropout2d()(torch.zeros(2, 3))


# The layer that does not share its weights


def test_locally_connected_with_the_same_weights_everywhere_is_a_convolution():
    torch.manual_seed(0)
    local, convolution = layers.LocallyConnected2d(C, 4, H, kernel_size=3), nn.Conv2d(C, 4, 3, padding=1)
    kernels = convolution.weight.detach().permute(2, 3, 1, 0).reshape(9 * C, 4)  # as the layer reads a neighbourhood
    local.weight.data = kernels.expand_as(local.weight).clone()
    local.bias.data = convolution.bias.detach().expand_as(local.bias).clone()
    x = torch.randn(N, C, H, H)
    assert_close(local(x), convolution(x))


def test_locally_connected_weights_belong_to_one_place():
    torch.manual_seed(0)
    local, x = layers.LocallyConnected2d(2, 3, size=6, kernel_size=5), torch.randn(1, 2, 6, 6)
    before = local(x)
    local.weight.data[4, 1] += 1
    changed = (local(x) != before).any(dim=1)[0].nonzero().tolist()
    assert changed == [[4, 1]]


def test_locally_connected_sees_its_neighbourhood():
    x = torch.randn(1, 2, 6, 6, requires_grad=True)
    layers.LocallyConnected2d(2, 3, size=6)(x)[0, :, 4, 1].sum().backward()
    rows, columns = (x.grad[0].abs().sum(0) > 0).nonzero(as_tuple=True)
    assert (set(rows.tolist()), set(columns.tolist()), len(rows)) == ({3, 4, 5}, {0, 1, 2}, 9)


def test_locally_connected_counts_its_weights_and_draws_them_as_a_convolution_does():
    torch.manual_seed(0)
    local = layers.LocallyConnected2d(16, 32, size=14)
    assert sum(p.numel() for p in local.parameters()) == 14 * 14 * (9 * 16 + 1) * 32
    for p in local.parameters():
        assert p.abs().max().item() == pytest.approx(1 / 12, rel=1e-2)  # 1/√(9 · 16)


# The depthwise-separable block


def test_depthwise_separable_shapes_and_weights():
    block = layers.DepthwiseSeparable(C, 10, stride=2)
    assert block(maps()).shape == (N, 10, 3, 2)
    weights = [p.numel() for p in block.parameters() if p.ndim == 4]
    assert weights == [9 * C, C * 10]
    # Howard et al. 2017, Table 1: 512 → 512 maps; the paper's equation: 1/out + 1/9 of a full convolution
    wide = layers.DepthwiseSeparable(512, 512)
    share = sum(p.numel() for p in wide.parameters() if p.ndim == 4) / (9 * 512 * 512)
    assert share == pytest.approx(1 / 512 + 1 / 9)


def test_depthwise_separable_is_one_convolution_with_a_product_kernel():
    """Where batch norm and ReLU change nothing: kernel[o, i] = pointwise[o, i] · depthwise[i]."""
    torch.manual_seed(0)
    block = layers.DepthwiseSeparable(C, 10).eval()
    depthwise, pointwise = block[0].weight, block[3].weight
    depthwise.data, pointwise.data = depthwise.abs(), pointwise.abs()
    x = maps().abs()
    kernel = pointwise * depthwise.reshape(1, C, 3, 3)  # (10, C, 1, 1) · (1, C, 3, 3) -> (10, C, 3, 3)
    expected = nn.functional.conv2d(x, kernel, padding=1) / (1 + 1e-5)  # √(1 + eps), twice
    assert_close(block(x), expected)


def test_depthwise_separable_normalises_and_cuts_off_after_both_steps():
    kinds = [type(layer) for layer in layers.DepthwiseSeparable(2, 3)]
    assert kinds == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU] * 2
