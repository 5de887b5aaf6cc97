//! `doctor`: looks at what an installation stumbles over, changes nothing.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use appliance::layout::Layout;
use appliance::serve::{model_sources, networks};
use appliance::{client, policy_file, tls};
use reading::{Child, Confinement, Ocr, Reader};

use super::{Invocation, system_clock};

/// What one look found.
enum Finding {
    Good(String),
    /// It works, but less.
    Less(String),
    Bad(String),
}

pub(crate) fn run(context: &Invocation) -> Result<ExitCode> {
    let layout = context.layout()?;
    println!("{}", layout.root().display());
    let findings = [
        ("Konfiguration / configuration", configuration(context, &layout)),
        ("Gerät / appliance", running(&layout)),
        ("Richtlinie / policy", policy(&layout)),
        ("Zertifikate / certificates", certificates(&layout)),
        ("Protokoll / audit log", log(&layout)),
        ("Modelle / models", models(context, &layout)),
        ("Scans", scans(context, &layout)),
        ("heif-convert", heic()),
        ("Abschottung / confinement", confinement()),
    ];
    let mut bad = false;
    for (subject, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Less(text) => ("!   ", text),
            Finding::Bad(text) => {
                bad = true;
                ("FEHLT", text)
            }
        };
        println!("{mark:<6}{subject:<32} {text}");
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn configuration(context: &Invocation, layout: &Layout) -> Finding {
    match context.config(layout) {
        Ok(config) => Finding::Good(format!(
            "gRPC {}, Konsole / console {}",
            config.listen.grpc, config.listen.console
        )),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}

fn running(layout: &Layout) -> Finding {
    match client::running_at(layout) {
        Some(running) => Finding::Good(format!("läuft auf / runs on {}", running.grpc)),
        None => Finding::Less("läuft nicht / does not run".to_owned()),
    }
}

fn policy(layout: &Layout) -> Finding {
    if !layout.policy().exists() {
        return Finding::Less(
            "wird beim ersten Start geschrieben / written at first start".to_owned(),
        );
    }
    match policy_file::load(&layout.policy()) {
        Ok(policy) => Finding::Good(format!("{} Ämter / departments", policy.departments().len())),
        Err(error) => Finding::Bad(format!("{:#}", anyhow::Error::new(error))),
    }
}

fn certificates(layout: &Layout) -> Finding {
    let path = layout.tls().join("server.pem");
    if !path.exists() {
        return Finding::Less(
            "werden beim ersten Start ausgestellt / issued at first start".to_owned(),
        );
    }
    match tls::days_left(&path, system_clock()()) {
        Ok(days) if days > 30 => Finding::Good(format!("noch {days} Tage / {days} days left")),
        Ok(days) => Finding::Less(format!(
            "noch {days} Tage, neu beim nächsten Start / {days} days left, renewed at the next start"
        )),
        Err(error) => Finding::Bad(format!("{:#}", anyhow::Error::new(error))),
    }
}

fn log(layout: &Layout) -> Finding {
    let Ok(key) = fs_err::read_to_string(layout.verifier_key()) else {
        return Finding::Less("noch keines / none yet".to_owned());
    };
    match audit::verify(&layout.audit(), &key) {
        Ok(report) => {
            Finding::Good(format!("{} Einträge geprüft / records verified", report.records))
        }
        Err(error) => Finding::Bad(format!("{:#}", anyhow::Error::new(error))),
    }
}

fn models(context: &Invocation, layout: &Layout) -> Finding {
    let loaded = context.config(layout).and_then(|config| {
        let mut names = Vec::new();
        for source in model_sources(&config, layout)? {
            names.push(inference_candle::load(&source)?.info.name.clone());
        }
        Ok(names)
    });
    match loaded {
        Ok(names) => Finding::Good(names.join(", ")),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}

fn heic() -> Finding {
    match reading::heif_convert() {
        Some(path) => Finding::Good(path.display().to_string()),
        None => Finding::Less(
            "HEIC-Fotos werden abgelehnt / HEIC is refused: apt install libheif-examples"
                .to_owned(),
        ),
    }
}

/// Which reader takes scans.
fn scans(context: &Invocation, layout: &Layout) -> Finding {
    let networks = context.config(layout).and_then(|config| Ok(networks(&config, layout)?));
    match networks {
        Ok(Some(_)) => match tesseract(context, layout) {
            Finding::Good(second) => {
                Finding::Good(format!("PP-OCRv6, zweiter Leser / second reader {second}"))
            }
            Finding::Less(_) | Finding::Bad(_) => Finding::Good("PP-OCRv6".to_owned()),
        },
        Ok(None) => tesseract(context, layout),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}

fn tesseract(context: &Invocation, layout: &Layout) -> Finding {
    const HOW: &str = "apt install tesseract-ocr tesseract-ocr-deu";
    let configured = context.config(layout).ok().and_then(|config| config.reading.tesseract);
    let found = match configured {
        Some(path) => Ocr::Tesseract { path },
        None => Ocr::find(context.environment.path.as_deref()),
    };
    let Ocr::Tesseract { path } = found else {
        return Finding::Less(format!("Scans werden abgelehnt / scans are refused: {HOW}"));
    };
    let languages = Command::new(&path).arg("--list-langs").output();
    let german = languages.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).lines().any(|line| line.trim() == "deu")
    });
    if german {
        Finding::Good(format!("Tesseract, {}", path.display()))
    } else {
        Finding::Less(format!("ohne Deutsch / without German: {HOW}"))
    }
}

/// Asks a process that confines itself as every reading one does.
fn confinement() -> Finding {
    let asked =
        std::env::current_exe().context("failed to find this program").and_then(|program| {
            let child = Child::Process { program, args: vec!["read-one".to_owned()] };
            let reader = Reader::new(reading::Config::new(child));
            super::block_on(async { Ok(reader.confinement().await?) })
        });
    match asked {
        Ok(Confinement::Full) => Finding::Good("landlock, seccomp".to_owned()),
        Ok(level) => Finding::Bad(format!(
            "{level:?}: serve startet nicht (Linux ab 5.13 mit landlock und seccomp nötig) / serve does not start \
             (Linux 5.13 or newer with landlock and seccomp is needed)"
        )),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}
