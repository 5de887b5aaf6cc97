//! How sure a share of judgements is.

/// Of the normal distribution, for 95 %.
const Z: f64 = 1.959_964;

/// A share with its 95 % interval after Wilson (1927).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// How many of them.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// None of none is a share between nothing and all.
    #[must_use]
    pub fn new(hits: u64, of: u64) -> Self {
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        let (count, share) = (float(of), float(hits) / float(of));
        let middle = share + Z * Z / (2.0 * count);
        let spread = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        let whole = 1.0 + Z * Z / count;
        let (low, high) = ((middle - spread) / whole, (middle + spread) / whole);
        Self { hits, of, low: low.max(0.0), high: high.min(1.0) }
    }

    /// The share itself; none of none is nothing.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| float(self.hits) / float(self.of))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_wilson() {
        let close = |value: f64, wanted: f64| assert!((value - wanted).abs() < 5e-4, "{value}");
        let interval = Interval::new(8, 10);
        close(interval.low, 0.4902);
        close(interval.high, 0.9433);
        close(Interval::new(10, 10).low, 0.7225);
        close(Interval::new(10, 10).high, 1.0);
        close(Interval::new(0, 100).low, 0.0);
        let most = Interval::new(99, 100);
        assert!(most.low > 0.94 && most.low < 0.99 && most.high > 0.99 && most.high < 1.0);
        let none = Interval::new(0, 0);
        assert_eq!((none.low, none.share()), (0.0, None));
    }
}
