//! Reproducible randomness: the same seed gives the same papers on every machine and version.

/// A generator of pseudo-random numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// A generator that always gives the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x5851_f42d_4c95_7f2d }
    }

    /// A generator of its own for a named purpose, so that one purpose does not shift another.
    #[must_use]
    pub fn fork(&self, label: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.state;
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self::new(hash)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end` - 1; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next_u64() % end).unwrap_or(0)
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        let span = u64::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(1).max(1);
        first.saturating_add(i64::try_from(self.next_u64() % span).unwrap_or(0))
    }

    /// A number from 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// True with this probability.
    pub fn with(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the list, the default of an empty one.
    pub fn pick<T: Clone + Default>(&mut self, list: &[T]) -> T {
        list.get(self.below(list.len())).cloned().unwrap_or_default()
    }

    /// Brings the list into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last + 1);
            list.swap(last, other);
        }
    }

    /// That many digits, the first not zero.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|index| {
                let first = i64::from(index == 0);
                char::from(b'0' + u8::try_from(self.between(first, 9)).unwrap_or(0))
            })
            .collect()
    }

    /// That many capital letters, none that is easily taken for a digit.
    pub fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8] = b"CFGHJKLMNPRTVWXYZ";
        (0..count)
            .map(|_| char::from(LETTERS.get(self.below(LETTERS.len())).copied().unwrap_or(b'C')))
            .collect()
    }
}
