use super::*;
use crate::activation::Activation;
use crate::bert::Rules;
use crate::bert::reach::{Reach, Rotation};
use crate::bert::stock::{Layer, Norms};
use crate::head;
use candle_core::DType;
use candle_nn::{LayerNorm, Linear};
use inference::Sequence;
use std::num::NonZero;

/// Measures of a network made for a test.
#[derive(Clone, Copy)]
struct Measures {
    heads: usize,
    size: usize,
    wide: usize,
    layers: usize,
    activation: Activation,
    /// Norms before the layers, rotary positions, gates, and this window in every second layer.
    modern: Option<usize>,
}

const SMALL: Measures = Measures {
    heads: 3,
    size: 32,
    wide: 224,
    layers: 3,
    activation: Activation::GeluErf,
    modern: None,
};
const ROWS: usize = 50;
const POSITIONS: usize = 300;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f32::from(u16::try_from(self.0 >> 48).unwrap()) / 32_768.0 - 1.0
    }

    fn id(&mut self) -> u32 {
        self.next();
        u32::try_from((self.0 >> 33) % ROWS as u64).unwrap()
    }

    fn tensor(&mut self, shape: &[usize], scale: f32) -> Tensor {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| self.next() * scale).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn linear(&mut self, from: usize, to: usize, scale: f32) -> Linear {
        Linear::new(self.tensor(&[to, from], scale), Some(self.tensor(&[to], 0.3)))
    }

    fn norm(&mut self, size: usize) -> LayerNorm {
        let weight = (self.tensor(&[size], 0.5) + 1.0).unwrap();
        LayerNorm::new(weight, self.tensor(&[size], 0.3), 1e-12)
    }
}

fn network(measures: Measures, scale: f32) -> Network {
    let mut numbers = Numbers(7);
    let hidden = measures.heads * measures.size;
    let is_modern = measures.modern.is_some();
    Network {
        words: numbers.tensor(&[ROWS, hidden], 1.0),
        positions: (!is_modern).then(|| numbers.tensor(&[POSITIONS, hidden], 0.5)),
        segments: (!is_modern).then(|| numbers.tensor(&[2, hidden], 0.5)),
        norm: numbers.norm(hidden),
        norm_epsilon: 1e-12,
        layers: (0..measures.layers).map(|at| layer(&mut numbers, measures, scale, at)).collect(),
        last_norm: is_modern.then(|| numbers.norm(hidden)),
    }
}

fn layer(numbers: &mut Numbers, measures: Measures, scale: f32, index: usize) -> Layer {
    let Measures { heads, size, wide, activation, modern, .. } = measures;
    let hidden = heads * size;
    let reach = modern.map_or(Reach::default(), |window| Reach {
        window: (index % 2 == 1).then_some(window),
        rotation: Some(Rotation::new(1e4, size, POSITIONS).unwrap()),
    });
    let norms = if modern.is_some() {
        let qkv = (index > 0).then(|| numbers.norm(hidden));
        Norms::Before { qkv, widen: numbers.norm(hidden) }
    } else {
        Norms::After { attended: numbers.norm(hidden), narrow: numbers.norm(hidden) }
    };
    Layer {
        heads,
        qkv: numbers.linear(hidden, 3 * hidden, scale),
        reach,
        attended: numbers.linear(hidden, hidden, scale),
        norms,
        widen: numbers.linear(hidden, if modern.is_some() { 2 * wide } else { wide }, scale),
        activation,
        is_gated: modern.is_some(),
        narrow: numbers.linear(wide, hidden, scale),
    }
}

fn sequences(lengths: &[usize]) -> Vec<Tokens> {
    let mut numbers = Numbers(11);
    let rules = Rules { rows: ROWS, has_segments: true, padding: None };
    let sequence = |length: &usize| {
        let ids: Vec<u32> = (0..*length).map(|_| numbers.id()).collect();
        let segments = ids.iter().map(|id| u32::from(*id > 30)).collect();
        rules.tokens(&Sequence { ids, segments, values: vec![] }).unwrap()
    };
    lengths.iter().map(sequence).collect()
}

