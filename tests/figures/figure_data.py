"""What the tests of the figures draw."""

from types import SimpleNamespace

WORDS = {"title": "A title", "caption": "What to look for."}
DATA = {"source": "numbers made for a test", **WORDS}
CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"]

# Nineteen networks on ImageNet (billion multiply-adds, top-1 accuracy in percent): crowded, and discs overlap.
CROWD = {
    "alexnet": (0.714, 56.5),
    "vgg11": (7.61, 69.0),
    "vgg13": (11.3, 69.9),
    "vgg16": (15.5, 71.6),
    "vgg19": (19.6, 72.4),
    "vgg11_bn": (7.61, 70.4),
    "vgg13_bn": (11.3, 71.6),
    "vgg16_bn": (15.5, 73.4),
    "vgg19_bn": (19.6, 74.2),
    "googlenet": (1.50, 69.8),
    "resnet18": (1.81, 69.8),
    "resnet34": (3.66, 73.3),
    "resnet50": (4.09, 76.1),
    "resnet101": (7.80, 77.4),
    "resnet152": (11.5, 78.3),
    "densenet121": (2.83, 74.4),
    "densenet169": (3.36, 75.6),
    "densenet201": (4.29, 76.9),
    "densenet161": (7.73, 77.1),
}


def history(train: list[float], validation: list[float], source: str = DATA["source"]) -> SimpleNamespace:
    """What `training_curves` reads of a History, from the accuracies of each epoch."""
    return SimpleNamespace(
        train_loss=[2 - 2 * accuracy for accuracy in train],
        train_accuracy=train,
        validation_loss=[2.5 - 2 * accuracy for accuracy in validation],
        validation_accuracy=validation,
        source=source,
    )
