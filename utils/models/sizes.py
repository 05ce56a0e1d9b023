"""What every model says about the size of its images: which form serves it, and which is too small."""


def is_small(image_size: int) -> bool:
    """Whether images of ``image_size`` pixels (square) get the small-image form of an ImageNet network.

    Networks for 224×224 images begin with large strides, which would leave little of a 32×32 image. Below 64×64
    their first layers take smaller steps; each model's docstring says how.
    """
    return image_size < 64


def require_image_size(name: str, image_size: int, at_least: int) -> None:
    """Raise ValueError unless ``image_size`` (pixels, square) reaches ``at_least``."""
    if image_size < at_least:
        raise ValueError(
            f"{name} cannot take {image_size}×{image_size} images: its layers would shrink them to nothing. "
            f"The smallest it can take is {at_least}×{at_least}."
        )
