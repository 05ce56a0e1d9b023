"""Checks of assignment 03: a loss, a step of training, an accuracy, a repair, a measurement."""

from utils.checks.fashion_mnist.foreseen import predicted
from utils.checks.fashion_mnist.loss import cross_entropy
from utils.checks.fashion_mnist.moving import unchanged
from utils.checks.fashion_mnist.refuting import refuted
from utils.checks.fashion_mnist.repair import repaired
from utils.checks.fashion_mnist.right_answers import accuracy
from utils.checks.fashion_mnist.training import train_batch

__all__ = ["accuracy", "cross_entropy", "predicted", "refuted", "repaired", "train_batch", "unchanged"]
