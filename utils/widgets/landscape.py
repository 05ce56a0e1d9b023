"""A picture for Kernel Lab, computed and not photographed: edges in every direction, soft and fine parts, noise."""

import torch
from torch import Tensor


def landscape(size: int = 96) -> Tensor:
    """(size, size) uint8: hills under a sky with a sun, a hut, a fence and water. The same on every machine."""
    y, x = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
    picture = 205 - 75 * (1 - y)  # the sky grows lighter towards the horizon
    picture = torch.where((x - 0.78) ** 2 + (y - 0.2) ** 2 < 0.009, 252.0, picture)
    clouds = torch.sin(9 * x + 3 * torch.sin(7 * y)) * torch.sin(23 * y + 2 * x)
    picture = picture + 14 * torch.clamp(clouds - 0.35, min=0) * (y < 0.35)
    far = 0.46 + 0.10 * torch.sin(5.2 * x + 0.4) + 0.035 * torch.sin(17 * x)
    near = 0.62 + 0.05 * torch.sin(4.0 * x + 2.6) + 0.01 * torch.sin(31 * x)
    picture = torch.where(y > far, 118 - 55 * (y - far), picture)
    picture = torch.where(y > near, 78 + 40 * (y - near), picture)
    picture = torch.where(y > 0.84, 150 + 38 * torch.sin(150 * (y + 0.012 * torch.sin(20 * x))), picture)  # water

    wall = (x > 0.16) & (x < 0.40) & (y > 0.52) & (y < 0.74)
    roof = (y > 0.36) & (y <= 0.52) & ((x - 0.28).abs() < 0.16 * (y - 0.36) / 0.16)
    door = (x > 0.25) & (x < 0.31) & (y > 0.61) & (y < 0.74)
    window = ((x - 0.355).abs() < 0.022) & ((y - 0.60).abs() < 0.03)
    picture = torch.where(wall, 222.0, picture)
    picture = torch.where(roof, 48.0, picture)
    picture = torch.where(door | window, 62.0, picture)
    posts = (y > 0.70) & (y < 0.80) & (x > 0.48) & ((x * size).long() % 6 < 2)
    rail = (x > 0.48) & ((y - 0.735).abs() < 0.008)
    picture = torch.where(posts | rail, 205.0, picture)

    noise = torch.randn(size, size, generator=torch.Generator().manual_seed(0))
    return (picture + 4 * noise).clamp(0, 255).to(torch.uint8)
