use super::*;
use std::collections::BTreeSet;
use std::sync::Barrier;

fn pool(threads: usize) -> Pool {
    Pool::new(NonZero::new(threads).unwrap())
}

#[test]
fn answers_come_in_the_order_of_the_inputs() {
    for threads in [1, 2, 5] {
        let pool = pool(threads);
        for count in [0, 1, 2, 100] {
            let answers = pool.map((0..count).collect(), |input: usize| input * 2).unwrap();
            assert_eq!(answers, (0..count).map(|input| input * 2).collect::<Vec<_>>());
        }
    }
}

#[test]
fn inputs_are_computed_side_by_side() {
    let pool = pool(3);
    let barrier = Arc::new(Barrier::new(3));
    let work = move |()| {
        barrier.wait();
        std::thread::current().id()
    };
    let threads = pool.map(vec![(), (), ()], work).unwrap();
    assert_eq!(threads.into_iter().map(|id| format!("{id:?}")).collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn one_input_stays_on_the_calling_thread() {
    let threads = pool(3).map(vec![()], |()| std::thread::current().id()).unwrap();
    assert_eq!(threads, [std::thread::current().id()]);
}

#[test]
fn a_panic_fails_its_batch_and_no_other() {
    let pool = pool(2);
    let odd = |input: usize| {
        assert!(input % 2 == 1, "an even number");
        input
    };
    assert!(pool.map((0..20).collect(), odd).is_err());
    assert_eq!(pool.map(vec![1, 3, 5], odd).unwrap(), [1, 3, 5]);
}
