"""The network as LiteRT takes it, written node by node: what `scripts/bench` compares with has the same weights and scales.

    litert.py NETWORK.onnx OUT.tflite

`NETWORK.onnx` is quantised (QDQ), or what `unpacked.py` makes of it; channels are last in what is written. The converters
that LiteRT comes with begin at PyTorch or TensorFlow, and would quantise anew.
"""

import sys
from pathlib import Path

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from onnx import helper, numpy_helper

KIND = tfl.TensorType
KINDS = {np.dtype(np.float32): KIND.FLOAT32, np.dtype(np.int32): KIND.INT32, np.dtype(np.int8): KIND.INT8}

LAST = {2: (0, 1), 3: (0, 2, 1), 4: (0, 2, 3, 1)}
"""By the number of a tensor's sides, which of them stands where once channels are last."""

VERSIONS = {
    tfl.BuiltinOperator.CONV_2D: 3,
    tfl.BuiltinOperator.DEPTHWISE_CONV_2D: 3,
    tfl.BuiltinOperator.ADD: 2,
    tfl.BuiltinOperator.DEQUANTIZE: 2,
}
"""The versions of operators that know signed bytes, where that is not the first."""


class Writer:
    """A graph on its way from ONNX to LiteRT."""

    def __init__(self, model: onnx.ModelProto) -> None:
        """Shapes are worked out first."""
        model = onnx.shape_inference.infer_shapes(model)
        self.graph = model.graph
        self.constants = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        self.sides = {
            value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
            for value in [*self.graph.value_info, *self.graph.input, *self.graph.output]
        }
        self.readers: dict[str, list[onnx.NodeProto]] = {}
        for node in self.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.makers = {node.output[0]: node for node in self.graph.node}
        self.tensors: list[tfl.TensorT] = []
        self.buffers = [tfl.BufferT()]
        self.operators: list[tfl.OperatorT] = []
        self.codes: list[int] = []
        self.numbers: dict[object, int] = {}

    def tensor(
        self, name: object, shape: list[int], kind: int, scale: object = None, data: object = None
    ) -> int:
        """A tensor's number, by name; it is written where it is met first."""
        if name not in self.numbers:
            tensor = tfl.TensorT()
            tensor.name, tensor.shape, tensor.type, tensor.buffer = str(name), list(shape), kind, 0
            if scale is not None:
                scales, zero, axis = scale
                tensor.quantization = tfl.QuantizationParametersT()
                tensor.quantization.scale = np.atleast_1d(scales).astype(np.float32)
                tensor.quantization.zeroPoint = np.full(np.size(scales), zero, np.int64)
                tensor.quantization.quantizedDimension = axis
            if data is not None:
                buffer = tfl.BufferT()
                buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
                tensor.buffer = len(self.buffers)
                self.buffers.append(buffer)
            self.numbers[name] = len(self.tensors)
            self.tensors.append(tensor)
        return self.numbers[name]

    def constant(self, name: object, values: np.ndarray, scale: object = None) -> int:
        """A tensor of constants."""
        return self.tensor(name, list(values.shape), KINDS[values.dtype], scale, values)

    def real(self, name: str) -> int:
        """A tensor of real numbers between two layers; bytes become real numbers where it is met first."""
        if name in self.constants:
            return self.constant(name, self.constants[name])
        known = name in self.numbers
        number = self.tensor(name, self.last(name), KIND.FLOAT32)
        maker = self.makers.get(name)
        if not known and maker is not None and maker.op_type == "DequantizeLinear":
            self.write(tfl.BuiltinOperator.DEQUANTIZE, [self.bytes(maker.input[0], maker)], [number])
        return number

    def bytes(self, name: str, scales: onnx.NodeProto) -> int:
        """A tensor of bytes; unsigned ones are taken as signed ones that are 128 less."""
        scale, zero = (self.constants[at] for at in scales.input[1:3])
        less = 128 if zero.dtype == np.uint8 else 0
        real = (
            scales.input[0] if scales.op_type == "QuantizeLinear" else self.makers[scales.input[0]].input[0]
        )
        return self.tensor(name, self.last(real), KIND.INT8, (scale, int(zero) - less, 0))

    def last(self, name: str) -> list[int]:
        """A tensor's sides, channels last."""
        sides = self.sides[name]
        return [sides[at] for at in LAST[len(sides)]]

    def write(
        self, code: int, inputs: list[int], outputs: list[int], kind: str = "", **options: object
    ) -> None:
        """Adds an operator; `kind` names its options."""
        operator = tfl.OperatorT()
        if code not in self.codes:
            self.codes.append(code)
        operator.opcodeIndex = self.codes.index(code)
        operator.inputs, operator.outputs = inputs, outputs
        if kind:
            operator.builtinOptionsType = getattr(tfl.BuiltinOptions, kind)
            operator.builtinOptions = getattr(tfl, f"{kind}T")()
            for key, value in options.items():
                setattr(operator.builtinOptions, key, value)
        self.operators.append(operator)

    def weights(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Weights and the scales of their filters, if they are bytes."""
        maker = self.makers.get(name)
        if maker is None:
            return self.constants[name], None
        return self.constants[maker.input[0]], self.constants[maker.input[1]]

    def convolution(self, node: onnx.NodeProto, given: dict[str, object], ends: tuple[str, int]) -> None:
        """A convolution, and what is cut off behind it."""
        weights, scales = self.weights(node.input[1])
        output, activation = ends
        depthwise = given.get("group", 1) > 1
        weights = weights.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
        bias = self.weights(node.input[2])[0] if len(node.input) > 2 else np.zeros(len(scales), np.float32)
        reader = self.readers.get(output, [None])[0]
        axis = 3 if depthwise else 0
        if scales is not None and reader is not None and reader.op_type == "QuantizeLinear":
            maker = self.makers[node.input[0]]
            source, sink = self.bytes(maker.input[0], maker), self.bytes(reader.output[0], reader)
            steps = self.constants[maker.input[1]] * scales
            if bias.dtype != np.int32:
                # Filters without weights have steps of next to nothing.
                bias = np.clip(np.rint(bias / np.maximum(steps, 1e-12)), -(2**30), 2**30).astype(np.int32)
            parts = [
                self.constant((output, "weights"), weights, (scales, 0, axis)),
                self.constant((output, "bias"), bias, (steps, 0, 0)),
            ]
        else:
            source, sink = self.real(node.input[0]), self.real(output)
            if scales is not None:
                weights = weights * (scales if depthwise else scales.reshape(-1, 1, 1, 1))
            parts = [
                self.constant((output, "weights"), weights.astype(np.float32)),
                self.constant((output, "bias"), bias.astype(np.float32)),
            ]
        rows, columns = given.get("strides", [1, 1])
        pads, kernel, sides = given.get("pads", [0] * 4), given["kernel_shape"], self.sides[output][2:]
        room = [
            max((out - 1) * step + reach - size, 0)
            for out, step, reach, size in zip(
                sides, (rows, columns), kernel, self.sides[self.plain(node.input[0])][2:], strict=True
            )
        ]
        same = any(pads)
        if same and list(pads) != [room[0] // 2, room[1] // 2, -(-room[0] // 2), -(-room[1] // 2)]:
            raise SystemExit(f"{output}: LiteRT has no padding of {pads}")
        options = {
            "strideH": rows,
            "strideW": columns,
            "padding": tfl.Padding.SAME if same else tfl.Padding.VALID,
            "fusedActivationFunction": activation,
            "dilationHFactor": 1,
            "dilationWFactor": 1,
        }
        code = tfl.BuiltinOperator.DEPTHWISE_CONV_2D if depthwise else tfl.BuiltinOperator.CONV_2D
        if depthwise:
            options["depthMultiplier"] = 1
        self.write(
            code,
            [source, *parts],
            [sink],
            "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions",
            **options,
        )

    def plain(self, name: str) -> str:
        """The tensor of real numbers that was quantised to make this one."""
        maker = self.makers.get(name)
        if maker is not None and maker.op_type == "DequantizeLinear":
            return self.makers[maker.input[0]].input[0]
        return name

    def add(self, node: onnx.NodeProto) -> None:
        """A sum: of bytes, where bytes come in and go out."""
        reader = self.readers.get(node.output[0], [None])[0]
        makers = [self.makers.get(name) for name in node.input]
        if (
            reader is not None
            and reader.op_type == "QuantizeLinear"
            and all(maker is not None and maker.op_type == "DequantizeLinear" for maker in makers)
        ):
            inputs = [self.bytes(maker.input[0], maker) for maker in makers]
            output = self.bytes(reader.output[0], reader)
        else:
            inputs, output = [self.real(name) for name in node.input], self.real(node.output[0])
        self.write(tfl.BuiltinOperator.ADD, inputs, [output], "AddOptions")

    def factor(self, name: str, sides: int) -> int:
        """What a tensor with so many sides is multiplied by: a row of constants runs along rows or columns."""
        if name in self.constants and self.constants[name].ndim == 1 and sides == 3:
            return self.constant((name, "turned"), self.constants[name].reshape(-1, 1))
        return self.real(name)

    def node(self, node: onnx.NodeProto) -> None:
        """Writes what stands for a node."""
        given = {at.name: helper.get_attribute_value(at) for at in node.attribute}
        code, output = tfl.BuiltinOperator, node.output[0]
        match node.op_type:
            case "DequantizeLinear" | "Clip":
                pass
            case "QuantizeLinear":
                if node.input[0] in self.numbers or node.input[0] == self.graph.input[0].name:
                    self.write(code.QUANTIZE, [self.real(node.input[0])], [self.bytes(output, node)])
            case "Conv":
                reader = self.readers.get(output, [None])[0]
                none = tfl.ActivationFunctionType.NONE
                clipped = reader is not None and reader.op_type == "Clip"
                if clipped and [float(self.constants[end]) for end in reader.input[1:]] != [0, 6]:
                    raise SystemExit(f"{output}: LiteRT cuts off below 0 and above 6")
                ends = (reader.output[0], tfl.ActivationFunctionType.RELU6) if clipped else (output, none)
                self.convolution(node, given, ends)
            case "Add":
                self.add(node)
            case "Mul":
                sides = len(self.sides[output])
                self.write(
                    code.MUL,
                    [self.factor(name, sides) for name in node.input],
                    [self.real(output)],
                    "MulOptions",
                )
            case "Div":
                self.write(code.DIV, [self.real(n) for n in node.input], [self.real(output)], "DivOptions")
            case "Sqrt":
                self.write(code.SQRT, [self.real(node.input[0])], [self.real(output)])
            case "ReduceMean" | "ReduceSum":
                axes = given.get("axes") or [int(axis) for axis in self.constants[node.input[1]]]
                sides = len(self.sides[self.plain(node.input[0])])
                axes = [LAST[sides].index(axis % sides) for axis in axes]
                parts = [self.real(node.input[0]), self.constant((output, "axes"), np.array(axes, np.int32))]
                which = code.MEAN if node.op_type == "ReduceMean" else code.SUM
                self.write(
                    which, parts, [self.real(output)], "ReducerOptions", keepDims=bool(given["keepdims"])
                )
            case "Concat":
                parts = [self.real(name) for name in node.input]
                self.write(code.CONCATENATION, parts, [self.real(output)], "ConcatenationOptions", axis=1)
            case "Gemm":
                weights, scales = self.weights(node.input[1])
                if scales is not None:
                    weights = weights * scales.reshape(-1, 1)
                parts = [
                    self.constant((output, "weights"), np.ascontiguousarray(weights, np.float32)),
                    self.constant((output, "bias"), self.constants[node.input[2]]),
                ]
                self.write(
                    code.FULLY_CONNECTED,
                    [self.real(node.input[0]), *parts],
                    [self.real(output)],
                    "FullyConnectedOptions",
                )
            case "AveragePool":
                rows, columns = given["kernel_shape"]
                options = {"strideH": rows, "strideW": columns, "filterHeight": rows, "filterWidth": columns}
                self.write(
                    code.AVERAGE_POOL_2D,
                    [self.real(node.input[0])],
                    [self.real(output)],
                    "Pool2DOptions",
                    padding=tfl.Padding.VALID,
                    **options,
                )
            case other:
                raise SystemExit(f"{other} is not written for LiteRT yet")

    def written(self) -> bytes:
        """The whole file."""
        for node in self.graph.node:
            self.node(node)
        subgraph = tfl.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs = [self.real(self.graph.input[0].name)]
        subgraph.outputs = [self.real(self.graph.output[0].name)]
        model = tfl.ModelT()
        model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [subgraph], self.buffers, []
        for code in self.codes:
            written = tfl.OperatorCodeT()
            written.builtinCode, written.deprecatedBuiltinCode, written.version = (
                code,
                min(code, 127),
                VERSIONS.get(code, 1),
            )
            model.operatorCodes.append(written)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(Writer(onnx.load(sys.argv[1])).written())
