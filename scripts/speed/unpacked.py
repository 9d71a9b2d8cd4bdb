"""A network in real numbers, from one that is quantised: what int8 is compared with.

unpacked.py NETWORK.onnx OUT.onnx
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper


def unpacked(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network: the weights' bytes worked out, activations as they were before they were quantised."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    before = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "QuantizeLinear"}
    instead = {}
    for node in [node for node in graph.node if node.op_type in ("DequantizeLinear", "QuantizeLinear")]:
        if node.input[0] in constants:
            values, scale, zero = (numpy_helper.to_array(constants[name]) for name in node.input)
            sides = [-1] + [1] * (values.ndim - 1) if scale.ndim else []
            real = (values.astype(np.float32) - zero.reshape(sides)) * scale.reshape(sides)
            graph.initializer.append(numpy_helper.from_array(real.astype(np.float32), node.output[0]))
        elif node.op_type == "DequantizeLinear":
            instead[node.output[0]] = before[node.input[0]]
        graph.node.remove(node)
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = instead.get(name, name)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    return model


if __name__ == "__main__":
    onnx.save(unpacked(onnx.load(sys.argv[1])), sys.argv[2])
