//! Whether what is refused had to be, and whether what is taken is ready in time.

use super::*;

/// A queue of departments (interactive and bulk), each with some texts.
fn any_backlog() -> impl Strategy<Value = Vec<(usize, Urgency, u64, usize)>> {
    prop::collection::vec((0_usize..4, any_urgency(), 1..=TOKENS_MAX, 1_usize..60), 0..8)
}

fn fill(world: &mut World, backlog: &[(usize, Urgency, u64, usize)]) {
    for (department, urgency, tokens, count) in backlog {
        for _ in 0..*count {
            let item = world.item(lane(*department, *urgency, 1), 0, *tokens);
            world.arrive(item);
        }
    }
    // Nothing more arrives: a minute later nobody expects it either.
    world.clock.set(world.now() + Duration::from_secs(60));
    world.start = world.now();
}

proptest! {
    /// What is foretold is what happens, to within a batch and a quarter, whoever waits.
    #[test]
    fn the_end_of_a_queue_is_foretold(
        backlog in any_backlog(),
        urgency in any_urgency(),
        tokens in 1..=TOKENS_MAX,
    ) {
        let mut world = World::trained();
        fill(&mut world, &backlog);
        let item = world.item(lane(0, urgency, 1), 0, tokens);
        let id = item.id;
        let foretold = world.scheduler.ready_after(&item.lane, (0, item.shape()), world.now());
        world.arrive(item);
        while world.start() {
            world.end();
        }
        let actual = world.computed(id).unwrap() - world.start;
        let off = actual.abs_diff(foretold);
        prop_assert!(off <= BATCH_TIME_MAX + actual / 4, "{:?} for {:?}", foretold, actual);
    }

    /// Nobody is refused who would have been ready in time, or with no more than two batches to spare:
    /// what is refused is taken all the same, and its answer awaited.
    #[test]
    fn what_is_refused_would_have_been_late(
        backlog in any_backlog(),
        urgency in any_urgency(),
        tokens in 1..=TOKENS_MAX,
        left_ms in 1_u64..2_000,
    ) {
        let mut world = World::trained();
        fill(&mut world, &backlog);
        world.start();
        let mut item = world.item(lane(0, urgency, 1), 0, tokens);
        let deadline = world.at(left_ms);
        let ask = (0, item.shape());
        let admitted = world.scheduler.admit(&item.lane, ask, Some(deadline), world.now());
        // Taken without its deadline, so that the queue does not drop it either.
        item.deadline = None;
        let id = item.id;
        world.arrive(item);
        while world.running.is_some() || world.start() {
            world.end();
        }
        if admitted.is_err() {
            prop_assert!(world.computed(id).unwrap() + 2 * BATCH_TIME_MAX > deadline);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The same while others keep asking: what they will have asked for is counted too.
    #[test]
    fn the_end_of_a_queue_is_foretold_under_steady_arrivals(
        queue in 20_usize..200,
        others in 1_usize..4,
        tokens in 20..=TOKENS_MAX,
        load in 0.1..0.7_f64,
    ) {
        let mut world = World::trained();
        // Between two texts of all others together.
        let gap = law(Shape::text(tokens)).mul_f64(1.0 / load) - Duration::from_micros(500);
        let mut arrivals = vec![];
        for index in 0..2_000_usize {
            let item = world.item(lane(1 + index % others, Urgency::Interactive, 1), 0, tokens);
            let at = u64::try_from((gap * u32::try_from(index).unwrap()).as_millis()).unwrap();
            arrivals.push((at, item));
        }
        let after = arrivals.split_off(1_000);
        world.run(arrivals);
        let at = after[0].0;
        world.clock.set(world.at(at).max(world.now()));
        let begun = world.now();
        let flood = lane(0, Urgency::Interactive, 1);
        for _ in 0..queue {
            let item = world.item(flood.clone(), 0, 100);
            world.arrive(item);
        }
        let id = world.items;
        let foretold = world.scheduler.ready_after(&flood, (ModelId::MAX, Shape::default()), begun);
        world.run(after);
        let actual = world.computed(id).unwrap() - begun;
        let off = actual.abs_diff(foretold);
        prop_assert!(off <= BATCH_TIME_MAX + actual / 4, "{:?} for {:?}", foretold, actual);
    }
}

#[test]
fn nothing_is_refused_before_the_speed_is_known_or_while_the_device_is_free() {
    let mut world = World::new(Scheduling::Fair);
    fill(&mut world, &[(0, Urgency::Interactive, TOKENS_MAX, 500)]);
    let item = world.item(lane(0, Urgency::Interactive, 1), 0, 10);
    let soon = Some(world.at(1));
    let admit = |world: &World, deadline| {
        world.scheduler.admit(&item.lane, (0, item.shape()), deadline, world.now())
    };
    assert_eq!(admit(&world, soon), Ok(()));
    let mut world = World::trained();
    assert_eq!(admit(&world, soon), Ok(()));
    fill(&mut world, &[(0, Urgency::Interactive, TOKENS_MAX, 500)]);
    let refused = admit(&world, soon).unwrap_err();
    assert!(refused.needed > Duration::from_secs(1) && refused.left <= Duration::from_millis(1));
    assert_eq!(admit(&world, None), Ok(()));
    let other = lane(1, Urgency::Interactive, 1);
    let due = Some(world.at(100));
    assert_eq!(world.scheduler.admit(&other, (0, item.shape()), due, world.now()), Ok(()));
}

#[test]
fn a_caller_with_a_full_lane_is_told_when_half_of_it_is_computed() {
    let mut world = World::trained();
    fill(&mut world, &[(0, Urgency::Interactive, 100, 500), (1, Urgency::Bulk, 100, 500)]);
    let retry = |lane| world.scheduler.retry_after(&lane, world.now());
    let interactive = retry(lane(0, Urgency::Interactive, 1));
    let bulk = retry(lane(1, Urgency::Bulk, 1));
    // 50,000 tokens are a good second; the bulk lane has to let the other one pass.
    assert!((0.5..0.8).contains(&interactive.as_secs_f64()), "{interactive:?}");
    assert!((1.0..1.4).contains(&bulk.as_secs_f64()), "{bulk:?}");
}

#[test]
fn tokens_are_estimated_from_bytes_and_the_ratio_is_learned() {
    let mut world = World::trained();
    let estimate = |world: &World| world.scheduler.estimate(0, [100_usize, 5_000].into_iter());
    assert_eq!(estimate(&world).tokens, 20 + TOKENS_MAX);
    for _ in 0..200 {
        world.scheduler.encoded(0, 100, 50);
    }
    assert!((48..=50).contains(&(estimate(&world).tokens - TOKENS_MAX)));
    assert_eq!(estimate(&world).texts, 2);
}
