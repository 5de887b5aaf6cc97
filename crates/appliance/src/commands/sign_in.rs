//! `sign-in`: a new one-time link of the console.

use std::process::ExitCode;

use access::Role;
use anyhow::{Context, Result};
use appliance::client;
use appliance::console::sign_in_link;

use super::{Invocation, system_clock};

pub(crate) fn run(context: &Invocation, roles: &[Role]) -> Result<ExitCode> {
    let layout = context.layout()?;
    let running = client::running_at(&layout).with_context(|| {
        format!("auf {0} läuft kein Gerät / no appliance runs on {0}", layout.root().display())
    })?;
    println!("{}", sign_in_link(&layout, &running.console, roles, system_clock()())?);
    Ok(ExitCode::SUCCESS)
}
