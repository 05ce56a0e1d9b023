"""The idx format of MNIST and Fashion-MNIST: a short header, then the numbers as they are.

    2 bytes zero | 1 byte: type of the numbers, 8 = uint8 | 1 byte: number of axes
    4 bytes for each axis: its length, most significant byte first
    the numbers, last axis fastest

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998).
"""

import gzip
import math
import zlib
from pathlib import Path

import torch
from torch import Tensor

from utils.data.files import DamagedFile, looks_like_html


def unpack(path: Path) -> bytes:
    """The content of an idx file, plain or ``.gz``.

    Raises:
        DamagedFile: a ``.gz`` that is truncated, altered, or something else.
    """
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise DamagedFile(path, looks_like_html(content) or f"cannot be unpacked ({error})") from error


def parse(content: bytes, path: Path) -> Tensor:
    """The numbers in an idx file, uint8, in the shape its header gives: (N, H, W) or (N,).

    Raises:
        DamagedFile: the header is not that of an idx file of bytes, or the length does not fit it.
    """
    axes = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    header = 4 + 4 * axes
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4)]
    if not axes or len(content) != header + math.prod(shape):
        raise DamagedFile(path, "is not a whole idx file")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=header).reshape(shape)
