//! `department`: certificates for departments. Works while the appliance runs, which sees the new
//! name in the policy file and records the change.

use std::path::Path;
use std::process::ExitCode;

use access::Role;
use anyhow::{Context, Result, bail};
use appliance::authority::{Authority, write_identity};
use appliance::{durable_file, policy_file};

use super::{Invocation, system_clock};
use crate::cli::Department;

pub(crate) fn run(context: &Invocation, command: Department) -> Result<ExitCode> {
    match command {
        Department::Add { name, roles, out, replace } => {
            add(context, &name, &roles, Destination { folder: &out, replace })?;
        }
        Department::List => list(context)?,
    }
    Ok(ExitCode::SUCCESS)
}

struct Destination<'a> {
    folder: &'a Path,
    replace: bool,
}

fn add(context: &Invocation, name: &str, roles: &[Role], out: Destination<'_>) -> Result<()> {
    access::check_department_name(name)?;
    if out.folder.join("key.pem").exists() && !out.replace {
        bail!(
            "in {0} liegt schon ein Schlüssel; mit --replace wird er ersetzt\n  \
             there is a key in {0} already; --replace replaces it",
            out.folder.display()
        );
    }
    let layout = context.layout()?;
    durable_file::private_folder(layout.root())
        .with_context(|| format!("failed to prepare {}", layout.root().display()))?;
    let now = system_clock()();
    let authority = Authority::open_or_create(&layout.tls(), now)?;
    let issued = authority.issue_department(name, roles, now)?;
    write_identity(out.folder, authority.certificate_pem(), &issued)
        .context("failed to write the certificate")?;
    policy_file::name_department(&layout.policy(), name, roles)?;
    let roles = roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    println!("{name} ({roles}): {}", out.folder.display());
    println!("  ca.pem    der Aussteller, dem die Anwendung vertraut / the authority to trust");
    println!("  cert.pem  das Zertifikat / the certificate");
    println!("  key.pem   der Schlüssel, bleibt im Amt / the key, stays in the department");
    println!("  CA: {}", layout.tls().join("ca.pem").display());
    Ok(())
}

fn list(context: &Invocation) -> Result<()> {
    let layout = context.layout()?;
    let policy = policy_file::load(&layout.policy())?;
    for department in policy.departments() {
        let modes = department.modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>();
        let blocked = if department.blocked { "  gesperrt / blocked" } else { "" };
        println!(
            "{:<24} {:<18} Gewicht / weight {}{blocked}",
            department.name,
            modes.join(", "),
            department.weight
        );
    }
    Ok(())
}
