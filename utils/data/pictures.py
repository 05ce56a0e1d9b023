"""One picture from its file: opened, turned upright, on a white ground, with 8 bits; and many as one tensor."""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from utils.data.files import DamagedFile

if TYPE_CHECKING:  # Pillow takes a moment to import
    from PIL import Image


def opened(path: Path, content: bytes) -> "Image.Image":
    """The picture in the bytes of the file ``path``, turned upright, and over white if it is transparent.

    Raises:
        DamagedFile: they are no PNG or JPEG that can be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():  # Pillow's: they name no file, and what can be read is read
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
            image.load()
            return over_white(ImageOps.exif_transpose(image))  # a phone notes how it was held, and turns no pixels
    except UnidentifiedImageError as error:  # its own words name a buffer, not the file
        raise DamagedFile(path, "cannot be read as an image: it is neither JPEG nor PNG") from error
    except Exception as error:  # each of Pillow's readers has errors of its own
        raise DamagedFile(path, f"cannot be read as an image ({error})") from error


def over_white(image: "Image.Image") -> "Image.Image":
    """A transparent picture as it looks on white paper; any other as it is.

    What colour stands under transparent pixels is chance, often black: a black shape on it would vanish.
    """
    from PIL import Image

    if not image.has_transparency_data:
        return image
    ground = Image.new("RGBA", image.size, "white")
    colours = eight_bits(image).convert("RGBA")
    if image.mode.startswith("I"):  # grey of 16 bits, in which one grey is transparent: `convert` does not see it
        colours.putalpha(Image.fromarray(np.uint8(255) * (np.asarray(image) != image.info["transparency"])))
    flat = Image.alpha_composite(ground, colours)
    flat = flat.convert("L" if is_grey(image) else "RGB")
    flat.info["over white"] = True
    return flat


def is_grey(image: "Image.Image") -> bool:
    return image.mode in ("1", "L", "LA", "La") or image.mode.startswith(("I", "F"))


def eight_bits(image: "Image.Image") -> "Image.Image":
    """Grey of 16 bits, 0 to 65535, becomes 0 to 255. ``convert`` alone cuts it off at 255, which makes it white."""
    return image.convert("I").point(lambda value: value / 257).convert("L") if image.mode.startswith("I") else image


def decoded(image: "Image.Image", channels: int) -> bytes:
    """The pixels of a picture, in rows of height × width × channels; 1 channel is grey, 3 are colour."""
    return eight_bits(image).convert("L" if channels == 1 else "RGB").tobytes()


def square(picture: "Image.Image", image_size: int) -> "Image.Image":
    """The middle of a picture as a colour square: turned upright, over white, cut to a square, scaled."""
    from PIL import Image, ImageOps

    flat = eight_bits(over_white(ImageOps.exif_transpose(picture))).convert("RGB")
    return ImageOps.fit(flat, (image_size, image_size), Image.Resampling.BICUBIC)


def mixed(images: list[tuple[int, str, bytes]], shape: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """(label, name, pixels) of many pictures as (N, C, H, W) and (N,).

    Their order depends on the files' names alone, with the classes mixed.
    """
    channels, height, width = shape
    images = sorted(images)
    pixels = torch.frombuffer(bytearray(b"".join(pixels for _, _, pixels in images)), dtype=torch.uint8)
    pixels = pixels.view(-1, height, width, channels).permute(0, 3, 1, 2)  # NHWC, as files hold them, to NCHW
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return pixels[order].contiguous(), torch.tensor([label for label, _, _ in images])[order]
