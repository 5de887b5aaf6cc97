//! The scheduler under a virtual clock: no thread, no sleep, the same run every time.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

mod admission;

const TOKENS_MAX: u64 = 200;
const BATCH_TOKENS_MAX: u64 = 1_000;
const BATCH_TIME_MAX: Duration = Duration::from_millis(50);

/// A request of one text.
#[derive(Clone, Debug)]
struct Item {
    id: usize,
    lane: Lane,
    model: ModelId,
    tokens: u64,
    deadline: Option<Instant>,
    leaves: Option<Instant>,
    clock: Rc<Cell<Instant>>,
}

impl Work for Item {
    fn lane(&self) -> &Lane {
        &self.lane
    }

    fn model(&self) -> ModelId {
        self.model
    }

    fn shape(&self) -> Shape {
        Shape::text(self.tokens)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn is_wanted(&self) -> bool {
        self.leaves.is_none_or(|leaves| leaves > self.clock.get())
    }
}

/// What the device really takes: 1 ms, 20 µs a token and 20 ns a token squared.
fn law(shape: Shape) -> Duration {
    let nanos = 1_000_000 + 20_000 * shape.tokens + 20 * shape.squares;
    Duration::from_nanos(nanos)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Refused,
    Dropped,
    Computed(Instant),
}

/// A device, a tokenizer that takes no time, and a clock.
struct World {
    start: Instant,
    clock: Rc<Cell<Instant>>,
    scheduler: Scheduler<Item, Item>,
    outcomes: HashMap<usize, Vec<Outcome>>,
    /// The batch on the device, and when it ends.
    running: Option<(Instant, Formed<Item>)>,
    served: HashMap<(String, Urgency), u64>,
    waiting: HashMap<usize, Item>,
    items: usize,
}

impl World {
    fn new(scheduling: Scheduling) -> Self {
        let largest = Largest { texts: 64, tokens: BATCH_TOKENS_MAX, time: BATCH_TIME_MAX };
        let mut scheduler = Scheduler::new(Limits { scheduling, largest });
        scheduler.add_model(0, TOKENS_MAX, BATCH_TOKENS_MAX);
        scheduler.add_model(1, TOKENS_MAX, BATCH_TOKENS_MAX);
        let start = Instant::now();
        Self {
            start,
            clock: Rc::new(Cell::new(start)),
            scheduler,
            outcomes: HashMap::new(),
            running: None,
            served: HashMap::new(),
            waiting: HashMap::new(),
            items: 0,
        }
    }

    /// One that has seen batches of many shapes.
    fn trained() -> Self {
        let mut world = Self::new(Scheduling::Fair);
        for index in 0..200_u64 {
            let text = Shape::text(1 + index * 37 % TOKENS_MAX);
            let shape = (0..=index % 5).fold(Shape::default(), |sum, _| sum.plus(text));
            world.scheduler.finished(index % 2, shape, Some(law(shape)));
        }
        world
    }

