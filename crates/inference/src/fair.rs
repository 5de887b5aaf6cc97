//! Weighted fair queueing by virtual time: first between urgencies, then between departments.
//!
//! Start-time fair queueing. Each lane carries a tag, the virtual time at which its next item may
//! start; the smallest tag is served, and serving moves the tag by cost / weight. A lane that was
//! empty starts at the present virtual time: it gets its share at once, and nothing for the time
//! in which it asked for nothing. What one lane does not use, the others share. The same
//! arithmetic between the two urgencies gives bulk work all that interactive work leaves, and
//! never less than its floor.
//!
//! Items of a lane are in order within their kind (the model that they go to), so that a lane of
//! mixed work has something to give to a batch of either kind: would it offer only its oldest
//! item, every change of kind would cost it a batch.

use crate::{Lane, Urgency};
use std::collections::{BTreeMap, VecDeque};

/// Share of interactive work while both wait. Bulk keeps a tenth, so that it never starves.
const INTERACTIVE_WEIGHT: f64 = 9.0;
/// Share of bulk work while both wait.
const BULK_WEIGHT: f64 = 1.0;

/// Items of every lane, handed out fairly by cost.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    interactive: Class<T>,
    bulk: Class<T>,
    virtual_time: f64,
}

#[derive(Debug)]
struct Class<T> {
    weight: f64,
    tag: f64,
    virtual_time: f64,
    items: usize,
    pushed: u64,
    lanes: BTreeMap<String, LaneItems<T>>,
}

#[derive(Debug)]
struct LaneItems<T> {
    weight: f64,
    tag: f64,
    /// By kind; none is empty.
    kinds: BTreeMap<u64, VecDeque<Waiting<T>>>,
}

#[derive(Debug)]
struct Waiting<T> {
    /// The order of arrival.
    number: u64,
    cost: u64,
    item: T,
}

/// What to do with an item at the head of its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Hand it out and charge its lane.
    Take,
    /// Leave it and look at the other lanes: it is of another kind.
    Skip,
    /// There is no room for it. If it is the fairest, nothing is handed out: smaller items of
    /// lanes that were served before must not overtake it for ever.
    Full,
    /// Nobody wants it any more: remove it without charging its lane.
    Drop,
}

impl<T> FairQueue<T> {
    pub(crate) fn new() -> Self {
        Self {
            interactive: Class::new(INTERACTIVE_WEIGHT),
            bulk: Class::new(BULK_WEIGHT),
            virtual_time: 0.0,
        }
    }

    /// Where a lane stands in virtual time: the time at which its next item, or a newcomer's
    /// first one, may start.
    pub(crate) fn lane_tag(&self, department: &str, urgency: Urgency) -> f64 {
        let class = self.class(urgency);
        let tag = class.lanes.get(department).map_or(0.0, |lane| lane.tag);
        let waits = class.lanes.get(department).is_some_and(|lane| !lane.kinds.is_empty());
        if waits { tag } else { tag.max(class.virtual_time) }
    }

    /// The same of an urgency, and its weight against the other one.
    pub(crate) fn class_tag(&self, urgency: Urgency) -> (f64, f64) {
        let class = self.class(urgency);
        let waits = class.items > 0;
        (if waits { class.tag } else { class.tag.max(self.virtual_time) }, class.weight)
    }

    /// How much cost a waiting lane is behind its share; negative where it was served ahead.
    pub(crate) fn lag(&self, department: &str, urgency: Urgency) -> f64 {
        let class = self.class(urgency);
        let lane = class.lanes.get(department).filter(|lane| !lane.kinds.is_empty());
        lane.map_or(0.0, |lane| (class.virtual_time - lane.tag) * lane.weight)
    }

    /// Appends an item to its lane. A cost of 0 counts as 1.
    pub(crate) fn push(&mut self, lane: &Lane, kind: u64, cost: u64, item: T) {
        let cost = cost.max(1);
        let root_time = self.virtual_time;
        let class = self.class_mut(lane.urgency);
        if class.items == 0 {
            class.tag = class.tag.max(root_time);
        }
        class.push(lane, kind, cost, item);
    }

