"""``python -m utils.train --model cnn --data fashion_mnist``: train a network of the course from the command line."""

import argparse
import copy
import math
import os
import sys
import textwrap
import time
from pathlib import Path
from typing import NoReturn

import torch

from utils import files, models, settings, transfer
from utils.data.named import DATA_SETS, set_aside
from utils.data.named import load_named as _load
from utils.data.transforms import crop_and_flip
from utils.training import DivergedError, distributed, evaluate, fit, one_cycle, print_epoch

DESCRIPTION = """\
Train a network of the course and measure it: with Adam and the one-cycle schedule, a tenth of the training
images set aside for validation, and the test images looked at once, at the end. Under torchrun it is the same
in several processes, such as one for each GPU. With --pretrained it begins with a trained network: a new last
layer is fitted to its features, then all layers are trained on; batch norm keeps its statistics. The test
then measures both, the last layer alone and what it was trained on to.
"""

EXAMPLES = """\
examples:
  python -m utils.train --model cnn --data fashion_mnist --epochs 3

  pictures of your own, in a folder for each class, from a network that comes trained with the course:
  python -m utils.train --pretrained --data my_pictures --checkpoint my_network.pt

  two cores:
  torchrun --nproc-per-node=2 -m utils.train --model resnet18 --data cifar10 --epochs 2

  every GPU of this machine, and of two machines through Slurm; the same command goes on where it was cut off:
  torchrun --nproc-per-node=gpu -m utils.train --model resnet18 --data cifar10 --checkpoint run.pt
  sbatch --nodes=2 utils/training/slurm.sh --model resnet18 --data cifar10 --checkpoint run.pt
"""


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that this terminal cannot show must not end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        if options.device == "cuda" and not torch.cuda.is_available():
            raise ValueError("--device cuda: torch finds no CUDA GPU here, so leave --device out")
        if options.learning_rate is not None and not 0 < options.learning_rate < math.inf:
            raise ValueError(f"--learning-rate: learning_rate={options.learning_rate} must be above zero and finite")
        for option in ("epochs", "batch_size"):  # here, before the data is read and a last layer fitted
            if getattr(options, option) < 1:
                raise ValueError(f"--{option.replace('_', '-')} {getattr(options, option)}: it must be at least 1")
        with distributed.process_group(options.device) as device, distributed.one_voice():
            _run(options, device)
    except (ValueError, OSError) as problem:
        _stop(2, str(problem))
    except DivergedError as problem:
        _stop(1, str(problem))
    except torch.OutOfMemoryError as problem:
        _stop(1, str(problem).replace("batch_size=", "--batch-size "))
    except KeyboardInterrupt:
        _stop(130, f"stopped.{_again(options.checkpoint)}")
    except RuntimeError as problem:
        if not distributed.is_lost_connection(problem):
            raise
        again = _again(options.checkpoint)
        _stop(1, f"process {distributed.rank()} has lost another process of this run.{again} ({problem})")


def _run(options: argparse.Namespace, device: torch.device) -> None:
    pretrained = _load_pretrained(options.pretrained) if options.pretrained else None
    train, test = _load(options.data, pretrained.image_size if pretrained else None)
    print(train.source)
    _, channels, height, width = train.images.shape
    if height != width:
        raise ValueError(f"--data: these images are {width}×{height} pixels, and the networks take squares: crop them")
    if pretrained:
        if channels != 3:
            raise ValueError("--pretrained: the trained networks take colour, and these images are grey")
        train, test = (transfer.as_expected(pretrained, part) for part in (train, test))
    train, validation = set_aside(train, 1 / 10, "validation", options.seed)
    settings.set_seed(options.seed)
    if pretrained:
        pretrained.model.to(device)
        print(f"fitting a new last layer to the features of {len(train):,} images", flush=True)
        model = transfer.start_from(pretrained, train)
        print(f"with a new last layer: validation {evaluate(model, validation)}")
        only_head = copy.deepcopy(model)
    else:
        model = models.create(
            options.model, num_classes=len(train.class_names), in_channels=channels, image_size=height
        )
    print(f"{options.pretrained or options.model}, {models.count_parameters(model):,} parameters")
    if options.checkpoint:
        begun = "going on from" if options.checkpoint.exists() else "every epoch is saved in"
        print(f"{begun} {options.checkpoint}; if it is cut off, run the same command again")
    learning_rate = options.learning_rate
    if learning_rate is None:
        learning_rate = 1e-4 if pretrained else 1e-3
    terminal = sys.stdout.isatty()
    history = fit(
        model,
        train,
        validation,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=learning_rate,
        schedule=one_cycle,
        augment=crop_and_flip if options.augment else None,
        seed=options.seed,
        device=device,
        precision=options.precision,
        compile=options.compile,
        checkpoint=options.checkpoint,
        progress=terminal,
        after_epoch=None if terminal else print_epoch,
    )
    print(history)
    sample = " on the bundled sample" if test.is_sample else ""
    if pretrained:
        print(f"test{sample}, the new last layer alone: {evaluate(only_head, test, precision=history.precision)}")
    print(f"test{sample}: {evaluate(model, test, precision=history.precision)}")


