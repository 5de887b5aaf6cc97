//! `demo`: prepares, serves on loopback, imports, and shows what to try.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use access::Role;
use anyhow::{Context, Result};
use appliance::config::Confinement;
use appliance::console::sign_in_link;
use appliance::demo;
use appliance::layout::Layout;
use appliance::samples::Written;
use appliance::serve::{Running, start};

use super::serve::{Signals, apply, until_stopped, watchable};
use super::{DEMO_FOLDER, Invocation, block_on, system_clock};
use crate::cli::Listen;

pub(crate) fn run(context: &Invocation, listen: &Listen) -> Result<ExitCode> {
    let layout = context.layout_or(DEMO_FOLDER)?;
    let mut config = context.config(&layout)?;
    let wanted = (config.listen.grpc.port(), config.listen.console.port());
    // Whatever the file says: a demo is for this machine alone, unless the command line says so.
    config.listen.grpc = SocketAddr::from(([127, 0, 0, 1], wanted.0));
    config.listen.console = SocketAddr::from(([127, 0, 0, 1], wanted.1));
    config.shutdown.notice_ms = 0;
    // A demo shows what there is, and says where that is less.
    config.reading.confinement = Confinement::BestEffort;
    if context.environment.log.is_none() {
        config.log.filter = "warn".to_owned();
    }
    apply(listen, &mut config);
    watchable(&config, &context.environment)?;
    println!("Amtshilfe wird vorbereitet … / preparing …");
    let written = demo::prepare(&layout, system_clock()())?;
    let asked = (config.listen.grpc, config.listen.console);
    let mut settings = context.settings(config, layout.clone())?;
    settings.next_free_port = true;
    block_on(async {
        let signals = Signals::new()?;
        let running = start(settings).await?;
        let server = format!("localhost:{}", running.grpc.port());
        let summary = demo::import_decrees(&layout, server, &written).await?;
        say_ports(asked, &running);
        for (name, reason) in &summary.refused {
            println!("  {name}: {reason}");
        }
        let roles = [Role::Administrator, Role::Auditor];
        let address = running.console_address();
        let link = sign_in_link(&layout, &address, &roles, system_clock()())?;
        say_where(&layout, &running, &link);
        let level = running.opened.reader.confinement().await?;
        if level != reading::Confinement::Full {
            println!(
                "  Dieser Kern schließt das Lesen fremder Dateien nicht ganz ein (landlock, seccomp): nur zum Ansehen; \
                 serve startet so nicht. / This kernel does not fully confine the reading of foreign files: for a look \
                 only; serve does not start here."
            );
        }
        say_what(&layout, &written)?;
        until_stopped(running, signals).await;
        println!("Beendet. / Stopped.");
        Ok(ExitCode::SUCCESS)
    })
}

fn say_ports(asked: (SocketAddr, SocketAddr), running: &Running) {
    for (asked, got) in [(asked.0, running.grpc), (asked.1, running.console)] {
        if asked.port() != 0 && asked.port() != got.port() {
            println!(
                "Port {} ist belegt, stattdessen {} / is taken, {} instead",
                asked.port(),
                got.port(),
                got.port()
            );
        }
    }
}

fn say_where(layout: &Layout, running: &Running, link: &str) {
    let corpus = running.opened.corpus.stats();
    println!("\nAmtshilfe läuft. / Amtshilfe is running.\n");
    println!("  Konsole / console        {}", link);
    println!(
        "                           (gilt einmal / counts once; neu / new: amtshilfe sign-in)"
    );
    println!("  gRPC, mTLS               localhost:{}", running.grpc.port());
    println!("  Daten / data             {}", shown(layout.root()));
    println!("  Zertifikate / identities {}/", shown(&layout.identities()));
    for (name, roles) in demo::CAST {
        let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        println!("                             {name:<14} {}", roles.join(", "));
    }
    println!("  CA für den Browser       {}", shown(&layout.tls().join("ca.pem")));
    println!("  Prüfschlüssel / verifier {}", shown(&layout.verifier_key()));
    println!(
        "  Erlasse / decrees        {} mit {} Fundstellen / with {} passages",
        corpus.decrees, corpus.passages, corpus.passages
    );
    if !running.opened.reader.ocr_available() {
        println!(
            "  Ohne Tesseract werden Scans abgelehnt / scans are refused without Tesseract:\n\
             \x20                          apt install tesseract-ocr tesseract-ocr-deu"
        );
    }
}

fn say_what(layout: &Layout, written: &Written) -> Result<()> {
    let program = std::env::current_exe().context("failed to find this program")?;
    let call = |words: &str| format!("{} --data {} {words}", shown(&program), shown(layout.root()));
    println!("\nZum Ausprobieren, in einem zweiten Fenster / to try, in a second window:\n");
    if let Some(paper) = &written.paper {
        println!("  # Was ist das für ein Papier? / What paper is this?");
        println!("  {}\n", call(&format!("classify {}", shown(paper))));
    }
    if let Some(case) = &written.case {
        println!("  # Ist der Antrag vollständig und stimmig? / Is the application complete?");
        println!("  {}\n", call(&format!("check {}", shown(case))));
    }
    println!("  # Was sagt der Erlass? / What does the decree say?");
    println!("  {}\n", call("search \"Wie lange gilt eine Fiktionsbescheinigung?\""));
    println!("Beenden mit Strg-C. / Ctrl-C stops it.");
    Ok(())
}

/// As it can be pasted from where the user stands.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let short = path.strip_prefix(&here).unwrap_or(path).display().to_string();
    if short.is_empty() {
        return ".".to_owned();
    }
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+".contains(letter);
    let quoted = if short.chars().all(plain) {
        short
    } else {
        format!("'{}'", short.replace('\'', "'\\''"))
    };
    // A relative path of a program needs a slash to be run.
    if quoted.contains('/') { quoted } else { format!("./{quoted}") }
}
