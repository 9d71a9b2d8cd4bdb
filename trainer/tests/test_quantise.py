"""Integers say what floats said, as nearly as integers can."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from sleevetrainer.activations import METHODS, affine, ranges, with_int8_activations
from sleevetrainer.onnx_file import OUTPUTS
from sleevetrainer.quantise import DAMPING, LARGEST, rounded, second_moments, with_int8_weights


def network(seed: int) -> onnx.ModelProto:
    """Two convolutions, one of them depthwise, a residual and a head, with the outputs of a real one."""
    random = np.random.default_rng(seed)

    def constant(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(random.normal(0, 0.3, shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["cover", "w0", "b0"], ["c0"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Clip", ["c0", "low", "high"], ["r0"]),
        helper.make_node("Conv", ["r0", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1], group=8),
        helper.make_node("Add", ["r0", "c1"], ["a"]),
        helper.make_node("Conv", ["a", "w2", "b2"], ["evidence"]),
        helper.make_node("ReduceMean", ["evidence"], ["logits"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["logits", "w3", "b3"], ["embedding"], transB=1),
    ]
    shapes = {"logits": (1, 4), "embedding": (1, 6), "evidence": (1, 4, 8, 8)}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("cover", TensorProto.FLOAT, (1, 3, 16, 16))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in OUTPUTS],
        [
            constant("w0", 8, 3, 3, 3),
            constant("b0", 8),
            constant("w1", 8, 1, 3, 3),
            constant("b1", 8),
            constant("w2", 4, 8, 1, 1),
            constant("b2", 4),
            constant("w3", 6, 4),
            constant("b3", 6),
            numpy_helper.from_array(np.float32(0), "low"),
            numpy_helper.from_array(np.float32(6), "high"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def covers(seed: int, count: int = 24) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(0, 1, (1, 3, 16, 16)).astype(np.float32) for _ in range(count)]


def said(model: onnx.ModelProto, seed: int) -> np.ndarray:
    from sleevetrainer.onnx_file import session

    run = session(model.SerializeToString())
    return np.concatenate([run(cover)[0] for cover in covers(seed)])


def layer(seed: int, channels: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights, of which none but the first can be clipped, and 500 of what they are multiplied with."""
    random = np.random.default_rng(seed)
    weights = random.uniform(-0.8, 0.8, (channels, width)).astype(np.float32)
    weights[:, 0] = random.choice([-1, 1], channels)
    inputs = np.maximum(random.normal(1, 1, (500, 1)) + random.normal(0, 0.5, (500, width)), 0)
    return weights, np.concatenate([inputs, np.ones((500, 1))], axis=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(2, 12))
def test_a_rounded_layer_errs_by_no_more_than_half_a_step_of_what_later_weights_cannot_make_good(
    seed: int, channels: int, width: int
) -> None:
    weights, inputs = layer(seed, channels, width)
    moments = inputs.T @ inputs / 500
    integers, scales, biases = rounded(weights, np.zeros(channels, np.float32), moments[None])
    assert np.abs(integers.astype(int)).max() <= LARGEST
    off = np.column_stack([integers * scales[:, None] - weights, biases])
    damped = moments + DAMPING * np.trace(moments) / (width + 1) * np.eye(width + 1)
    # What later weights cannot make good is what is left of a weight's input when theirs are taken out of it.
    left = 1 / np.array([np.linalg.inv(damped[place:, place:])[0, 0] for place in range(width)])
    errors = np.einsum("ci,ij,cj->c", off, damped, off)
    assert (errors <= 1.001 * np.square(scales / 2) * left.sum() + 1e-9).all()


def test_rounding_by_what_comes_in_errs_by_less_than_rounding_to_the_nearest() -> None:
    weights, inputs = layer(0, 64, 12)
    integers, scales, biases = rounded(weights, np.zeros(64, np.float32), (inputs.T @ inputs / 500)[None])
    wanted = inputs[:, :-1] @ weights.T
    ours = inputs[:, :-1] @ (integers * scales[:, None]).T + biases
    nearest = inputs[:, :-1] @ (np.rint(weights / scales[:, None]) * scales[:, None]).T
    assert np.square(ours - wanted).mean() <= 0.5 * np.square(nearest - wanted).mean()


def test_int8_weights_say_nearly_the_same() -> None:
    model = network(1)
    quantised = with_int8_weights(model, covers(2))
    assert np.abs(said(model, 3) - said(quantised, 3)).max() < 0.02
    kept = {tensor.name: tensor.data_type for tensor in quantised.graph.initializer}
    assert [kept[f"w{place}.int8"] for place in range(4)] == [TensorProto.INT8] * 4


def test_moments_are_those_of_the_patches_that_weights_are_multiplied_with() -> None:
    model = network(4)
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    moments = second_moments(model, layers, covers(5, 3))
    assert moments["c0"].shape == (1, 28, 28)
    assert moments["c1"].shape == (8, 10, 10)
    assert moments["embedding"].shape == (1, 5, 5)
    for matrices in moments.values():
        np.testing.assert_allclose(matrices[:, -1, -1], 1, atol=1e-5)
        np.testing.assert_allclose(matrices, matrices.swapaxes(1, 2), atol=1e-5)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_a_range_keeps_zero_and_its_ends(one: float, other: float) -> None:
    lowest, highest = sorted((one, other))
    scale, zero = affine(lowest, highest)
    assert scale > 0
    for value in (lowest, highest, 0.0):
        level = np.clip(np.rint(value / scale) + zero, 0, 255)
        assert abs((level - zero) * scale - value) <= 1.01 * scale


@pytest.mark.parametrize("method", METHODS)
def test_int8_activations_say_nearly_the_same(method: str) -> None:
    model = network(6)
    quantised = with_int8_activations(with_int8_weights(model, covers(7)), ranges(model, covers(7), method))
    fp32, int8 = said(model, 8), said(quantised, 8)
    assert np.abs(fp32 - int8).max() < 0.15
    assert np.corrcoef(fp32.ravel(), int8.ravel())[0, 1] > 0.99
    kinds = [node.op_type for node in quantised.graph.node]
    assert kinds.count("QuantizeLinear") == 4, "what comes in, and the three tensors between layers"
