"""Activations in int8, in the standard QDQ form: what a runtime with integer kernels needs.

Each tensor between two layers with int8 weights gets a `QuantizeLinear` and a `DequantizeLinear`, with one
scale and one zero point. The head reads these tensors and computes in floats: it is a hundredth of the work,
squares do not fit into bytes, and so logits stay the mean of the evidence, exactly. How far a tensor's values
reach is measured on training covers, by one of several methods. What is clipped is quantised behind the
`Clip`, since a runtime folds the one into the other.

Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018. Nothing here knows of runs or bundles.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization.calibrate import CalibrationDataReader, CalibrationMethod, create_calibrator

METHODS: dict[str, tuple[CalibrationMethod, dict[str, object]]] = {
    "min-max": (CalibrationMethod.MinMax, {}),
    "percentile 99.99": (CalibrationMethod.Percentile, {"percentile": 99.99, "symmetric": False}),
    "percentile 99.9": (CalibrationMethod.Percentile, {"percentile": 99.9, "symmetric": False}),
    "entropy": (CalibrationMethod.Entropy, {}),
}
"""Ways to tell how far a tensor reaches. Entropy: Migacz, "8-bit Inference with TensorRT", 2017."""

WATCHED = ("Conv", "Add", "Clip")
"""Kinds of layers whose tensors are looked at."""

LEVELS = 255


class Covers(CalibrationDataReader):
    """Prepared covers in the form in which ONNX Runtime's calibrators take them."""

    def __init__(self, covers: Iterable[np.ndarray]) -> None:
        """Takes covers, each `1 x 3 x s x s` float32."""
        self.covers = iter(covers)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next cover."""
        cover = next(self.covers, None)
        return None if cover is None else {"cover": cover}


def ranges(
    model: onnx.ModelProto, covers: Iterable[np.ndarray], method: str
) -> dict[str, tuple[float, float]]:
    """How far the values of each float tensor reach.

    Args:
        model: An fp32 model.
        covers: Prepared training covers, each `1 x 3 x s x s` float32.
        method: One of `METHODS`.

    Returns:
        The lowest and the highest value by the tensor's name.
    """
    kind, options = METHODS[method]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        onnx.save(model, path)
        calibrator = create_calibrator(
            path, list(WATCHED), str(Path(folder) / "watched.onnx"), kind, extra_options=options
        )
        calibrator.collect_data(Covers(covers))
        found = calibrator.compute_data().data
    return {
        name: tuple(float(np.ravel(value)[0]) for value in data.range_value) for name, data in found.items()
    }


def with_int8_activations(model: onnx.ModelProto, reach: dict[str, tuple[float, float]]) -> onnx.ModelProto:
    """The same network with its activations in uint8.

    Args:
        model: A model whose weights are quantised already, or are not to be.
        reach: How far the values of each tensor reach, as `ranges` gives it.

    Returns:
        A model of the same inputs and outputs.
    """
    quantised = onnx.ModelProto()
    quantised.CopyFrom(model)
    graph = quantised.graph
    wanted = between_layers(graph) & reach.keys()
    nodes, done = [], set()
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name not in wanted:
                continue
            pair = [f"{name}.scale", f"{name}.zero"]
            if name not in done:
                done.add(name)
                graph.initializer.extend(map(numpy_helper.from_array, affine(*reach[name]), pair))
                nodes += [
                    helper.make_node("QuantizeLinear", [name, *pair], [f"{name}.quantised"]),
                    helper.make_node(
                        "DequantizeLinear", [f"{name}.quantised", *pair], [f"{name}.dequantised"]
                    ),
                ]
            node.input[place] = f"{name}.dequantised"
        nodes.append(node)
    kept = [onnx.NodeProto() for _ in nodes]
    for copy, node in zip(kept, nodes, strict=True):
        copy.CopyFrom(node)
    del graph.node[:]
    graph.node.extend(kept)
    onnx.checker.check_model(quantised, full_check=True)
    return quantised


def between_layers(graph: onnx.GraphProto) -> set[str]:
    """The tensors that layers with int8 weights read, and that such layers, sums or nobody here write.

    What the last layers write, and squares of maps, are not among them.
    """
    weights = {node.output[0] for node in graph.node if node.op_type == "DequantizeLinear"}
    layers = [node for node in graph.node if node.op_type == "Conv" and node.input[1] in weights]
    clipped = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Clip"}
    read = {layer.input[0] for layer in layers}
    written = {clipped.get(layer.output[0], layer.output[0]) for layer in layers}
    sums = [node for node in graph.node if node.op_type == "Add" and node.output[0] in read]
    outside = {entry.name for entry in graph.input}
    between = read & (written | outside | {one.output[0] for one in sums})
    return between.union(*(one.input for one in sums))


def affine(lowest: float, highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Scale (float32) and zero point (uint8) of a range; zero is among the values that are kept exactly."""
    lowest, highest = min(lowest, 0.0), max(highest, 0.0)
    scale = np.float32(max((highest - lowest) / LEVELS, np.finfo(np.float32).tiny))
    return np.array(scale), np.array(np.clip(np.rint(-lowest / scale), 0, LEVELS), np.uint8)