def _load_pretrained(name: str) -> models.Pretrained:
    try:
        return models.load_pretrained(name)
    except (ValueError, RuntimeError) as problem:  # there is none, or it cannot be had: the message says what to do
        raise ValueError(f"--pretrained {name}: {problem}") from problem


def _stop(code: int, message: str) -> NoReturn:
    """End with one line. torchrun ends all processes when the first has ended, so the others let number 0 speak."""
    if os.environ.get("RANK", "0") != "0":
        time.sleep(3)
    print(f"utils.train: {' '.join(message.split())}", file=sys.stderr, flush=True)
    sys.exit(code)


def _again(checkpoint: Path | None) -> str:
    """How to go on, if there is something to go on from."""
    saved = checkpoint and checkpoint.exists()
    return f" Run the same command again to go on from {checkpoint}." if saved else ""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _stop(2, f"{message} (--help shows what there is)")


def _parser() -> argparse.ArgumentParser:
    names = textwrap.fill(", ".join(models.names()), 100, initial_indent="  ", subsequent_indent="  ")
    parser = _Parser(
        prog="python -m utils.train",
        usage="%(prog)s (--model NAME | --pretrained [NAME]) --data NAME [options]",
        description=DESCRIPTION,
        epilog=f"models:\n{names}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    network = parser.add_mutually_exclusive_group(required=True)
    network.add_argument(
        "--model", choices=models.names(), metavar="NAME", help="a new network, one of the models below"
    )
    network.add_argument(
        "--pretrained",
        nargs="?",
        const="resnet20",
        metavar="NAME",
        help="a trained one: resnet20, which comes with the course (if no NAME is given), efficientnet_lite0, a "
        "package, or one that torchvision downloads, such as resnet18",
    )
    add(
        "--data",
        required=True,
        metavar="NAME",
        help=f"{', '.join(DATA_SETS)}, or a folder with CLASS/*.jpg (or .png), pictures of any size, or one with "
        "train/CLASS/*.png and test/CLASS/*.png (or .jpg), all images square and of one size (of any, with "
        "--pretrained)",
    )
    add("--epochs", type=int, default=10, metavar="N", help="how often each training image is seen (10)")
    add(
        "--batch-size",
        type=int,
        default=128,
        metavar="N",
        help="images per step, of all processes together (128)",
    )
    add(
        "--learning-rate",
        type=float,
        metavar="X",
        help="the highest of the schedule (0.001; 0.0001 with --pretrained, so that what it knows is not lost)",
    )
    add("--augment", action="store_true", help="shift and mirror training images at random")
    add("--seed", type=int, default=0, metavar="N", help="decides first weights, order and augmentation (0)")
    add(
        "--checkpoint",
        type=files.home_path,
        metavar="FILE",
        help="written after every epoch; if it is there, training goes on from it",
    )
    add("--device", choices=("cuda", "mps", "cpu"), help="what to compute on (the fastest there is)")
    add("--precision", choices=("bf16", "fp16", "fp32"), help="number format (the fastest on the device)")
    add("--compile", action="store_true", help="torch.compile: a slow start, then faster steps on a GPU")
    return parser


if __name__ == "__main__":
    main()
