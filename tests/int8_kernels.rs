//! Each kernel equals the plain loops to the bit, whatever the shape and whatever the bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use sleevesight::network::int8::{Convolution, Isa, Packed, Requantise, Window};

/// A layer, and a picture for it.
#[derive(Clone, Debug)]
struct Case {
    channels: [usize; 2],
    depthwise: bool,
    window: Window,
    size: [usize; 2],
    weights: Vec<i8>,
    input: Vec<u8>,
    zero: u8,
    factors: Vec<f32>,
    shifts: Vec<f32>,
    ends: [u8; 3],
}

impl Case {
    fn convolution(&self) -> Convolution {
        let [zero, low, high] = self.ends;
        let requantise = Requantise::new(self.factors.clone(), self.shifts.clone(), zero, low, high);
        let weights = self.weights.clone();
        if self.depthwise {
            Convolution::depthwise(self.channels[0], self.window, weights, self.zero, requantise)
        } else {
            Convolution::dense(self.channels, self.window, weights, self.zero, requantise)
        }
        .expect("the case is one that can be had")
    }

    fn run(&self, isa: Isa) -> Vec<u8> {
        let packed = Packed::new(self.convolution(), isa);
        let [rows, columns] = packed.output(self.size).expect("the filter fits");
        let mut output = vec![0; rows * columns * self.channels[1]];
        packed.run(&self.input, self.size, &mut output);
        output
    }
}

/// Values of every size, and often the extreme ones.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![3 => any::<u8>(), 1 => Just(u8::MAX), 1 => Just(0)]
}

fn weight() -> impl Strategy<Value = i8> {
    prop_oneof![3 => -127_i8..=127, 1 => Just(127), 1 => Just(-127)]
}

fn window(point: bool) -> impl Strategy<Value = Window> {
    let kernel = if point { prop_oneof![Just(1), Just(1)] } else { prop_oneof![Just(3), Just(5)] };
    let pad = move |kernel: usize| if point { 0..1 } else { 0..kernel };
    (kernel, 1..3_usize).prop_flat_map(move |(kernel, stride)| {
        let pads = [pad(kernel), pad(kernel), pad(kernel), pad(kernel)];
        pads.prop_map(move |pads| Window { kernel: [kernel; 2], stride: [stride; 2], pads })
    })
}

fn case(depthwise: bool) -> impl Strategy<Value = Case> {
    let channels = if depthwise {
        (1..90_usize).prop_map(|channels| [channels; 2]).boxed()
    } else {
        ((1..70_usize), (1..90_usize)).prop_map(|(inputs, outputs)| [inputs, outputs]).boxed()
    };
    let window =
        if depthwise { window(false).boxed() } else { prop_oneof![window(true), window(false)].boxed() };
    (channels, window, 5..12_usize, 5..12_usize).prop_flat_map(move |(channels, window, rows, columns)| {
        let [inputs, outputs] = channels;
        let reach = window.kernel[0] * window.kernel[1] * if depthwise { 1 } else { inputs };
        // From sums that nearly all round to one byte, to sums that nearly all leave the range.
        let factor = prop_oneof![Just(1e-6_f32), 1e-4..1e-2_f32, Just(0.5), Just(1.0)];
        (
            vec(weight(), outputs * reach),
            vec(byte(), rows * columns * inputs),
            byte(),
            vec(factor, outputs),
            vec(prop_oneof![-300.0..300.0_f32, Just(0.5), Just(-1.5)], outputs),
            [byte(), byte(), byte()],
        )
            .prop_map(move |(weights, input, zero, factors, shifts, [to, a, b])| Case {
                channels,
                depthwise,
                window,
                size: [rows, columns],
                weights,
                input,
                zero,
                factors,
                shifts,
                ends: [to, a.min(b), a.max(b)],
            })
    })
}

fn all_agree(case: &Case) -> Result<(), TestCaseError> {
    let truth = case.run(Isa::Scalar);
    for isa in Isa::available() {
        prop_assert!(case.run(isa) == truth, "{isa} differs");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn dense_kernels_equal_the_plain_loops(case in case(false)) {
        all_agree(&case)?;
    }

    #[test]
    fn depthwise_kernels_equal_the_plain_loops(case in case(true)) {
        all_agree(&case)?;
    }
}

/// A layer so large that threads share it.
fn large(channels: [usize; 2], depthwise: bool, kernel: usize, stride: usize, side: usize) -> Case {
    let taps = kernel * kernel * if depthwise { 1 } else { channels[0] };
    Case {
        channels,
        depthwise,
        window: Window { kernel: [kernel; 2], stride: [stride; 2], pads: [kernel / 2; 4] },
        size: [side; 2],
        weights: (0..channels[1] * taps)
            .map(|place| (place * 73 % 255) as u8 as i8)
            .map(|w| w.max(-127))
            .collect(),
        input: (0..side * side * channels[0]).map(|place| (place * 89 % 251) as u8).collect(),
        zero: 128,
        factors: vec![1e-3; channels[1]],
        shifts: vec![0.5; channels[1]],
        ends: [100, 0, 255],
    }
}

#[test]
fn threads_share_large_layers_to_the_bit() {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("there are threads");
    let (point, stem, depthwise) =
        (large([64; 2], false, 1, 1, 32), large([3, 32], false, 3, 2, 80), large([96; 2], true, 5, 1, 28));
    for case in [point, stem, depthwise] {
        let truth = case.run(Isa::Scalar);
        for isa in Isa::available() {
            assert!(threads.install(|| case.run(isa)) == truth, "{isa} differs in {:?}", case.window);
        }
    }
}

#[test]
fn what_could_overflow_is_refused() {
    let requantise = |factor| Requantise::new(vec![factor], vec![0.0], 0, 0, 255);
    let layer = |weight, factor| {
        Convolution::dense([1, 1], Window::POINT, vec![weight], 0, requantise(factor)).is_ok()
    };
    assert!(layer(-127, 1.0));
    assert!(!layer(-128, 1.0), "NEON's pairs of products would leave 16 bits");
    assert!(!layer(1, 1e9), "processors round what leaves 32 bits each in its own way");
    assert!(!layer(1, f32::NAN));
    assert!(Convolution::dense([2, 1], Window::POINT, vec![1], 0, requantise(1.0)).is_err());
}
