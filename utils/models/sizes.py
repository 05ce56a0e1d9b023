"""The one sentence with which every model refuses an image that is too small for it."""


def require_image_size(name: str, image_size: int, at_least: int) -> None:
    """Raise ValueError unless ``image_size`` (pixels, square) reaches ``at_least``."""
    if image_size < at_least:
        raise ValueError(
            f"{name} cannot take {image_size}×{image_size} images: its layers would shrink them to nothing. "
            f"The smallest it can take is {at_least}×{at_least}."
        )