const LENGTHS: [usize; 12] = [1, 2, 3, 7, 12, 13, 31, 33, 64, 100, 257, 5];

fn processor(threads: usize) -> Processor {
    Processor::new(NonZero::new(threads).unwrap())
}

fn packed(network: &Network, format: Format, processor: Processor) -> Option<Encoder> {
    Encoder::pack_as(network, format, &Smoothing::default(), &processor).unwrap()
}

/// The formats of this processor, with the least cosine to f32 that each keeps on noise.
fn formats() -> Vec<(Format, f64)> {
    let same = |kernel| Format { linear: kernel, attention: kernel };
    let mut formats: Vec<_> = [Kernel::f32_narrow(), Kernel::f32_wide()]
        .into_iter()
        .flatten()
        .map(|kernel| (same(kernel), 0.999_999_9))
        .collect();
    formats.extend(Kernel::bf16().map(|kernel| (same(kernel), 0.999)));
    if let (Some(linear), Some(attention)) = (Kernel::int8(), Kernel::f32_wide()) {
        formats.push((Format { linear, attention }, 0.98));
    }
    if let (Some(linear), Some(attention)) = (Kernel::int8(), Kernel::bf16()) {
        formats.push((Format { linear, attention }, 0.98));
    }
    formats
}

fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let dot = |left: &[f32], right: &[f32]| -> f64 {
        left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
    };
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

/// Holds every format against candle's own operations, on sequences of many lengths.
fn check(measures: Measures) {
    let network = network(measures, 0.08);
    for reads in [Reads::Mean, Reads::First] {
        let one = |tokens| head::read(&network.states(tokens).unwrap(), reads).unwrap();
        let expected: Vec<Vec<f32>> = sequences(&LENGTHS).iter().map(one).collect();
        for (format, least) in formats() {
            let encoder = packed(&network, format, processor(2)).unwrap();
            let actual = encoder.states(sequences(&LENGTHS), reads).unwrap();
            for ((actual, expected), length) in actual.iter().zip(&expected).zip(LENGTHS) {
                let agreement = cosine(actual, expected);
                assert!(agreement >= least, "{format:?}, {length} tokens: {agreement}");
            }
        }
    }
}

#[test]
fn every_format_agrees_with_candle() {
    check(SMALL);
}

#[test]
fn heads_of_every_size_agree_with_candle() {
    check(Measures { heads: 2, size: 64, wide: 96, ..SMALL });
    check(Measures { heads: 1, size: 128, wide: 64, ..SMALL });
}

#[test]
fn rotary_positions_gates_and_windows_agree_with_candle() {
    for window in [0, 1, 5, 64, 400] {
        check(Measures { modern: Some(window), ..SMALL });
    }
    check(Measures { modern: Some(30), size: 64, heads: 2, ..SMALL });
}

#[test]
fn every_activation_agrees_with_candle() {
    check(Measures { activation: Activation::GeluTanh, layers: 1, ..SMALL });
    check(Measures { activation: Activation::Relu, layers: 1, ..SMALL });
}

#[test]
fn an_answer_is_the_same_bit_for_bit_in_any_batch_on_any_threads() {
    for modern in [None, Some(20)] {
        check_invariance(&network(Measures { modern, ..SMALL }, 0.15));
    }
}

fn check_invariance(network: &Network) {
    for (format, _) in formats() {
        for reads in [Reads::Mean, Reads::First] {
            let encoder = |threads| packed(network, format, processor(threads)).unwrap();
            let alone: Vec<_> = sequences(&LENGTHS)
                .into_iter()
                .map(|tokens| encoder(1).states(vec![tokens], reads).unwrap().remove(0))
                .collect();
            for threads in [1, 2, 7] {
                let together = encoder(threads).states(sequences(&LENGTHS), reads).unwrap();
                assert_eq!(alone, together, "{format:?} on {threads} threads");
                let mut turned = sequences(&LENGTHS);
                turned.reverse();
                let mut turned = encoder(threads).states(turned, reads).unwrap();
                turned.reverse();
                assert_eq!(alone, turned, "{format:?} on {threads} threads");
            }
        }
    }
}

