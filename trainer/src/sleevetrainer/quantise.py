"""Weights in int8, each rounded so that it makes good what the rounding before it has spoilt.

Rounding to the nearest step shifts what a channel says on average, because what comes in is never negative
after a ReLU6; over fifty layers that adds up to one verdict in sixteen. So the columns of a layer's weights
are rounded one after the other, and each column's error is taken over by those that are still to come, in
proportion to how the layer's inputs go together. The bias is the last column and is never rounded.

Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization", ICLR 2023. Nothing here knows of runs or
bundles.
"""

from collections.abc import Iterable

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper

LARGEST = 127
"""The largest int8 that is used: the scale is symmetric, and -128 is left out."""

DAMPING = 0.01
"""What is added to the diagonal of the inputs' second moments, as a part of its mean."""


def with_int8_weights(model: onnx.ModelProto, covers: Iterable[np.ndarray]) -> onnx.ModelProto:
    """The same network with all of its weights in int8, a scale for each output channel.

    A `DequantizeLinear` on each gives a runtime floats again, which it may fold when it loads the file.
    Biases stay as floats.

    Args:
        model: An fp32 model whose layers with weights are `Conv` and `Gemm` (with `transB`).
        covers: Prepared training covers, each `1 x 3 x s x s` float32, that tell how inputs go together.

    Returns:
        A model of the same inputs and outputs.
    """
    quantised = onnx.ModelProto()
    quantised.CopyFrom(model)
    graph = quantised.graph
    kept = {tensor.name: tensor for tensor in graph.initializer}
    layers = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    moments = second_moments(model, layers, covers)

    front = []
    for node in layers:
        weight, bias = kept[node.input[1]], kept[node.input[2]]
        values, offsets = numpy_helper.to_array(weight), numpy_helper.to_array(bias)
        integers, scales, offsets = rounded(values, offsets, moments[node.output[0]])
        name = weight.name
        graph.initializer.remove(weight)
        bias.CopyFrom(numpy_helper.from_array(offsets, bias.name))
        graph.initializer.extend(
            [
                numpy_helper.from_array(integers, f"{name}.int8"),
                numpy_helper.from_array(scales, f"{name}.scale"),
                helper.make_tensor(f"{name}.zero", TensorProto.INT8, [len(scales)], [0] * len(scales)),
            ]
        )
        inputs = [f"{name}.int8", f"{name}.scale", f"{name}.zero"]
        front.append(helper.make_node("DequantizeLinear", inputs, [name], f"{name}.dequantise", axis=0))
    nodes = [*front, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(quantised, full_check=True)
    return quantised


def rounded(
    weights: np.ndarray, biases: np.ndarray, moments: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One layer's weights as integers and scales, and the biases that go with them.

    Args:
        weights: `channels x ...`.
        biases: `channels`.
        moments: `1 x (d + 1) x (d + 1)`, or one matrix for each channel: the second moments of the `d` inputs
            that a channel's weights are multiplied with, and of a last one that is always 1.

    Returns:
        Integers of the weights' shape (int8), scales `channels` (float32), biases `channels` (float32).
    """
    columns = weights.reshape(len(weights), -1).astype(np.float64)
    scales = np.maximum(np.abs(columns).max(1) / LARGEST, np.finfo(np.float32).tiny).astype(np.float32)
    steps = scales.astype(np.float64)
    width = columns.shape[1]
    columns = np.concatenate([columns, biases[:, None]], axis=1)

    damped = moments + DAMPING * np.trace(moments, axis1=1, axis2=2).mean() / (width + 1) * np.eye(width + 1)
    # The rows of the upper Cholesky factor of the inverse tell how later columns make good an earlier one.
    shares = np.linalg.cholesky(np.linalg.inv(damped)).swapaxes(1, 2)
    integers = np.empty((len(columns), width), np.int8)
    for place in range(width):
        integers[:, place] = np.clip(np.rint(columns[:, place] / steps), -LARGEST, LARGEST)
        error = (columns[:, place] - integers[:, place] * steps) / shares[:, place, place]
        columns[:, place + 1 :] -= error[:, None] * shares[:, place, place + 1 :]
    return integers.reshape(weights.shape), scales, columns[:, -1].astype(np.float32)


def second_moments(
    model: onnx.ModelProto, layers: list[NodeProto], covers: Iterable[np.ndarray]
) -> dict[str, np.ndarray]:
    """How the inputs of each layer go together over some covers, by the name of its output.

    Returns:
        For each layer `g x (d + 1) x (d + 1)`, float64; `g` is the number of channels where each channel has
        inputs of its own (depthwise), else 1.
    """
    inputs = sorted({node.input[0] for node in layers} - {entry.name for entry in model.graph.input})
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in inputs)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    runtime = onnxruntime.InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    sums: dict[str, np.ndarray] = {}
    count = 0
    for cover in covers:
        seen = dict(zip(inputs, runtime.run(inputs, {"cover": cover}), strict=True)) | {"cover": cover}
        for node in layers:
            moments = _moments(node, seen[node.input[0]], shapes[node.input[1]])
            sums[node.output[0]] = sums.get(node.output[0], 0.0) + moments
        count += 1
    return {name: total / count for name, total in sums.items()}


def _moments(node: NodeProto, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The second moments of what a layer's weights are multiplied with in one cover."""
    settings = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if node.op_type == "Gemm":
        patches = torch.from_numpy(values).T[None]
    else:
        top, left, bottom, right = settings.get("pads", [0, 0, 0, 0])
        padded = torch.nn.functional.pad(torch.from_numpy(values), (left, right, top, bottom))
        patches = torch.nn.functional.unfold(padded, shape[2:], stride=settings.get("strides", [1, 1]))
        patches = patches.reshape(settings.get("group", 1), -1, patches.shape[-1])
    ones = torch.ones(len(patches), 1, patches.shape[-1])
    patches = torch.cat([patches, ones], dim=1)
    return (patches @ patches.transpose(1, 2) / patches.shape[-1]).double().numpy()