    /// Takes everything, in no particular order.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        let all = std::mem::replace(self, Self::new());
        let lanes = all.interactive.lanes.into_values().chain(all.bulk.lanes.into_values());
        let waiting = lanes.flat_map(|lane| lane.kinds.into_values()).flatten();
        waiting.map(|waiting| waiting.item).collect()
    }

    /// Takes the fairest item that `judge` accepts; what it drops goes to `dropped`.
    pub(crate) fn pop(
        &mut self,
        mut judge: impl FnMut(&T) -> Verdict,
        dropped: &mut Vec<T>,
    ) -> Option<T> {
        let order = if self.interactive.tag <= self.bulk.tag {
            [Urgency::Interactive, Urgency::Bulk]
        } else {
            [Urgency::Bulk, Urgency::Interactive]
        };
        for urgency in order {
            let class = match urgency {
                Urgency::Interactive => &mut self.interactive,
                Urgency::Bulk => &mut self.bulk,
            };
            match class.pop(&mut judge, dropped) {
                Popped::Item(cost, item) => {
                    self.virtual_time = self.virtual_time.max(class.tag);
                    class.tag += as_f64(cost) / class.weight;
                    return Some(item);
                }
                Popped::Full => return None,
                Popped::Nothing => {}
            }
        }
        None
    }

    fn class(&self, urgency: Urgency) -> &Class<T> {
        match urgency {
            Urgency::Interactive => &self.interactive,
            Urgency::Bulk => &self.bulk,
        }
    }

    fn class_mut(&mut self, urgency: Urgency) -> &mut Class<T> {
        match urgency {
            Urgency::Interactive => &mut self.interactive,
            Urgency::Bulk => &mut self.bulk,
        }
    }
}

impl<T> Class<T> {
    fn new(weight: f64) -> Self {
        let lanes = BTreeMap::new();
        Self { weight, tag: 0.0, virtual_time: 0.0, items: 0, pushed: 0, lanes }
    }

    fn push(&mut self, lane: &Lane, kind: u64, cost: u64, item: T) {
        let now = self.virtual_time;
        let waiting = self.lanes.entry(lane.department.clone()).or_insert_with(|| LaneItems {
            weight: 1.0,
            tag: now,
            kinds: BTreeMap::new(),
        });
        if waiting.kinds.is_empty() {
            waiting.tag = waiting.tag.max(now);
        }
        // The policy may change while requests wait; the newest weight holds.
        waiting.weight = f64::from(lane.weight.max(1));
        let number = self.pushed;
        waiting.kinds.entry(kind).or_default().push_back(Waiting { number, cost, item });
        self.pushed += 1;
        self.items += 1;
    }

    fn pop(&mut self, judge: &mut impl FnMut(&T) -> Verdict, dropped: &mut Vec<T>) -> Popped<T> {
        let mut fairest: Option<(f64, &str, Head)> = None;
        for (name, lane) in &mut self.lanes {
            let before = dropped.len();
            let oldest = lane.oldest(judge, dropped);
            self.items -= dropped.len() - before;
            if let Some(head) = oldest
                && fairest.as_ref().is_none_or(|(tag, ..)| lane.tag < *tag)
            {
                fairest = Some((lane.tag, name, head));
            }
        }
        let Some((start, name, head)) = fairest else { return Popped::Nothing };
        if !head.fits {
            return Popped::Full;
        }
        let name = name.to_owned();
        let Some(lane) = self.lanes.get_mut(&name) else { return Popped::Nothing };
        let Some(Waiting { cost, item, .. }) = lane.take(head.kind) else {
            return Popped::Nothing;
        };
        lane.tag += as_f64(cost) / lane.weight;
        self.items -= 1;
        self.virtual_time = self.virtual_time.max(start);
        let now = self.virtual_time;
        // An empty lane is remembered only while it has been served ahead of the others.
        self.lanes.retain(|_, lane| !lane.kinds.is_empty() || lane.tag > now);
        Popped::Item(cost, item)
    }
}

/// What a class has to give.
enum Popped<T> {
    Item(u64, T),
    Full,
    Nothing,
}

/// The oldest item of a lane that is not skipped.
struct Head {
    number: u64,
    kind: u64,
    fits: bool,
}

impl<T> LaneItems<T> {
    /// The oldest item that is not skipped, once what nobody wants is dropped.
    fn oldest(
        &mut self,
        judge: &mut impl FnMut(&T) -> Verdict,
        dropped: &mut Vec<T>,
    ) -> Option<Head> {
        let mut oldest: Option<Head> = None;
        for (kind, items) in &mut self.kinds {
            while let Some(Waiting { number, item, .. }) = items.front() {
                let verdict = judge(item);
                match verdict {
                    Verdict::Drop => dropped.extend(items.pop_front().map(|gone| gone.item)),
                    Verdict::Take | Verdict::Full => {
                        if oldest.as_ref().is_none_or(|oldest| *number < oldest.number) {
                            let fits = verdict == Verdict::Take;
                            oldest = Some(Head { number: *number, kind: *kind, fits });
                        }
                        break;
                    }
                    Verdict::Skip => break,
                }
            }
        }
        self.kinds.retain(|_, items| !items.is_empty());
        oldest
    }

    fn take(&mut self, kind: u64) -> Option<Waiting<T>> {
        let items = self.kinds.get_mut(&kind)?;
        let taken = items.pop_front();
        if items.is_empty() {
            self.kinds.remove(&kind);
        }
        taken
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs of single items are far below 2^52")]
fn as_f64(cost: u64) -> f64 {
    cost as f64
}

#[cfg(test)]
mod tests;
