//! How fast each kind of layer is, for each set of instructions that this processor has.
//!
//! `cargo bench --bench kernels` prints products a second (`item/s`). The first benchmark is the yardstick: a layer so
//! deep, and so small, that nothing but products takes time; the others are layers of the network.

use divan::Bencher;
use divan::counter::ItemsCount;
use sleevesight::network::int8::{Convolution, Isa, Packed, Requantise, Window};

fn main() {
    divan::main();
}

/// A layer, and how large its pictures are.
#[derive(Clone, Copy)]
struct Layer {
    name: &'static str,
    channels: [usize; 2],
    depthwise: bool,
    window: Window,
    side: usize,
}

const fn point(name: &'static str, channels: [usize; 2], side: usize) -> Layer {
    Layer { name, channels, depthwise: false, window: Window::POINT, side }
}

const fn depthwise(name: &'static str, channels: usize, [kernel, stride]: [usize; 2], side: usize) -> Layer {
    // As TensorFlow pads: what is left over comes last.
    let [before, after] = [(kernel - stride) / 2, (kernel - stride).div_ceil(2)];
    let window =
        Window { kernel: [kernel, kernel], stride: [stride, stride], pads: [before, before, after, after] };
    Layer { name, channels: [channels, channels], depthwise: true, window, side }
}

const STEM: Layer = Layer {
    name: "stem 3x3/2, 224",
    channels: [3, 32],
    depthwise: false,
    window: Window { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 1, 1] },
    side: 224,
};

const LAYERS: [Layer; 11] = [
    point("yardstick", [2048, 32], 6),
    STEM,
    point("expand 16 to 96, 112", [16, 96], 112),
    point("project 144 to 24, 56", [144, 24], 56),
    point("expand 112 to 672, 14", [112, 672], 14),
    point("project 1152 to 192, 7", [1152, 192], 7),
    depthwise("depthwise 3x3, 112", 32, [3, 1], 112),
    depthwise("depthwise 3x3/2, 112", 96, [3, 2], 112),
    depthwise("depthwise 5x5/2, 56", 144, [5, 2], 56),
    depthwise("depthwise 5x5, 28", 240, [5, 1], 28),
    depthwise("depthwise 5x5, 7", 1152, [5, 1], 7),
];

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {}", self.0.name, self.1)
    }
}

/// A layer with a set of instructions.
struct Case(Layer, Isa);

fn cases() -> Vec<Case> {
    let vectors = || Isa::available().into_iter().filter(|isa| *isa != Isa::Scalar);
    LAYERS.into_iter().flat_map(|layer| vectors().map(move |isa| Case(layer, isa))).collect()
}

#[divan::bench(args = cases())]
fn layer(bencher: Bencher<'_, '_>, Case(layer, isa): &Case) {
    let [inputs, outputs] = layer.channels;
    let area = layer.window.kernel[0] * layer.window.kernel[1];
    let reach = area * if layer.depthwise { 1 } else { inputs };
    let weights = (0..outputs * reach).map(|at| (at * 37 % 255) as u8).map(|byte| byte.max(1).cast_signed());
    let weights = weights.map(|weight| weight.max(-127)).collect();
    let requantise = Requantise::new(vec![1e-3; outputs], vec![3.0; outputs], 0, 0, 255);
    let convolution = if layer.depthwise {
        Convolution::depthwise(inputs, layer.window, weights, 3, requantise)
    } else {
        Convolution::dense([inputs, outputs], layer.window, weights, 3, requantise)
    };
    let packed = Packed::new(convolution.expect("the layer can be had"), *isa);
    let size = [layer.side; 2];
    let input: Vec<u8> = (0..layer.side * layer.side * inputs).map(|at| (at * 31 % 256) as u8).collect();
    let [rows, columns] = packed.output(size).expect("the filter fits");
    let mut output = vec![0; rows * columns * outputs];
    bencher
        .counter(ItemsCount::new(output.len() * reach))
        .bench_local(|| packed.run(divan::black_box(&input), size, divan::black_box(&mut output)));
}
