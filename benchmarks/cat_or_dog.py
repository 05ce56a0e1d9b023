"""``python -m benchmarks.cat_or_dog``: train the last network of the lecture on cats and dogs twice as long as a laptop
does there, and keep what it reaches.

Network and recipe are taken from the lecture, and stand there alone. An epoch takes ten seconds or more.
"""

import ast
from typing import Any

from benchmarks.record import save
from utils import settings
from utils.course import LECTURES
from utils.data import cats_and_dogs, split
from utils.training import evaluate

EPOCHS = 44
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds")


def main() -> None:
    train_all, test = cats_and_dogs()
    train, validation = split(train_all, len(train_all) // 10)
    lecture = definitions(train=train, validation=validation, short=1)
    settings.set_seed(0)
    best = lecture["network"](batch_norm=True, residual=True)
    lecture["train_network"]("best", best, learning_rate=0.1, epochs=EPOCHS, augment=lecture["augment"])
    run = lecture["histories"]["best"]
    two_looks = lecture["share_right"](lecture["look_twice"](best, test), test)
    measured = {
        "images": run.source,
        "precision": run.precision,
        "settings": run.settings,
        **{curve: getattr(run, curve) for curve in CURVES},
        "test_accuracy": evaluate(best, test).accuracy,
        "test_accuracy_two_looks": two_looks,
    }
    print("written:", save("cat-or-dog", settings.device(), measured).name)


def definitions(**given: Any) -> dict[str, Any]:
    """The names that the lecture imports and defines as functions, its optimizer and its (empty) table of runs.

    Args:
        given: what the default values of its functions are made of.
    """
    [lecture] = LECTURES.glob("*_cat_or_dog.py")
    wanted = [
        part
        for part in ast.parse(lecture.read_text("utf-8")).body
        if isinstance(part, ast.Import | ast.ImportFrom | ast.FunctionDef)
        or (isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) in ("sgd", "histories"))
    ]
    exec(compile(ast.Module(wanted, []), str(lecture), "exec"), given)
    return given


if __name__ == "__main__":
    main()
