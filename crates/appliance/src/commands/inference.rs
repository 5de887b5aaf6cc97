//! `inference`: out of service and back.

use std::process::ExitCode;

use anyhow::{Context, Result};
use appliance::client;
use appliance::control::Orders;

use super::Invocation;
use crate::cli::Inference;

pub(crate) fn run(context: &Invocation, command: Inference) -> Result<ExitCode> {
    let layout = context.layout()?;
    let orders = Orders::new(&layout);
    match command {
        Inference::Stop => orders.stop().context("failed to leave the order")?,
        Inference::Resume => orders.resume().context("failed to take the order back")?,
        Inference::Status => {}
    }
    let state = if orders.is_stopped() {
        "außer Betrieb / out of service"
    } else {
        "in Betrieb / in service"
    };
    let when = if client::running_at(&layout).is_some() {
        "binnen einer Sekunde / within a second"
    } else {
        "ab dem nächsten Start / from the next start"
    };
    match command {
        Inference::Status => println!("{state}"),
        Inference::Stop | Inference::Resume => println!("{state}, {when}"),
    }
    Ok(ExitCode::SUCCESS)
}
