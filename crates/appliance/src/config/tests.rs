use std::path::Path;

use super::Config;

#[track_caller]
fn refused(text: &str, wanted: &str) {
    let error = Config::parse(text, Path::new("config.toml")).expect_err("must be refused");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    let message = format!("{error}: {source}");
    assert!(message.contains(wanted), "{message:?} does not contain {wanted:?}");
}

#[test]
fn an_empty_file_is_the_default() {
    let config = Config::parse("", Path::new("config.toml")).unwrap();
    assert_eq!(config.listen.grpc.port(), 50051);
    assert_eq!(config.listen.console.port(), 8443);
    assert_eq!(config.limits.request_mib_max, 16);
}

#[test]
fn the_default_reads_itself_back() {
    let text = toml::to_string(&Config::default()).unwrap();
    let again = Config::parse(&text, Path::new("config.toml")).unwrap();
    assert_eq!(toml::to_string(&again).unwrap(), text);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    refused("[listen]\ngprc = '0.0.0.0:1'", "gprc");
    refused("listen = 1", "config.toml");
    refused("[listen]\ngrpc = 'localhost'", "socket address");
    refused("[limits]\nfile_mib_max = 0", "1 to 4096");
    refused("[log]\nformat = 'xml'", "xml");
    refused("[decrees]\nwatch = 'eingang'", "decrees.watch");
    refused("[decrees]\nwatch_every_s = 0", "1 to 86400");
}
