"""3×3 convolution with 16 products where the definition needs 36.

Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", after Winograd 1980, "Arithmetic complexity of
computations". F(2×2, 3×3): 2×2 outputs at a time, from tiles of 4×4 that overlap by 2.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.arithmetic import Size
from utils.convolution.shapes import padded_images

INPUT = torch.tensor([[1.0, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
KERNEL = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
OUTPUT = torch.tensor([[1.0, 1, 1, 0], [0, 1, -1, -1]])


def winograd(images: Tensor, weight: Tensor, padding: Size = 0) -> Tensor:
    """Transform tiles and kernels by additions, multiply cell by cell, transform back by additions.

    Shapes: images (N, C_in, H, W), weight (C_out, C_in, 3, 3) → (N, C_out, H', W').

    Raises:
        ValueError: kernels of another size, or shapes that do not fit each other.
    """
    if weight.shape[2:] != (3, 3):
        raise ValueError(f"weight has shape {tuple(weight.shape)}, but F(2×2, 3×3) needs kernels of 3×3")
    images = padded_images(images, weight, padding)
    height, width = images.shape[2] - 2, images.shape[3] - 2
    B, G, A = (matrix.to(images) for matrix in (INPUT, KERNEL, OUTPUT))

    images = F.pad(images, (0, width % 2, 0, height % 2))  # so that 2×2 outputs fill it
    tiles = images.unfold(2, 4, 2).unfold(3, 4, 2)  # (N, C_in, rows, columns, 4, 4)
    tiles = torch.einsum("ai,bj,ncyxij->abcnyx", B, B, tiles)  # B tile Bᵀ, for every tile
    kernels = torch.einsum("ai,bj,kcij->abkc", G, G, weight)  # G kernel Gᵀ
    products = torch.einsum("abkc,abcnyx->abknyx", kernels, tiles)  # 16 products for each 2×2 outputs
    output = torch.einsum("ia,jb,abknyx->nkyixj", A, A, products)  # A products Aᵀ
    return output.flatten(4).flatten(2, 3)[:, :, :height, :width]
