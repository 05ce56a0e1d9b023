"""One picture of every kind, made once: what holds for all of them is tested on all of them."""

import pytest
import torch
from figure_data import CLASSES, CROWD, DATA, WORDS, history

from utils import convolution, figures
from utils.figures import Picture


@pytest.fixture(scope="session")
def gallery() -> dict[str, Picture]:
    torch.manual_seed(0)
    grey, colour = torch.randint(0, 256, (16, 1, 28, 28)).byte(), torch.rand(5, 3, 12, 12)
    ascending = torch.arange(49).reshape(7, 7)
    edges = torch.tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    labels = torch.arange(1000) % 10
    answers = torch.where(torch.rand(1000) < 0.8, labels, torch.randint(0, 10, (1000,)))
    networks = {f"Network-{k}": (2.0**k, 60 + 3 * (k % 5)) for k in range(13)}
    seeds = [history([0.6, 0.7 + s / 50, 0.8], [0.6, 0.7, 0.75 + s / 50]) for s in range(3)]
    areas = {name: 140 if "vgg" in name else 20 for name in CROWD}
    work = {"x_label": "work", "y_label": "accuracy (%)", "log_x": True}
    crowded = {**work, "areas": areas, "area_label": "million parameters", **DATA}
    return {
        "training_curves": figures.training_curves({"MLP": seeds, "CNN": seeds[0]}, **WORDS),
        "unequal_runs": figures.training_curves({"one epoch": history([0.6], [0.5]), "three": seeds}, **WORDS),
        "one_epoch": figures.training_curves({"MLP": history([0.6], [])}, **WORDS),
        "lines": figures.lines([1, 10, 100], {"a": [[1, 2, 3], [2, 3, 5]]}, x_label="x", y_label="y", **DATA),
        "lines_beside": figures.lines(
            [1, 10], {name: [[2, 3], [3, 5]] for name in "abcd"}, x_label="x", y_label="y", log_x=True, **DATA
        ),
        "lines_log": figures.lines([50, 500], {"a": [1, 2]}, x_label="x", y_label="y", log_x=True, **DATA),
        "lines_reference": figures.lines(
            [1, 2], {"a": [1, 3]}, x_label="x", y_label="y", references={"guessing": 2.3}, **DATA
        ),
        "comparison_bars": figures.comparison_bars(
            {"MLP": [88, 88.5, 87.1], "a CNN of many layers": [91.2]},
            axis_label="test accuracy (%)",
            references={"MLP": 88.1},
            **DATA,
        ),
        "comparison_dots": figures.comparison_dots(
            {
                "MLP": {"as they are": [86.0, 86.2, 86.1], "shuffled": [86.1, 86.3, 86.2]},
                "a CNN of many layers": {"as they are": [87.5, 87.2, 87.9], "shuffled": [84.5]},
            },
            axis_label="test accuracy (%)",
            **DATA,
        ),
        "scatter": figures.scatter(networks, **work, **DATA),
        "scatter_areas": figures.scatter(
            networks,
            x_label="work",
            y_label="accuracy (%)",
            areas={name: work for name, (work, _) in networks.items()},
            area_label="parameters",
            **DATA,
        ),
        "scatter_crowd": figures.scatter(CROWD, **crowded),
        "scatter_families": figures.scatter(
            CROWD,
            families={
                "VGG": [name for name in CROWD if "vgg" in name],
                "the others": [name for name in CROWD if "vgg" not in name],
            },
            edge=True,
            **crowded,
        ),
        "confusion_matrix": figures.confusion_matrix(labels, answers, CLASSES, **DATA),
        "probabilities": figures.probabilities(
            grey[0], torch.tensor([0.91] + [0.01] * 9), CLASSES, true_class=0, **DATA
        ),
        "image_grid": figures.image_grid(grey, (CLASSES * 2)[:16], **DATA),
        "image_grid_colour": figures.image_grid(colour, **DATA),
        "image_grid_rows": figures.image_grid(
            colour, list("abcde"), rows=["automobile", "ship", "bird"], columns=2, **DATA
        ),
        "feature_maps": figures.feature_maps(torch.randn(8, 26, 26), image=colour[0], **DATA),
        "dropped_maps": figures.dropped_maps(
            colour[0],
            torch.rand(4, 12, 12),
            {"dropout": torch.rand(4, 12, 12) < 0.2, "Dropout2d": torch.eye(4)[1][:, None, None].expand(4, 12, 12) > 0},
            **DATA,
        ),
        "feature_maps_dead": figures.feature_maps(torch.zeros(2, 5, 5), **DATA),
        "number_grid": figures.number_grid(
            {"input": ascending[:4, :4], "a kernel with a name": edges, "output": torch.rand(2, 2)},
            operators=["⋆", "="],
            windows={"input": [(0, 0, 3, 3), (1, 1, 3, 3)], "output": [(0, 0, 1, 1), (1, 1, 1, 1)]},
            **WORDS,
        ),
        "convolution_step": figures.convolution_step(ascending, edges, 1, 0, stride=2, padding=1, **WORDS),
        "convolution_step_dilated": figures.convolution_step(
            ascending, torch.full((3, 3), 1 / 9), 0, 1, dilation=2, **WORDS
        ),
        "convolution_steps": figures.convolution_steps(
            ascending[:6, :6], edges, [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)], stride=2, padding=0, **WORDS
        ),
        "layer_matrix": figures.layer_matrix(convolution.layer_matrix(edges, (5, 5)), **WORDS),
        "layer_matrix_large": figures.layer_matrix(convolution.layer_matrix(torch.randn(3, 3), (7, 7)), **WORDS),
        "connections": figures.connections(**WORDS),
        "receptive_field_stack": figures.receptive_field_stack(**WORDS),
        "dilated_stacks": figures.dilated_stacks([[1, 2, 4], [2, 2, 2], [3]], **WORDS),
        "dilated_stacks_wide": figures.dilated_stacks([[6, 6]], **WORDS),
        "channel_blocks": figures.channel_blocks(4, 3, **WORDS),
        "channel_blocks_flat": figures.channel_blocks(1, 1, kernel_size=1, size=2, **WORDS),
        "paddings": figures.paddings(**WORDS),
        "paddings_wide": figures.paddings(7, kernel_size=3, **WORDS),
        "back_propagation": figures.back_propagation(
            [("x", 2), ("a", 6), ("b", 6), ("c", 3), ("L", 4)],
            [("·w", 3), ("ReLU", 1), ("·v", 0.5), ("(c − 5)²", -4)],
            {"w": (0, 3, 2), "v": (2, 0.5, 6)},
            **WORDS,
        ),
        "back_propagation_alone": figures.back_propagation([("x", -1.5), ("L", 2.25)], [("x²", -3)], {}, **WORDS),
        "channel_connections": figures.channel_connections(**WORDS),
        "normalisation_axes": figures.normalisation_axes(**WORDS),
        "bands": figures.bands(
            [0, 5, 10],
            {
                "loss": {"plain": [[1, 0.5, 0.2], [4, 3, 2]], "batch norm": [[1, 0.5, 0.2], [2, 1, 0.3]]},
                "distance of the gradients": {"plain": [[2] * 3, [9] * 3], "batch norm": [[1] * 3, [3] * 3]},
            },
            x_label="training step",
            log_y=True,
            **DATA,
        ),
        "fitted_curves": figures.fitted_curves(
            (torch.rand(9), torch.randn(9)),
            torch.linspace(0, 1, 20),
            {name: torch.randn(20) for name in ["neither", "weight decay", "dropout"]},
            torch.zeros(20),
            **DATA,
        ),
        "branching_blocks": figures.branching_blocks(
            {
                "plain": ("64 maps", [["3×3, 64", "3×3, 64"]], "ReLU"),
                "bottleneck": ("256 maps", [["1×1, 64", "3×3, 64", "1×1, 256"], []], "add, ReLU"),
                "Inception": (
                    "192 maps",
                    [["1×1, 64"], ["3×3, 128"], ["5×5, 32"], ["3×3\nmax pool"]],
                    "concatenate",
                ),
            },
            **WORDS,
        ),
        "heat_maps": figures.heat_maps(
            torch.rand(7, 3, 32, 32), torch.randn(7, 8, 8), [f"cat, said dog {k}" for k in range(7)], **DATA
        ),
        "heat_maps_one": figures.heat_maps(grey[:1], torch.rand(1, 3, 3), ["boot"], **DATA),
        "effective_fields": figures.effective_fields(
            {name: torch.rand(32, 32) for name in ["before training", "after training"]},
            torch.ones(32, 32).bool(),
            **DATA,
        ),
        "costs": figures.costs(
            [1, 3, 5, 7, 9, 11, 15],
            {
                "million multiply-adds": {
                    "direct": [4.0 * k for k in range(1, 8)],
                    "Winograd": [None, 5, *[None] * 5],
                },
                "milliseconds": {
                    "direct": [2.0**k for k in range(7)],
                    "torch's conv2d": [k + 0.5 for k in range(7)],
                },
            },
            x_label="kernel size",
            **DATA,
        ),
        "times": figures.times({"a": [0.031, 0.03, 0.032, 0.1], "images in device memory": [0.012, 0.0121]}, **DATA),
        "times_cut": figures.times(
            {"a": [0.001, 0.002], "bf16, imitated": [1.8, 1.9, 2.1], "compiled": [0.001, 0.0012]}, **DATA
        ),
        "roofline": figures.roofline(
            {
                "convolution": {"A": (36.0, 1.2e11), "B": (71.0, 1.4e11)},
                "batch norm": {"C": (0.25, 9e9), "a long name, in 16 bits": (0.25, 5e9)},
            },
            peak=1.87e11,
            bandwidth=4.6e10,
            **DATA,
        ),
        "pooling": figures.pooling(torch.randint(0, 10, (6, 6)), 3, 2, **WORDS),
    }
