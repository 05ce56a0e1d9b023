"""Checks of assignment 11: a hook that goes away, what a unit sees, occlusion, Grad-CAM, a counterfactual test."""

from utils.checks.seeing.counterfactual import changed_answers
from utils.checks.seeing.covering import occlusion
from utils.checks.seeing.foreseen import predicted
from utils.checks.seeing.hooks import maps_of
from utils.checks.seeing.pixels import seen_pixels
from utils.checks.seeing.refuting import refuted
from utils.checks.seeing.weighed_maps import grad_cam

__all__ = ["changed_answers", "grad_cam", "maps_of", "occlusion", "predicted", "refuted", "seen_pixels"]