    fn now(&self) -> Instant {
        self.clock.get()
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn item(&mut self, lane: Lane, model: ModelId, tokens: u64) -> Item {
        self.items += 1;
        let (id, clock) = (self.items, Rc::clone(&self.clock));
        Item { id, lane, model, tokens, deadline: None, leaves: None, clock }
    }

    /// Admits, tokenizes and queues.
    fn arrive(&mut self, item: Item) {
        let now = self.now();
        let ask = (item.model, item.shape());
        if self.scheduler.admit(&item.lane, ask, item.deadline, now).is_err() {
            self.note(item.id, Outcome::Refused);
            return;
        }
        self.waiting.insert(item.id, item.clone());
        self.scheduler.push_raw(item, 4, now);
        let mut dropped = vec![];
        while let Some(item) = self.scheduler.pop_raw(now, &mut dropped) {
            self.scheduler.request_is_encoded();
            self.scheduler.push_ready(item);
        }
        self.drop_all(&dropped);
    }

    fn drop_all(&mut self, dropped: &[Item]) {
        for item in dropped {
            assert!(!is_due(item, self.now()), "dropped, but still due");
            self.note(item.id, Outcome::Dropped);
        }
    }

    fn note(&mut self, id: usize, outcome: Outcome) {
        self.waiting.remove(&id);
        self.outcomes.entry(id).or_default().push(outcome);
    }

    /// Starts a batch if the device is free and anything waits; checks it against the limits.
    fn start(&mut self) -> bool {
        if self.running.is_some() {
            return false;
        }
        let mut dropped = vec![];
        let formed = self.scheduler.next_batch(self.now(), &mut dropped);
        self.drop_all(&dropped);
        let Some(formed) = formed else { return false };
        let first = &formed.units[0];
        assert!(formed.units.iter().all(|item| item.model == first.model));
        assert!(formed.units.iter().all(|item| is_due(item, self.now())));
        assert!(formed.units.len() == 1 || formed.shape.tokens <= BATCH_TOKENS_MAX);
        assert!(formed.units.len() <= 64 && (0.0..=1.0).contains(&formed.fill));
        self.running = Some((self.now() + law(formed.shape), formed));
        true
    }

    /// Ends the batch on the device, at its time.
    fn end(&mut self) -> Option<Formed<Item>> {
        let (end, formed) = self.running.take()?;
        self.clock.set(end);
        let model = formed.units[0].model;
        self.scheduler.finished(model, formed.shape, Some(law(formed.shape)));
        for item in &formed.units {
            let lane = (item.lane.department.clone(), item.lane.urgency);
            *self.served.entry(lane).or_default() += item.tokens;
            self.note(item.id, Outcome::Computed(end));
        }
        Some(formed)
    }

    /// Lives through the arrivals (milliseconds from the start) and until nothing waits.
    fn run(&mut self, mut arrivals: Vec<(u64, Item)>) {
        arrivals.sort_by_key(|(at, _)| *at);
        let mut arrivals = arrivals.into_iter().peekable();
        loop {
            let end = self.running.as_ref().map(|(end, _)| *end);
            let next = arrivals.peek().map(|(at, _)| self.at(*at));
            match (next, end) {
                (Some(next), end) if end.is_none_or(|end| next <= end) => {
                    self.clock.set(next.max(self.now()));
                    let item = arrivals.next().map(|(_, item)| item);
                    item.into_iter().for_each(|item| self.arrive(item));
                }
                (_, Some(_)) => drop(self.end()),
                (_, None) => return,
            }
            // Work conservation: a free device means that nothing due waits.
            if !self.start() && self.running.is_none() && self.scheduler.hold == 0 {
                let due = self.waiting.values().find(|item| is_due(*item, self.now()));
                assert!(due.is_none(), "the device is idle and {due:?} waits");
            }
        }
    }

    fn computed(&self, id: usize) -> Option<Instant> {
        self.outcomes.get(&id)?.iter().find_map(|outcome| match outcome {
            Outcome::Computed(at) => Some(*at),
            Outcome::Refused | Outcome::Dropped => None,
        })
    }
}

fn lane(number: usize, urgency: Urgency, weight: u32) -> Lane {
    Lane { department: format!("department {number}"), urgency, weight }
}

fn any_urgency() -> impl Strategy<Value = Urgency> {
    prop::sample::select(vec![Urgency::Interactive, Urgency::Bulk])
}

/// When it arrives, its department, urgency, model and tokens, its deadline, when it leaves.
type Arrival = (u64, usize, Urgency, ModelId, u64, Option<u64>, Option<u64>);

fn any_arrival() -> impl Strategy<Value = Arrival> {
    (
        0_u64..400,
        0_usize..4,
        any_urgency(),
        0_u64..2,
        1..=TOKENS_MAX,
        prop::option::of(0_u64..300),
        prop::option::weighted(0.2, 0_u64..300),
    )
}

fn arrivals(world: &mut World, arrivals: &[Arrival]) -> Vec<(u64, Item)> {
    arrivals
        .iter()
        .map(|(at, department, urgency, model, tokens, deadline, leaves)| {
            let mut item = world.item(lane(*department, *urgency, 1), *model, *tokens);
            item.deadline = deadline.map(|ms| world.at(at + ms));
            item.leaves = leaves.map(|ms| world.at(at + ms));
            (*at, item)
        })
        .collect()
}

proptest! {
    /// Conservation: every request has exactly one outcome, in both orders, and nothing is left
    /// behind in the books. Work conservation is checked at every step.
    #[test]
    fn every_request_has_exactly_one_outcome(
        list in prop::collection::vec(any_arrival(), 1..150),
        fifo in any::<bool>(),
    ) {
        let mut world = World::new(if fifo { Scheduling::Fifo } else { Scheduling::Fair });
        let list = arrivals(&mut world, &list);
        let count = list.len();
        world.run(list);
        prop_assert_eq!(world.outcomes.len(), count);
        prop_assert!(world.outcomes.values().all(|outcomes| outcomes.len() == 1));
        prop_assert!(world.scheduler.tallies.is_empty() && world.waiting.is_empty());
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the lanes are weighted and whatever their texts, after every batch each lane that
    /// always has work is within one batch (and one text) of its share.
    #[test]
    fn each_lane_is_within_one_batch_of_its_share(
        weights in prop::collection::vec(1_u32..5, 2..6),
        tokens in prop::collection::vec(1..=TOKENS_MAX, 100),
        models in 1_u64..3,
    ) {
        let mut world = World::trained();
        for (index, tokens) in tokens.iter().cycle().take(2_000).enumerate() {
            let number = index % weights.len();
            let lane = lane(number, Urgency::Interactive, weights[number]);
            let model = (number as u64 + index as u64 / 31) % models;
            let item = world.item(lane, model, *tokens);
            world.arrive(item);
        }
        let sum: f64 = weights.iter().copied().map(f64::from).sum();
        for _ in 0..100 {
            prop_assert!(world.start());
            world.end();
            let key = |number: usize| (format!("department {number}"), Urgency::Interactive);
            if (0..weights.len()).any(|number| !world.scheduler.tallies.contains_key(&key(number))) {
                break;
            }
            let total: u64 = world.served.values().sum();
            for (index, weight) in weights.iter().enumerate() {
                let served = world.served.get(&key(index)).copied().unwrap_or_default();
                let due = number(total) * f64::from(*weight) / sum;
                let off = (number(served) - due).abs();
                prop_assert!(off <= number(BATCH_TOKENS_MAX + TOKENS_MAX), "{} off", off);
            }
        }
    }

    /// No starvation: while interactive work floods the device, bulk work gets its tenth, and a
    /// department with one text is served within two batches.
    #[test]
    fn nobody_starves(
        tokens in prop::collection::vec(1..=TOKENS_MAX, 100),
        newcomer in 1..=TOKENS_MAX,
    ) {
        let mut world = World::trained();
        for tokens in tokens.iter().cycle().take(1_500) {
            let flood = world.item(lane(0, Urgency::Interactive, 100), 0, *tokens);
            world.arrive(flood);
            let bulk = world.item(lane(1, Urgency::Bulk, 1), 0, *tokens);
            world.arrive(bulk);
        }
        for batch in 1..=40 {
            prop_assert!(world.start());
            world.end();
            let total = number(world.served.values().sum());
            let key = ("department 1".to_owned(), Urgency::Bulk);
            let bulk = number(world.served.get(&key).copied().unwrap_or_default());
            let slack = number(BATCH_TOKENS_MAX + TOKENS_MAX);
            prop_assert!(bulk >= total / 10.0 - slack, "{} of {} in batch {}", bulk, total, batch);
        }
        let item = world.item(lane(2, Urgency::Interactive, 1), 0, newcomer);
        let id = item.id;
        world.arrive(item);
        for _ in 0..2 {
            world.start();
            world.end();
        }
        prop_assert!(world.computed(id).is_some());
    }

    /// Once the speed is known, a batch of several texts keeps its limit of time.
    #[test]
    fn batches_keep_their_limit_of_time(tokens in prop::collection::vec(1..=TOKENS_MAX, 1..200)) {
        let mut world = World::trained();
        world.scheduler.limits.largest.time = Duration::from_millis(8);
        for tokens in tokens {
            let item = world.item(lane(0, Urgency::Bulk, 1), 0, tokens);
            world.arrive(item);
        }
        while world.start() {
            let formed = world.end();
            let formed = formed.filter(|formed| formed.units.len() > 1);
            let time = formed.map(|formed| law(formed.shape)).unwrap_or_default();
            prop_assert!(time <= Duration::from_micros(8_400), "{:?}", time);
        }
    }
}

#[test]
fn batch_formation_waits_for_as_many_requests_as_the_hook_says() {
    let mut world = World::new(Scheduling::Fair);
    world.scheduler.hold_until(3);
    for count in 1..=3 {
        assert!(!world.start());
        let item = world.item(lane(count, Urgency::Interactive, 1), 0, 10);
        world.arrive(item);
    }
    assert!(world.start());
    assert_eq!(world.end().unwrap().units.len(), 3);
}

#[test]
fn a_batch_closes_early_for_its_tightest_deadline() {
    let mut world = World::trained();
    let mut urgent = world.item(lane(0, Urgency::Interactive, 1), 0, 100);
    urgent.deadline = Some(world.at(8));
    world.arrive(urgent);
    for _ in 0..20 {
        let item = world.item(lane(1, Urgency::Interactive, 1), 0, 100);
        world.arrive(item);
    }
    assert!(world.start());
    let (end, formed) = world.running.as_ref().unwrap();
    assert_eq!(formed.units[0].lane.department, "department 0");
    assert!(formed.units.len() > 1 && *end <= world.at(8), "{}", formed.units.len());
    world.end();
    assert!(world.start());
    assert!(world.end().unwrap().units.len() > 5, "nobody hurries the next one");
}

#[test]
fn in_order_of_arrival_nobody_overtakes() {
    let mut world = World::new(Scheduling::Fifo);
    for index in 0..30 {
        let urgency = if index % 2 == 0 { Urgency::Bulk } else { Urgency::Interactive };
        let item = world.item(lane(index % 3, urgency, 1), 0, TOKENS_MAX);
        world.arrive(item);
    }
    let mut order = vec![];
    while world.start() {
        order.extend(world.end().unwrap().units.iter().map(|item| item.id));
    }
    assert!(order.is_sorted() && order.len() == 30);
}

#[test]
fn taking_all_that_waits_leaves_nothing() {
    let mut world = World::new(Scheduling::Fair);
    for index in 0..10 {
        let item = world.item(lane(index % 3, Urgency::Bulk, 1), index as u64 % 2, 10);
        world.arrive(item);
    }
    let item = world.item(lane(0, Urgency::Bulk, 1), 0, 10);
    world.scheduler.push_raw(item, 4, world.start);
    let (raw, ready) = world.scheduler.clear();
    assert_eq!((raw.len(), ready.len()), (1, 10));
    assert!(!world.start() && world.scheduler.tallies.is_empty());
}
