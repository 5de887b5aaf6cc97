//! The proof, as a value, that an answer has its record.

/// An answer whose record is durable. Only [`Log::commit`](crate::Log::commit) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    index: u64,
    answer: T,
}

impl<T> Recorded<T> {
    pub(crate) fn new(index: u64, answer: T) -> Recorded<T> {
        Recorded { index, answer }
    }

    /// The index of the record.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Changes the answer, which may need the index.
    pub fn map<U>(self, change: impl FnOnce(T, u64) -> U) -> Recorded<U> {
        Recorded { index: self.index, answer: change(self.answer, self.index) }
    }

    /// The answer, on its way out.
    pub fn into_inner(self) -> T {
        self.answer
    }
}
