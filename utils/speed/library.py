"""Which algorithm the processor's library, oneDNN, takes for each convolution: it says so itself, if it is asked."""

import os
import subprocess
import sys


def choices(program: str, **environment: str) -> list[tuple[str, str]]:
    """Run a Python program, and return for each convolution its problem and what the library computed it with.

    Args:
        program: its text. It runs in a process of its own, as the library reads its environment when it starts.
        environment: further variables, such as ``ONEDNN_MAX_CPU_ISA="AVX2"`` for a processor that has less.

    Returns:
        such as ("mb4_ic16oc16_ih64oh64kh3…", "jit:avx512_core"), in their order; none where torch asks another library.

    Raises:
        subprocess.CalledProcessError: the program failed.
    """
    asked = os.environ | {"ONEDNN_VERBOSE": "1"} | environment
    done = subprocess.run(
        [sys.executable, "-c", program], env=asked, capture_output=True, text=True, check=True, timeout=120
    )
    return read(done.stdout)


def read(log: str) -> list[tuple[str, str]]:
    """What is to be known of the convolutions in a log of oneDNN, version 3."""
    rows = [line.split(",") for line in log.splitlines() if line.startswith("onednn_verbose,")]
    # onednn_verbose,v1,primitive,exec,cpu,convolution,IMPLEMENTATION,…,alg:…,PROBLEM,MILLISECONDS
    return [(row[-2], row[6]) for row in rows if row[3:4] == ["exec"] and row[5] == "convolution"]