#[test]
fn a_network_of_other_measures_is_left_to_candle() {
    let format = formats().first().map(|(format, _)| *format);
    let Some(format) = format else { return };
    for measures in [
        Measures { size: 16, ..SMALL },
        Measures { size: 48, ..SMALL },
        Measures { wide: 72, ..SMALL },
        Measures { layers: 0, ..SMALL },
    ] {
        let network = network(measures, 0.1);
        assert!(packed(&network, format, processor(1)).is_none());
    }
}

#[test]
fn tokens_outside_the_tables_are_refused() {
    let network = network(SMALL, 0.15);
    let modern = self::network(Measures { modern: Some(9), ..SMALL }, 0.15);
    for (format, _) in formats() {
        let encoder = packed(&modern, format, processor(2)).unwrap();
        let far = Tokens { ids: vec![1], segments: vec![0], positions: vec![300] };
        assert!(encoder.states(vec![far], Reads::Mean).is_err());
        let encoder = packed(&network, format, processor(2)).unwrap();
        let good = Tokens { ids: vec![1, 2], segments: vec![0, 1], positions: vec![0, 1] };
        for bad in [
            Tokens { ids: vec![1, u32::MAX], ..good.clone() },
            Tokens { segments: vec![0, 2], ..good.clone() },
            Tokens { positions: vec![0, 300], ..good.clone() },
        ] {
            assert!(encoder.states(vec![good.clone(), bad], Reads::Mean).is_err());
        }
        let empty = Tokens::default();
        let states = encoder.states(vec![empty.clone(), good, empty], Reads::Mean).unwrap();
        assert!(states[0].iter().chain(&states[2]).all(|value| *value == 0.0));
        assert!(states[1].iter().any(|value| *value != 0.0));
        assert!(encoder.states(vec![], Reads::First).unwrap().is_empty());
    }
}

/// A change to one tensor of a network.
type Change = fn(&mut Network, f32);

const CHANGES: [(&str, Change); 8] = [
    ("a word", |network, value| set(&mut network.words, value)),
    ("a norm", |network, value| {
        let mut weight = network.norm.weight().clone();
        set(&mut weight, value);
        let bias = network.norm.bias().unwrap().clone();
        network.norm = LayerNorm::new(weight, bias, 1e-12);
    }),
    ("a query", |network, value| set_linear(&mut network.layers[1].qkv, value, 0)),
    ("a value", |network, value| set_linear(&mut network.layers[1].qkv, value, 250)),
    ("attended", |network, value| set_linear(&mut network.layers[1].attended, value, 3)),
    ("widen", |network, value| set_linear(&mut network.layers[1].widen, value, 3)),
    ("narrow", |network, value| set_linear(&mut network.layers[1].narrow, value, 3)),
    ("a bias", |network, value| {
        let linear = &network.layers[0].widen;
        let mut bias = linear.bias().unwrap().clone();
        set(&mut bias, value);
        network.layers[0].widen = Linear::new(linear.weight().clone(), Some(bias));
    }),
];

/// Puts `value` at the place of word 5.
fn set(tensor: &mut Tensor, value: f32) {
    let shape = tensor.shape().clone();
    let columns = shape.dims().last().copied().unwrap();
    let place = if shape.dims().len() == 2 { 5 * columns + 3 } else { 5 };
    let mut values: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
    values[place] = value;
    *tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
}

fn set_linear(linear: &mut Linear, value: f32, row: usize) {
    let (rows, columns) = linear.weight().dims2().unwrap();
    let mut values: Vec<f32> = linear.weight().flatten_all().unwrap().to_vec1().unwrap();
    values[row * columns + 4] = value;
    let weight = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
    *linear = Linear::new(weight, linear.bias().cloned());
}

#[test]
fn a_weight_that_is_not_a_number_shows_in_the_answer() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (name, change) in CHANGES {
            let mut network = network(SMALL, 0.15);
            change(&mut network, value);
            for (format, _) in formats() {
                let encoder = packed(&network, format, processor(2)).unwrap();
                let hit = Tokens { ids: vec![5, 6], segments: vec![0; 2], positions: vec![0, 1] };
                let states = encoder.states(vec![hit], Reads::Mean).unwrap();
                let finite = states[0].iter().all(|value| value.is_finite());
                assert!(!finite, "{value} in {name}, {format:?}");
            }
        }
    }
}

