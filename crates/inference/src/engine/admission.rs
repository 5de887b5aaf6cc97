//! How much a lane may have in the engine. A place is held from the call until the last trace of
//! the request is gone, so that cancelled work that is still queued counts too.

use crate::{Lane, LaneLimit, Urgency};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who has how much in the engine.
#[derive(Debug)]
pub(crate) struct Admission {
    requests_max: usize,
    bytes_max: usize,
    lanes: Mutex<BTreeMap<(String, Urgency), Held>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    requests: usize,
    bytes: usize,
}

/// A request's place; leaving is dropping it.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    lane: (String, Urgency),
    bytes: usize,
}

impl Admission {
    pub(crate) fn new(requests_max: usize, bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { requests_max, bytes_max, lanes: Mutex::default() })
    }

    /// A place for a request of `bytes`, if the lane has room. A single request larger than the
    /// byte limit is let in when the lane is empty: the limit of a request is checked elsewhere.
    pub(crate) fn enter(self: &Arc<Self>, lane: &Lane, bytes: usize) -> Result<Place, LaneLimit> {
        let key = (lane.department.clone(), lane.urgency);
        let mut lanes = self.lock();
        let held = lanes.entry(key.clone()).or_default();
        if held.requests >= self.requests_max {
            return Err(LaneLimit::Requests { allowed: self.requests_max });
        }
        if held.requests > 0 && held.bytes.saturating_add(bytes) > self.bytes_max {
            return Err(LaneLimit::Bytes { allowed: self.bytes_max });
        }
        held.requests += 1;
        held.bytes += bytes;
        report(&key, held.requests);
        drop(lanes);
        Ok(Place { admission: Arc::clone(self), lane: key, bytes })
    }

    /// Lanes with requests in the engine, and how many.
    pub(crate) fn lanes(&self) -> Vec<(String, Urgency, usize)> {
        self.lock()
            .iter()
            .map(|((department, urgency), held)| (department.clone(), *urgency, held.requests))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, Urgency), Held>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lanes = self.admission.lock();
        if let Some(held) = lanes.get_mut(&self.lane) {
            held.requests -= 1;
            held.bytes -= self.bytes;
            report(&self.lane, held.requests);
            if held.requests == 0 {
                lanes.remove(&self.lane);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge for people")]
fn report(lane: &(String, Urgency), requests: usize) {
    metrics::gauge!(
        "amtshilfe_engine_lane_requests",
        "department" => lane.0.clone(),
        "urgency" => lane.1.as_str(),
    )
    .set(requests as f64);
}
