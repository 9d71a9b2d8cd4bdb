"""The networks that find and recognise text: PP-OCRv6 "small", made small enough for a board.

The PyPI package `rapidocr` carries both as ONNX (Apache-2.0). The recogniser keeps the letters that sleeves
in Latin script need; both keep their weights in int8, a scale an output channel, and compute in floats. What
comes out is standard ONNX, which ONNX Runtime and tract read alike.
"""

import importlib.metadata
import importlib.resources
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ..errors import TrainerError

PACKAGE = "rapidocr"

DETECTOR = "PP-OCRv6_det_small.onnx"

RECOGNISER = "PP-OCRv6_rec_small.onnx"

LETTERS = (0x20, 0x250)
"""The code points that the recogniser keeps, the last excluded: Basic Latin to Latin Extended-B."""

MIN_WEIGHTS = 512
"""The least number of weights for which a tensor is rounded: smaller ones are biases and scales."""


@dataclass(frozen=True)
class Networks:
    """Both networks, and the letters that the recogniser's classes stand for."""

    detector: bytes
    """ONNX; input `x`, `1 x 3 x H x W`, sides multiples of 32; output `1 x 1 x H x W`, probabilities."""
    recogniser: bytes
    """ONNX; input `x`, `1 x 3 x 48 x W`; output `1 x (W / 8) x (letters + 1)`, probabilities, blank first."""
    letters: str
    """The letter of each class from the second on."""
    version: str
    """The package's version."""


def networks() -> Networks:
    """Makes both networks from the package that carries them.

    Raises:
        TrainerError: The package is missing.
    """
    try:
        models = importlib.resources.files(PACKAGE) / "models"
        version = importlib.metadata.version(PACKAGE)
    except (ModuleNotFoundError, importlib.metadata.PackageNotFoundError) as error:
        raise TrainerError(
            f"the package {PACKAGE} is missing; type: uv sync --project trainer --extra words"
        ) from error
    detector = onnx.load_from_string((models / DETECTOR).read_bytes())
    recogniser = onnx.load_from_string((models / RECOGNISER).read_bytes())
    letters = cut(recogniser, LETTERS)
    for network in (detector, recogniser):
        with_int8_weights(network)
    return Networks(detector.SerializeToString(), recogniser.SerializeToString(), letters, version)


def cut(recogniser: onnx.ModelProto, kept: tuple[int, int]) -> str:
    """Cuts a recogniser to some letters, in place; returns the letter of each class left but the blank.

    Args:
        recogniser: Its metadata name its classes' letters, but for the first (blank) and the last (space).
        kept: The first code point that is kept, and the one behind the last.
    """
    metadata = {entry.key: entry.value for entry in recogniser.metadata_props}
    letters = ["", *metadata["character"].split("\n"), " "]
    classes = recogniser.graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    letters = (letters + [""] * classes)[:classes]
    first, behind = kept
    places = [0] + [
        place
        for place, letter in enumerate(letters)
        if place and letter and all(first <= ord(point) < behind for point in letter)
    ]
    for tensor in recogniser.graph.initializer:
        if classes in tensor.dims:
            axis = list(tensor.dims).index(classes)
            values = np.take(numpy_helper.to_array(tensor), places, axis=axis)
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))
    recogniser.graph.output[0].type.tensor_type.shape.dim[-1].dim_value = len(places)
    return "".join(letters[place] for place in places[1:])


def with_int8_weights(network: onnx.ModelProto) -> None:
    """Rounds weights to int8, in place: each tensor becomes bytes, a cast, and a product with its scales.

    Output channels are the first axis of a convolution's weights, the second of a transposed one's, and the
    last of a matrix that something is multiplied by; each has a scale of its own.
    """
    graph = network.graph
    axes = {}
    for node in graph.node:
        if node.op_type in ("Conv", "ConvTranspose", "MatMul") and len(node.input) > 1:
            axes[node.input[1]] = {"Conv": 0, "ConvTranspose": 1, "MatMul": -1}[node.op_type]
    aliases = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    axes = {aliases.get(name, name): axis for name, axis in axes.items()}
    rounded = []
    for tensor in list(graph.initializer):
        axis = axes.get(tensor.name)
        if axis is None or np.prod(tensor.dims) < MIN_WEIGHTS:
            continue
        values = numpy_helper.to_array(tensor)
        axis %= values.ndim
        others = tuple(other for other in range(values.ndim) if other != axis)
        scales = np.maximum(np.abs(values).max(others, keepdims=True) / 127, 1e-12).astype(np.float32)
        bytes_ = np.round(values / scales).clip(-127, 127).astype(np.int8)
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            [
                numpy_helper.from_array(bytes_, f"{name}.bytes"),
                numpy_helper.from_array(scales, f"{name}.scales"),
            ]
        )
        rounded += [
            helper.make_node("Cast", [f"{name}.bytes"], [f"{name}.whole"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.whole", f"{name}.scales"], [name]),
        ]
    nodes = [*rounded, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    del network.metadata_props[:]
    network.producer_name, network.producer_version = "sleevetrainer", ""
    onnx.checker.check_model(network)