#[test]
fn a_broken_word_fails_only_the_sequences_that_hold_it() {
    let mut broken = network(SMALL, 0.15);
    set(&mut broken.words, f32::NAN);
    let clean = network(SMALL, 0.15);
    for (format, _) in formats() {
        let states = |network| {
            let encoder = packed(network, format, processor(2)).unwrap();
            encoder.states(sequences(&LENGTHS), Reads::Mean).unwrap()
        };
        let both = states(&broken).into_iter().zip(states(&clean));
        for ((broken, clean), tokens) in both.zip(sequences(&LENGTHS)) {
            if tokens.ids.contains(&5) {
                assert!(broken.iter().any(|value| value.is_nan()), "{format:?}");
            } else {
                assert_eq!(broken, clean, "{format:?}");
            }
        }
    }
}

#[test]
fn extreme_weights_give_finite_answers() {
    for scale in [1e-30, 1e-3, 3.0, 100.0, 1e4] {
        let mut network = network(SMALL, scale);
        for (place, factor) in [(0, 1e-20), (1, 1e15), (2, 1.0)] {
            let words = (&network.words * factor).unwrap();
            network.words = words.to_dtype(DType::F32).unwrap();
            for (format, _) in formats() {
                let encoder = packed(&network, format, processor(2)).unwrap();
                for state in encoder.states(sequences(&LENGTHS), Reads::First).unwrap() {
                    let finite = state.iter().all(|value| value.is_finite());
                    assert!(finite, "weights to {scale}, words {place}, {format:?}");
                }
            }
        }
    }
}

#[test]
fn rounding_to_bf16_is_that_of_the_half_crate() {
    let mut numbers = Numbers(3);
    let special = [0.0, -0.0, f32::NAN, -f32::NAN, f32::INFINITY, f32::MAX, f32::MIN, 1e-40];
    let near = (0..1_000).map(|_| numbers.next() * 1e3);
    for value in special.into_iter().chain(near) {
        let tensor = Tensor::new(value, &Device::Cpu).unwrap().to_dtype(DType::BF16).unwrap();
        let expected = tensor.to_dtype(DType::F32).unwrap().to_scalar::<f32>().unwrap();
        let actual = f32::from_bits(u32::from(rows::bf16(value)) << 16);
        assert!(actual == expected || (actual.is_nan() && expected.is_nan()), "{value}");
    }
}

#[test]
fn smoothing_brings_int8_nearer_where_a_channel_stands_out() {
    let (Some(linear), Some(attention)) = (Kernel::int8(), Kernel::f32_wide()) else { return };
    let format = Format { linear, attention };
    let mut network = network(SMALL, 0.08);
    // The first norm gives two channels twenty times the range of the others.
    let weight: Vec<f32> = (0..96).map(|place| if place < 2 { 20.0 } else { 1.0 }).collect();
    let weight = Tensor::new(weight, &Device::Cpu).unwrap();
    network.norm = LayerNorm::new(weight, network.norm.bias().unwrap().clone(), 1e-12);
    let measured = Smoothing::measure(&network, &sequences(&[40, 9, 21])).unwrap();
    let disagreement = |smoothing: &Smoothing| -> f64 {
        let encoder = Encoder::pack_as(&network, format, smoothing, &processor(1));
        let states = encoder.unwrap().unwrap().states(sequences(&LENGTHS), Reads::First).unwrap();
        let one = |tokens| head::read(&network.states(tokens).unwrap(), Reads::First).unwrap();
        let expected = sequences(&LENGTHS);
        expected.iter().zip(states).map(|(tokens, state)| 1.0 - cosine(&state, &one(tokens))).sum()
    };
    let (plain, smooth) = (disagreement(&Smoothing::default()), disagreement(&measured));
    assert!(smooth < plain / 2.0, "{smooth} {plain}");
}
