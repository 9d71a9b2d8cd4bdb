"""A network whose weights are real numbers, from one whose weights are quantised: some converters ask for it.

    unpacked.py NETWORK.onnx OUT.onnx
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper


def unpacked(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, each `DequantizeLinear` of a constant worked out."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "DequantizeLinear"]:
        if node.input[0] not in constants:
            continue
        values, scale, zero = (numpy_helper.to_array(constants[name]) for name in node.input)
        sides = [-1] + [1] * (values.ndim - 1)
        real = (values.astype(np.float32) - zero.reshape(sides)) * scale.reshape(sides)
        graph.initializer.append(numpy_helper.from_array(real.astype(np.float32), node.output[0]))
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    return model


if __name__ == "__main__":
    onnx.save(unpacked(onnx.load(sys.argv[1])), sys.argv[2])
