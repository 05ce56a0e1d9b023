"""``python -m utils.pretrain``: train the network that comes with the course, ``utils/models/weights``, anew."""

import argparse
import copy
import functools
from dataclasses import replace
from pathlib import Path

import torch

from utils import files, settings
from utils.data import neither_cats_nor_dogs
from utils.data.transforms import crop_and_flip
from utils.models import bundled
from utils.models.cifar_resnet import CifarResNet
from utils.training import evaluate, fit, one_cycle, print_epoch
from utils.training.finite import require_finite_weights

# Weight decay as in He et al. 2015; Nesterov's momentum and the high learning rate make a short run count.
sgd = functools.partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=5e-4)


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    # Users of the network need the same numbers, so they are not those of the data at hand.
    train, test = (replace(part, mean=bundled.MEAN, std=bundled.STD) for part in neither_cats_nor_dogs())
    print(train.source)
    settings.set_seed(options.seed)
    model = CifarResNet(n=3, num_classes=len(train.class_names), in_channels=3)
    # No label smoothing: it helps these eight classes and makes the features worse for others
    # (Kornblith et al. 2021, "Why do better loss functions lead to less transferable features?").
    # No validation part: nothing is chosen by it, so all images can be learnt from.
    history = fit(
        model,
        train,
        epochs=options.epochs,
        batch_size=128,
        learning_rate=0.2,
        optimizer=sgd,
        schedule=one_cycle,
        augment=crop_and_flip,
        seed=options.seed,
        checkpoint=options.checkpoint,
        progress=False,
        after_epoch=print_epoch,
    )
    print(history)
    model.half().float()  # the file keeps 16 bits of each number, half the size: measure what will be loaded
    require_finite_weights(model)  # 16 bits end at 65,504
    metrics = evaluate(model, test, precision="fp32")
    print(f"test: {metrics}")
    facts = {
        "command": f"python -m utils.pretrain --epochs {options.epochs} --seed {options.seed}",
        "data": train.source.partition(", from ")[0],
        "test_accuracy": f"{metrics.accuracy:.4f}",
        "class_names": ", ".join(train.class_names),
    }
    _save(model, options.out, facts)
    print(f"wrote {options.out}")


def _save(model: torch.nn.Module, path: Path, facts: dict[str, str]) -> None:
    """Write all parameters and buffers, in 16 bits, and what is to be known of them, as safetensors."""
    from safetensors.torch import save

    # In torch's usual layout, whatever this machine trained in.
    half = copy.deepcopy(model).half()
    state = {name: tensor.cpu().contiguous() for name, tensor in half.state_dict().items()}
    with files.written_whole(path) as file:
        file.write(save(state, metadata=facts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m utils.pretrain",
        description="Train a ResNet-20 on the eight classes of CIFAR-10 that are neither cat nor dog, measure it on "
        "their test images, and write its weights. A quarter of an hour on two cores, a minute on a GPU.",
    )
    parser.add_argument("--epochs", type=int, default=8, metavar="N", help="how often each image is seen (8)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides first weights and order (0)")
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="written after every epoch; if it is there, training goes on from it",
    )
    parser.add_argument(
        "--out",
        type=files.home_path,
        default=bundled.FILE,
        metavar="FILE",
        help=f"the weights ({bundled.FILE.name})",
    )
    return parser


if __name__ == "__main__":
    main()
