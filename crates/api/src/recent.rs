//! What a decision refers to: the classes and rules that recent answers named, by inference id.
//!
//! In memory alone, the newest only, and in the office's mode only; no content of any paper. A decision on
//! an older answer is kept all the same, without the class that was decided on.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// Some tens of megabytes when full.
const ANSWERS_MAX: usize = 32_768;

/// The parts of an answer that people decide on, each list in the order of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decidable {
    /// The class of each document.
    pub(crate) classes: Vec<String>,
    /// The rule of each hint.
    pub(crate) rules: Vec<String>,
    /// The id of each item of the checklist.
    pub(crate) items: Vec<String>,
}

/// An answer that was given.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) department: String,
    /// Of its record.
    pub(crate) index: u64,
    pub(crate) models: Vec<inference::ModelUse>,
    pub(crate) parts: Decidable,
}

/// The newest answers.
#[derive(Debug, Default)]
pub struct Recent {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    order: VecDeque<Uuid>,
    answers: HashMap<Uuid, Arc<Answered>>,
}

impl Recent {
    pub(crate) fn keep(&self, inference_id: Uuid, answered: Answered) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.order.push_back(inference_id);
        inner.answers.insert(inference_id, Arc::new(answered));
        if inner.order.len() > ANSWERS_MAX
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.answers.remove(&oldest);
        }
    }

    /// The answer, where this department got it.
    pub(crate) fn find(&self, inference_id: &Uuid, department: &str) -> Option<Arc<Answered>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let found = inner.answers.get(inference_id)?;
        (found.department == department).then(|| Arc::clone(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(index: u64) -> Answered {
        Answered { department: "a".into(), index, models: Vec::new(), parts: Decidable::default() }
    }

    #[test]
    fn the_newest_are_kept_and_each_department_sees_its_own() {
        let recent = Recent::default();
        let (first, last) = (Uuid::from_u128(0), Uuid::from_u128(ANSWERS_MAX as u128));
        for id in 0..=ANSWERS_MAX as u64 {
            recent.keep(Uuid::from_u128(u128::from(id)), answered(id));
        }
        assert!(recent.find(&first, "a").is_none());
        assert_eq!(recent.find(&last, "a").map(|found| found.index), Some(ANSWERS_MAX as u64));
        assert!(recent.find(&last, "b").is_none());
    }
}
