//! Weighted fair queueing by virtual time: first between urgencies, then between departments.
//!
//! Start-time fair queueing. Each lane carries a tag, the virtual time at which its next item may
//! start; the smallest tag is served, and serving moves the tag by cost / weight. A lane that was
//! empty starts at the present virtual time: it gets its share at once, and nothing for the time
//! in which it asked for nothing. What one lane does not use, the others share. The same
//! arithmetic between the two urgencies gives bulk work all that interactive work leaves, and
//! never less than its floor.

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
    lanes: BTreeMap<String, LaneItems<T>>,
}

#[derive(Debug)]
struct LaneItems<T> {
    weight: f64,
    tag: f64,
    items: VecDeque<(u64, T)>,
}

/// What to do with an item at the head of its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Hand it out and charge its lane.
    Take,
    /// Leave it and look at the other lanes.
    Skip,
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
        let waits = class.lanes.get(department).is_some_and(|lane| !lane.items.is_empty());
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
        let lane = class.lanes.get(department).filter(|lane| !lane.items.is_empty());
        lane.map_or(0.0, |lane| (class.virtual_time - lane.tag) * lane.weight)
    }

    /// Appends an item to its lane. A cost of 0 counts as 1.
    pub(crate) fn push(&mut self, lane: &Lane, cost: u64, item: T) {
        let cost = cost.max(1);
        let root_time = self.virtual_time;
        let class = self.class_mut(lane.urgency);
        if class.items == 0 {
            class.tag = class.tag.max(root_time);
        }
        class.push(lane, cost, item);
    }

    /// Takes everything, in no particular order.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        let all = std::mem::replace(self, Self::new());
        let lanes = all.interactive.lanes.into_values().chain(all.bulk.lanes.into_values());
        lanes.flat_map(|lane| lane.items).map(|(_, item)| item).collect()
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
            if let Some((cost, item)) = class.pop(&mut judge, dropped) {
                self.virtual_time = self.virtual_time.max(class.tag);
                class.tag += as_f64(cost) / class.weight;
                return Some(item);
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
        Self { weight, tag: 0.0, virtual_time: 0.0, items: 0, lanes: BTreeMap::new() }
    }

    fn push(&mut self, lane: &Lane, cost: u64, item: T) {
        let now = self.virtual_time;
        let waiting = self.lanes.entry(lane.department.clone()).or_insert_with(|| LaneItems {
            weight: 1.0,
            tag: now,
            items: VecDeque::new(),
        });
        if waiting.items.is_empty() {
            waiting.tag = waiting.tag.max(now);
        }
        // The policy may change while requests wait; the newest weight holds.
        waiting.weight = f64::from(lane.weight.max(1));
        waiting.items.push_back((cost, item));
        self.items += 1;
    }

    fn pop(
        &mut self,
        judge: &mut impl FnMut(&T) -> Verdict,
        dropped: &mut Vec<T>,
    ) -> Option<(u64, T)> {
        let mut fairest: Option<(f64, &str)> = None;
        for (name, lane) in &mut self.lanes {
            while let Some((_, head)) = lane.items.front() {
                match judge(head) {
                    Verdict::Drop => {
                        if let Some((_, item)) = lane.items.pop_front() {
                            self.items -= 1;
                            dropped.push(item);
                        }
                    }
                    Verdict::Take => {
                        if fairest.is_none_or(|(tag, _)| lane.tag < tag) {
                            fairest = Some((lane.tag, name));
                        }
                        break;
                    }
                    Verdict::Skip => break,
                }
            }
        }
        let (start, name) = fairest?;
        let name = name.to_owned();
        let lane = self.lanes.get_mut(&name)?;
        let (cost, item) = lane.items.pop_front()?;
        lane.tag += as_f64(cost) / lane.weight;
        self.items -= 1;
        self.virtual_time = self.virtual_time.max(start);
        let now = self.virtual_time;
        // An empty lane is remembered only while it has been served ahead of the others.
        self.lanes.retain(|_, lane| !lane.items.is_empty() || lane.tag > now);
        Some((cost, item))
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs of single items are far below 2^52")]
fn as_f64(cost: u64) -> f64 {
    cost as f64
}

#[cfg(test)]
mod tests;
