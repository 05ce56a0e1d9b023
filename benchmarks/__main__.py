"""``make bench``: run every benchmark and print its table. ``--rounds`` for more certainty or less time."""

import argparse
import platform

import torch

from benchmarks import epoch, grading, imports, widgets


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="counted rounds of each benchmark (default: 4)")
    rounds = parser.parse_args().rounds
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {threads} threads\n", flush=True)
    for benchmark in (imports, epoch, grading, widgets):
        print(benchmark.run(rounds) + "\n", flush=True)


if __name__ == "__main__":
    main()
