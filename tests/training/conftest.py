"""A folder of images per class, as a user would bring it."""

import pytest
import torch
from PIL import Image


@pytest.fixture
def image_folder(tmp_path):
    """150 + 30 grey 8×8 PNG files of three brightnesses, the classes named in three scripts."""
    generator = torch.Generator().manual_seed(0)
    folder = tmp_path / "pictures"
    for part, count in (("train", 50), ("test", 10)):
        for label, name in enumerate(("cat", "собака", "犬")):
            (folder / part / name).mkdir(parents=True)
            for i in range(count):
                pixels = torch.randint(180, (8, 8), generator=generator) + 35 * label
                Image.fromarray(pixels.to(torch.uint8).numpy()).save(folder / part / name / f"{i:03}.png")
    return folder
