"""A small U of separable convolutions: where a sleeve is, where its corners are, whether there is one.

Sources: Howard et al., "MobileNets", 2017 (the convolutions); Ronneberger et al., "U-Net", 2015 (the shape);
Zhou et al., "Objects as Points", 2019 (corners as peaks of a map, with offsets within a cell).
"""

import torch
from torch import Tensor, nn

SIZE = (128, 96)
"""Width and height of the input in pixels. Frames that are less wide or high lie at its top left."""

CELL = 4
"""The side of a cell of the output maps, in pixels of the input."""

MAPS = ("sleeve", "corner", "right", "down")
"""The maps: logits of a sleeve and of a corner, and how far a corner lies from a cell's middle, in cells."""


def narrowed(taken: int, given: int) -> nn.Sequential:
    """Fewer channels, each a sum of those that came in."""
    return nn.Sequential(nn.Conv2d(taken, given, 1, bias=False), nn.BatchNorm2d(given), nn.ReLU(inplace=True))


class Separable(nn.Module):
    """A convolution of each channel, then one over channels; what came in is added where it fits.

    Nothing lies between the two, as in Chollet, "Xception", 2017.
    """

    def __init__(self, taken: int, given: int, kernel: int = 3, stride: int = 1) -> None:
        """`taken` channels in, `given` out."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(taken, taken, kernel, stride, kernel // 2, groups=taken, bias=False),
            nn.Conv2d(taken, given, 1, bias=False),
            nn.BatchNorm2d(given),
        )
        self.kept = taken == given and stride == 1

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of the same size, or of half of it."""
        found = self.layers(maps)
        return torch.relu(maps + found if self.kept else found)


class CornerNet(nn.Module):
    """The network."""

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 96), depth: int = 5) -> None:
        """`widths` are channels at strides 4, 8 and 16, `depth` the blocks at the coarsest."""
        super().__init__()
        fine, middle, coarse = widths
        # Most of the work of such a network is in its first, large maps: here one convolution does it.
        self.stem = nn.Sequential(
            nn.Conv2d(3, fine, 6, CELL, 1, bias=False), nn.BatchNorm2d(fine), nn.ReLU(inplace=True)
        )
        self.fine = Separable(fine, fine)
        self.middle = nn.Sequential(
            Separable(fine, middle, stride=2), Separable(middle, middle), Separable(middle, middle)
        )
        self.coarse = nn.Sequential(
            Separable(middle, coarse, stride=2), *(Separable(coarse, coarse, 5) for _ in range(depth))
        )
        self.all_over = nn.Sequential(nn.Linear(coarse, coarse), nn.ReLU(), nn.Linear(coarse, coarse))
        self.there = nn.Linear(2 * coarse, 1)
        self.up_middle, self.up_fine = narrowed(coarse, middle), narrowed(middle, fine)
        self.join_middle = Separable(middle, middle)
        self.join_fine = nn.Sequential(Separable(fine, fine, 5), Separable(fine, fine))
        self.head = nn.Conv2d(fine, len(MAPS), 1)
        nn.init.constant_(self.head.bias[1:2], -4.0)  # corners are rare

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Maps and presence.

        Args:
            frames: `n x 3 x 96 x 128`, `(value - 127) / 128`.

        Returns:
            Maps `n x 4 x 24 x 32`, and the logit of a sleeve's being there at all, `n x 1`.
        """
        fine = self.fine(self.stem(frames))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        mean = coarse.mean((2, 3))
        there = self.there(torch.cat([mean, coarse.amax((2, 3))], 1))
        coarse = coarse + self.all_over(mean)[:, :, None, None]
        middle = self.join_middle(middle + doubled(self.up_middle(coarse)))
        fine = self.join_fine(fine + doubled(self.up_fine(middle)))
        return self.head(fine), there


def doubled(maps: Tensor) -> Tensor:
    """Maps twice as large, each value four times."""
    return nn.functional.interpolate(maps, scale_factor=2, mode="nearest")
