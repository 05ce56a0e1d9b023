"""Looking into a network: maps, patches, occlusion, Grad-CAM, gradients, receptive fields, neighbours, mistakes.

For any model from images (N, C, H, W) to logits (N, num_classes), of ``utils.models``, of torchvision or your own.
A layer is named as in ``model.named_modules()``. Models come back as they went in: same mode, no hooks, no gradients.
"""

from utils.insight.fields import Field, effective_field, effective_size, theoretical_field
from utils.insight.grad_cam import grad_cam
from utils.insight.occlusion import occlusion, over_pixels
from utils.insight.patches import Patch, strongest_patches
from utils.insight.pixel_gradients import guided_gradient, input_gradient, smooth_grad
from utils.insight.pleasing import pleasing_images
from utils.insight.recording import feature_maps
from utils.insight.scores import confusion_counts, inputs, probabilities, worst_mistakes
from utils.insight.similarity import nearest, rank_correlation

__all__ = [
    "Field",
    "Patch",
    "confusion_counts",
    "effective_field",
    "effective_size",
    "feature_maps",
    "grad_cam",
    "guided_gradient",
    "input_gradient",
    "inputs",
    "nearest",
    "occlusion",
    "over_pixels",
    "pleasing_images",
    "probabilities",
    "rank_correlation",
    "smooth_grad",
    "strongest_patches",
    "theoretical_field",
    "worst_mistakes",
]
