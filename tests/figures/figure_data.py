"""What the tests of the figures draw."""

from types import SimpleNamespace

WORDS = {"title": "A title", "caption": "What to look for."}
DATA = {"source": "numbers made for a test", **WORDS}
CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"]


def history(train: list[float], validation: list[float], source: str = DATA["source"]) -> SimpleNamespace:
    """What `training_curves` reads of a History, from the accuracies of each epoch."""
    return SimpleNamespace(
        train_loss=[2 - 2 * accuracy for accuracy in train],
        train_accuracy=train,
        validation_loss=[2.5 - 2 * accuracy for accuracy in validation],
        validation_accuracy=validation,
        source=source,
    )
