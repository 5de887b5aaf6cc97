//! Finds the guilty request of a failed batch by halving: a batch of N requests with one guilty
//! among them costs 2·log2(N) further passes, and only the guilty one fails.
//!
//! A batch that fails with an error or a panic is halved. Outputs that are not finite name their
//! request; where several requests of a pass have them, one may have spoiled the others, and
//! they are halved likewise.

use super::job::Ran;
use crate::BackendError;

/// What computes requests and hands out their answers.
pub(crate) trait Compute {
    type Request;

    /// One pass over the requests: an output for each of their texts, in order.
    fn forward(&mut self, requests: &[Self::Request])
    -> Result<(Vec<Vec<f32>>, Ran), BackendError>;
    fn texts(request: &Self::Request) -> usize;
    fn answer(&mut self, request: Self::Request, outputs: Vec<Vec<f32>>, ran: Ran);
    fn fail(&mut self, request: Self::Request, error: BackendError);
    /// Several requests failed in one pass.
    fn failed_together(&mut self, requests: usize, error: &BackendError);
}

/// Computes requests; each is answered or failed. True when one was answered.
pub(crate) fn compute<C: Compute>(device: &mut C, requests: Vec<C::Request>) -> bool {
    match device.forward(&requests) {
        Ok((outputs, ran)) => deliver(device, requests, outputs, ran),
        Err(error) => halve(device, requests, error),
    }
}

fn deliver<C: Compute>(
    device: &mut C,
    requests: Vec<C::Request>,
    outputs: Vec<Vec<f32>>,
    ran: Ran,
) -> bool {
    let mut outputs = outputs.into_iter();
    let mut spoiled = vec![];
    let mut answered = false;
    for request in requests {
        let own: Vec<Vec<f32>> = outputs.by_ref().take(C::texts(&request)).collect();
        if own.iter().flatten().all(|value| value.is_finite()) {
            device.answer(request, own, ran);
            answered = true;
        } else {
            spoiled.push(request);
        }
    }
    answered | halve(device, spoiled, BackendError::NotFinite)
}

fn halve<C: Compute>(device: &mut C, mut requests: Vec<C::Request>, error: BackendError) -> bool {
    let count = requests.len();
    if count < 2 {
        if let Some(guilty) = requests.pop() {
            device.fail(guilty, error);
        }
        return false;
    }
    device.failed_together(count, &error);
    let right = requests.split_off(count / 2);
    let left = compute(device, requests);
    compute(device, right) | left
}
