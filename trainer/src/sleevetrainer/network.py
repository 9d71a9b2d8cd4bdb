"""EfficientNet-Lite0 that reads the style of a cover: a linear head on the means and squares of its maps.

What a cover has in common with others of its genre is less what is on it than how it is made: colours,
textures, lettering. The last maps of a network that was trained to name things tell of that less than those
before them, and their means and mean squares (the diagonal of a Gram matrix) tell most. All of it is a mean
over places, so that the evidence for a genre at each place can be shown, exactly.

Source: Tan and Le, "EfficientNet", ICML 2019; the Lite variants: no squeeze-and-excitation, ReLU6. Gatys,
Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016 (Gram matrices).
"""

from itertools import pairwise

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

from .body import imagenet_body
from .linear import Linear

COARSE = 16
"""Maps at this stride and coarser tell of style. Finer ones tell of sharpness and compression, which belong
to a file and not to a sleeve: with them, heads do better on their own sources and worse on others."""


class CoverNet(nn.Module):
    """A body that makes maps of covers, and a head that makes logits of their statistics."""

    def __init__(self, genres: int, dropout: float = 0.2, drop_connect: float = 0.1) -> None:
        """Builds the network with ImageNet's weights in the body.

        Args:
            genres: How many logits.
            dropout: The part of the statistics that is left out in training.
            drop_connect: The part of the residual branches that is left out in training, at most.
        """
        super().__init__()
        self.body = imagenet_body("lite0")
        # What lies behind the blocks names things, and is not asked.
        self.body._conv_head = self.body._bn1 = self.body._fc = nn.Identity()
        self.drop_connect = drop_connect
        self.dropout = nn.Dropout(dropout)
        length = sum(2 * self.body._blocks[place]._block_args.output_filters for place in coarse(self.body))
        self.head = nn.Linear(length, genres)
        self.register_buffer("centre", torch.zeros(length))
        self.register_buffer("spread", torch.ones(length))

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

    def begin_with(self, head: Linear) -> None:
        """Gives the head the weights of a logistic regression on the frozen features.

        A head that is right already does not drag the body away from what it knows, and what is learned
        holds better on covers from elsewhere.

        Source: Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform
        Out-of-Distribution", ICLR 2022.
        """
        with torch.no_grad():
            self.centre.copy_(head.centre)
            self.spread.copy_(head.spread)
            self.head.weight.copy_(head.weights.T)
            self.head.bias.copy_(head.biases)

    def maps(self, x: Tensor, after: int = 0) -> list[Tensor]:
        """Maps, each `n x c x m x m`, at strides 16 and 32, of covers `n x 3 x s x s`.

        Or of what the first `after` blocks have made of covers.
        """
        return style_maps(self.body, x, self.drop_connect if self.training else 0.0, after)

    def features(self, x: Tensor, after: int = 0) -> Tensor:
        """Statistics, `n x 1408`: the means of all maps, then their mean squares; standardised."""
        return (statistics(self.maps(x, after)) - self.centre) / self.spread

    def forward(self, x: Tensor, after: int = 0) -> Tensor:
        """Logits, `n x genres`."""
        return self.head(self.dropout(self.features(x, after)))


class Features(nn.Module):
    """A network's features of covers, as a module of its own."""

    def __init__(self, network: CoverNet) -> None:
        """Takes the network."""
        super().__init__()
        self.network = network

    def forward(self, covers: Tensor) -> Tensor:
        """Statistics, `n x 1408`, of covers `n x 3 x s x s`."""
        return self.network.features(covers)


class Moments(nn.Module):
    """Where a network's maps are strong, as a module of its own."""

    def __init__(self, network: CoverNet) -> None:
        """Takes the network."""
        super().__init__()
        self.network = network

    def forward(self, covers: Tensor) -> Tensor:
        """Moments, `n x 2112`, of covers `n x 3 x s x s`; see `moments`."""
        return moments(self.network.maps(covers))


def coarse(body: EfficientNet) -> list[int]:
    """The places of the blocks whose maps are looked at: the last of each stage at a coarse stride."""
    places, stride = [], 2
    blocks = list(body._blocks)
    for place, (block, following) in enumerate(pairwise([*blocks, None])):
        stride *= int(np.max(block._block_args.stride))
        last = following is None or following._block_args.output_filters != block._block_args.output_filters
        if last and stride >= COARSE:
            places.append(place)
    return places


def first_blocks(body: EfficientNet, covers: Tensor, count: int) -> Tensor:
    """The maps behind the first `count` blocks, `n x c x m x m`."""
    x = body._swish(body._bn0(body._conv_stem(covers)))
    for block in body._blocks[:count]:
        x = block(x)
    return x


def style_maps(body: EfficientNet, x: Tensor, drop_connect: float = 0.0, after: int = 0) -> list[Tensor]:
    """What the blocks named by `coarse` give.

    Args:
        body: The body.
        x: Covers, or the maps behind the first `after` blocks.
        drop_connect: The part of the residual branches that is left out, at most.
        after: How many blocks `x` has gone through; at most the last of them may be a coarse one.
    """
    if after == 0:
        x = first_blocks(body, x, 0)
    wanted = set(coarse(body))
    maps = [x] if after - 1 in wanted else []
    for place, block in enumerate(body._blocks):
        if place >= after:
            x = block(x, drop_connect_rate=drop_connect * place / len(body._blocks))
            if place in wanted:
                maps.append(x)
    return maps


def statistics(maps: list[Tensor]) -> Tensor:
    """The means of all maps, then their mean squares, `n x 2c`."""
    means = [one.mean((2, 3)) for one in maps]
    return torch.cat([*means, *[one.square().mean((2, 3)) for one in maps]], 1)


def moments(maps: list[Tensor]) -> Tensor:
    """The means of all maps, then how much stronger they are to the right, then further down, `n x 3c`."""
    means = [one.mean((2, 3)) for one in maps]
    across = [(one.mean(2) * slope(one.shape[3])).mean(2) for one in maps]
    down = [(one.mean(3) * slope(one.shape[2])).mean(2) for one in maps]
    return torch.cat([*means, *across, *down], 1)


def slope(count: int) -> Tensor:
    """So many numbers that rise evenly from -1 to 1."""
    return torch.linspace(-1, 1, count)


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
        [*body._blocks[half:]],
        [network.head],
    ]
    return [[weight for part in group for weight in part.parameters()] for group in parts]


def predicted(network: nn.Module, pixels: torch.Tensor, batch: int = 64) -> Tensor:
    """Runs a network, in evaluation mode, over normalised covers `n x 3 x s x s`, a batch at a time."""
    network.eval()
    with torch.inference_mode():
        parts = [network(part.to(memory_format=torch.channels_last)) for part in pixels.split(batch)]
    return torch.cat(parts)
