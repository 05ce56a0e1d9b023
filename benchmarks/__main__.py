"""``make bench``: measure side by side, print the tables, keep the numbers and their pictures in benchmarks/results."""

import argparse
import platform
import sys

import torch

from benchmarks import epoch, grading, growth, imports, loading, pictures, profile, target, widgets
from benchmarks.record import save
from benchmarks.side_by_side import Table
from benchmarks.targets import verdict
from utils import settings

PARTS = {
    part.__name__.removeprefix("benchmarks."): part
    for part in (imports, loading, epoch, growth, target, grading, widgets)
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds of each benchmark (default: 3)")
    parser.add_argument("--only", choices=PARTS, help="one part, which is printed and not kept")
    options = parser.parse_args()
    if options.rounds < 2:
        sys.exit("make bench: --rounds must be at least 2, as one time says nothing about the spread")
    device = settings.device()
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {threads} threads\n", flush=True)

    tables: list[Table] = []
    for name in [options.only] if options.only else PARTS:
        for table in PARTS[name].run(options.rounds):
            print(f"{table}\n", flush=True)
            if isinstance(table, Table):
                tables.append(table)
    print(verdict(tables, device))
    if not options.only:
        print(profile.run(device))
        path = save("bench", device, {"tables": {table.title: vars(table) for table in tables}})
        print("written:", ", ".join(file.name for file in [path, *pictures.draw(path)]))


if __name__ == "__main__":
    main()
