use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

impl<T> FairQueue<T> {
    fn is_empty(&self) -> bool {
        self.interactive.items + self.bulk.items == 0
    }

    /// Items and cost that wait in a lane.
    fn waiting(&self, department: &str, urgency: Urgency) -> (usize, u64) {
        let lane = self.class(urgency).lanes.get(department);
        lane.map_or((0, 0), |lane| {
            let waiting = lane.kinds.values().flatten();
            waiting.fold((0, 0), |(items, cost), waiting| (items + 1, cost + waiting.cost))
        })
    }
}

fn lane(department: &str, urgency: Urgency, weight: u32) -> Lane {
    Lane { department: department.to_owned(), urgency, weight }
}

fn interactive(department: &str, weight: u32) -> Lane {
    lane(department, Urgency::Interactive, weight)
}

/// Pops items worth `budget` and returns what each name was served.
fn serve(queue: &mut FairQueue<(&'static str, u64)>, budget: u64) -> HashMap<&'static str, u64> {
    let mut served = HashMap::new();
    let mut spent = 0;
    while spent < budget {
        let Some((name, cost)) = queue.pop(|_| Verdict::Take, &mut vec![]) else { break };
        *served.entry(name).or_insert(0) += cost;
        spent += cost;
    }
    served
}

#[test]
fn lanes_share_by_weight_in_cost_not_in_items() {
    let mut queue = FairQueue::new();
    for _ in 0..1_000 {
        queue.push(&interactive("a", 1), 0, 10, ("a", 10));
        queue.push(&interactive("b", 3), 0, 30, ("b", 30));
    }
    let served = serve(&mut queue, 8_000);
    assert!((1_900..=2_100).contains(&served["a"]), "{served:?}");
    assert!((5_900..=6_100).contains(&served["b"]), "{served:?}");
}

#[test]
fn a_newcomer_gets_its_share_at_once_and_nothing_for_the_past() {
    let mut queue = FairQueue::new();
    for _ in 0..1_000 {
        queue.push(&interactive("flood", 1), 0, 10, ("flood", 10));
    }
    serve(&mut queue, 5_000);
    for _ in 0..100 {
        queue.push(&interactive("newcomer", 1), 0, 10, ("newcomer", 10));
    }
    let served = serve(&mut queue, 200);
    assert!((90..=110).contains(&served["newcomer"]), "{served:?}");
}

#[test]
fn what_nobody_else_wants_is_lent() {
    let mut queue = FairQueue::new();
    for _ in 0..10 {
        queue.push(&lane("a", Urgency::Bulk, 1), 0, 10, ("a", 10));
    }
    assert_eq!(serve(&mut queue, 1_000)["a"], 100);
    assert!(queue.is_empty());
}

#[test]
fn bulk_keeps_a_floor_and_no_more_while_people_wait() {
    let mut queue = FairQueue::new();
    for _ in 0..1_000 {
        queue.push(&lane("a", Urgency::Bulk, 100), 0, 10, ("bulk", 10));
        queue.push(&interactive("b", 1), 0, 10, ("interactive", 10));
    }
    let served = serve(&mut queue, 5_000);
    assert!((450..=550).contains(&served["bulk"]), "{served:?}");
}

#[test]
fn skipped_heads_stay_and_dropped_ones_cost_nothing() {
    let mut queue = FairQueue::new();
    queue.push(&interactive("a", 1), 0, 10, ("other model", 10));
    queue.push(&interactive("b", 1), 0, 10, ("left", 10));
    queue.push(&interactive("b", 1), 0, 10, ("wanted", 10));
    let mut dropped = vec![];
    let judge = |item: &(&'static str, u64)| match item.0 {
        "other model" => Verdict::Skip,
        "left" => Verdict::Drop,
        _ => Verdict::Take,
    };
    assert_eq!(queue.pop(judge, &mut dropped).unwrap().0, "wanted");
    assert_eq!(dropped, [("left", 10)]);
    assert_eq!(queue.pop(judge, &mut dropped), None);
    assert_eq!(queue.waiting("a", Urgency::Interactive), (1, 10));
    assert_eq!(queue.waiting("b", Urgency::Interactive), (0, 0));
}

#[test]
fn nothing_overtakes_the_fairest_item_when_there_is_no_room_for_it() {
    let mut queue = FairQueue::new();
    queue.push(&interactive("a", 1), 0, 100, ("large", 100));
    queue.push(&interactive("b", 1), 0, 10, ("small", 10));
    queue.push(&lane("c", Urgency::Bulk, 1), 0, 10, ("bulk", 10));
    let room = |room| {
        move |item: &(&str, u64)| {
            if item.1 <= room { Verdict::Take } else { Verdict::Full }
        }
    };
    assert_eq!(queue.pop(room(50), &mut vec![]), None);
    assert_eq!(queue.pop(room(100), &mut vec![]), Some(("large", 100)));
}

#[test]
fn a_lane_of_mixed_work_offers_each_kind_and_begins_with_the_oldest() {
    let mut queue = FairQueue::new();
    let a = interactive("a", 1);
    for (kind, name) in [(1, "first"), (0, "second"), (1, "third"), (0, "fourth")] {
        queue.push(&a, kind, 10, (name, kind));
    }
    let of = |wanted: u64| {
        move |item: &(&str, u64)| {
            if item.1 == wanted { Verdict::Take } else { Verdict::Skip }
        }
    };
    let mut names = vec![];
    names.extend(queue.pop(|_| Verdict::Take, &mut vec![]));
    names.extend(queue.pop(of(1), &mut vec![]));
    names.extend(queue.pop(of(1), &mut vec![]));
    names.extend(queue.pop(|_| Verdict::Take, &mut vec![]));
    assert_eq!(names, [("first", 1), ("third", 1), ("second", 0)]);
    assert_eq!(queue.clear(), [("fourth", 0)]);
}

proptest! {
    #[test]
    fn everything_comes_out_once_and_in_order_within_its_lane(
        pushes in prop::collection::vec((0_usize..4, any::<bool>(), 1_u32..5, 0_u64..50), 1..200)
    ) {
        let names = ["a", "b", "c", "d"];
        let mut queue = FairQueue::new();
        for (index, (name, bulk, weight, cost)) in pushes.iter().enumerate() {
            let urgency = if *bulk { Urgency::Bulk } else { Urgency::Interactive };
            queue.push(&lane(names[*name], urgency, *weight), 0, *cost, (*name, *bulk, index));
        }
        let mut last = HashMap::new();
        let mut count = 0;
        while let Some((name, bulk, index)) = queue.pop(|_| Verdict::Take, &mut vec![]) {
            let before = last.insert((name, bulk), index);
            prop_assert!(before.is_none_or(|before| before < index));
            count += 1;
        }
        prop_assert_eq!(count, pushes.len());
        prop_assert!(queue.is_empty());
    }

    /// Between two lanes that always have work, the normalised service differs by no more than
    /// the largest item of each.
    #[test]
    fn backlogged_lanes_stay_within_one_item_of_each_other(
        costs in prop::collection::vec((1_u64..100, 1_u64..100), 50..150),
        weights in (1_u32..8, 1_u32..8),
    ) {
        let mut queue = FairQueue::new();
        for (a, b) in &costs {
            queue.push(&interactive("a", weights.0), 0, *a, (true, *a));
            queue.push(&interactive("b", weights.1), 0, *b, (false, *b));
        }
        let (mut a, mut b) = (0.0, 0.0);
        let bound = 100.0 / f64::from(weights.0) + 100.0 / f64::from(weights.1);
        loop {
            let both = [("a", Urgency::Interactive), ("b", Urgency::Interactive)]
                .iter().all(|(name, urgency)| queue.waiting(name, *urgency).0 > 0);
            if !both { break }
            let (is_a, cost) = queue.pop(|_| Verdict::Take, &mut vec![]).unwrap();
            if is_a { a += as_f64(cost) / f64::from(weights.0) }
            else { b += as_f64(cost) / f64::from(weights.1) }
            prop_assert!((a - b).abs() <= bound, "{} {}", a, b);
        }
    }
}
