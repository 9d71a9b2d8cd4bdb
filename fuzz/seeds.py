"""Draws the network that fuzzing begins with: quantised as the trainer's are, and as small as can be.

uv run --project trainer python fuzz/seeds.py
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

OUT = Path(__file__).parent / "corpus/onnx/small.onnx"
random = np.random.default_rng(8)
nodes, constants = [], []


def constant(name: str, values: np.ndarray) -> str:
    """A tensor that is in the file; its name."""
    constants.append(numpy_helper.from_array(values, name))
    return name


def quantised(name: str) -> str:
    """The tensor as it is after it was a byte."""
    scale, zero = constant(f"{name}.scale", np.float32(0.05)), constant(f"{name}.zero", np.uint8(3))
    nodes.append(helper.make_node("QuantizeLinear", [name, scale, zero], [f"{name}.q"]))
    nodes.append(helper.make_node("DequantizeLinear", [f"{name}.q", scale, zero], [f"{name}.d"]))
    return f"{name}.d"


def convolution(name: str, into: str, shape: tuple[int, ...], groups: int, strides: int) -> str:
    """A layer with weights of a byte each, cut off at 6."""
    weights = constant(f"{name}.w", random.integers(-127, 128, shape, dtype=np.int8))
    scale = constant(f"{name}.ws", np.full(shape[0], 0.01, np.float32))
    zero = constant(f"{name}.wz", np.zeros(shape[0], np.int8))
    nodes.append(helper.make_node("DequantizeLinear", [weights, scale, zero], [f"{name}.wd"], axis=0))
    bias = constant(f"{name}.b", random.normal(size=shape[0]).astype(np.float32))
    pads = [shape[2] // 2] * 4
    nodes.append(
        helper.make_node(
            "Conv",
            [into, f"{name}.wd", bias],
            [f"{name}.c"],
            group=groups,
            strides=[strides] * 2,
            pads=pads,
            kernel_shape=list(shape[2:]),
            dilations=[1, 1],
        )
    )
    low, high = constant(f"{name}.low", np.float32(0)), constant(f"{name}.high", np.float32(6))
    nodes.append(helper.make_node("Clip", [f"{name}.c", low, high], [name]))
    return quantised(name)


stem = convolution("stem", quantised("picture"), (8, 3, 3, 3), 1, 2)
deep = convolution("deep", stem, (8, 1, 3, 3), 8, 1)
point = convolution("point", deep, (8, 8, 1, 1), 1, 1)
nodes.append(helper.make_node("Add", [stem, point], ["sum"]))
votes = constant("votes", random.normal(size=(2, 8, 1, 1)).astype(np.float32))
nodes.append(helper.make_node("Conv", [quantised("sum"), votes], ["evidence"], kernel_shape=[1, 1]))
nodes.append(helper.make_node("ReduceMean", ["evidence"], ["logits"], axes=[2, 3], keepdims=0))
nodes.append(helper.make_node("ReduceMean", ["sum.d"], ["mean"], axes=[2, 3], keepdims=0))
projection = constant("projection", random.normal(size=(8, 4)).astype(np.float32))
nodes.append(helper.make_node("Gemm", ["mean", projection], ["embedding"]))

f32 = TensorProto.FLOAT
graph = helper.make_graph(
    nodes,
    "small",
    [helper.make_tensor_value_info("picture", f32, [1, 3, 32, 32])],
    [
        helper.make_tensor_value_info("logits", f32, [1, 2]),
        helper.make_tensor_value_info("embedding", f32, [1, 4]),
        helper.make_tensor_value_info("evidence", f32, [1, 2, 16, 16]),
    ],
    constants,
)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), OUT)
