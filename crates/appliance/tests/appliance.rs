//! The whole appliance in this process: real certificates, real connections, real log.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on shall stop where it is"
)]

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use access::Role;
use api::proto::audit_service_client::AuditServiceClient;
use api::proto::decree_service_client::DecreeServiceClient;
use api::proto::document_service_client::DocumentServiceClient;
use api::proto::source_file::Content;
use api::proto::{
    AuditRecord, ClassifyRequest, GetCorpusRequest, ListRecordsRequest, Mode, SearchRequest,
    SourceFile, audit_record::Kind,
};
use appliance::authority::{Authority, write_identity};
use appliance::client::{self, Target};
use appliance::config::{Config, Confinement, Environment};
use appliance::demo;
use appliance::layout::Layout;
use appliance::policy_file;
use appliance::samples::Written;
use appliance::serve::{Error, Running, Settings, start};
use tempfile::TempDir;
use tonic::Code;
use tonic::transport::Channel;

/// How long a change of a file may take to be taken up.
const TAKEN_UP_MAX: Duration = Duration::from_secs(20);

struct Town {
    folder: TempDir,
    running: Running,
    written: Written,
}

impl Town {
    async fn start() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().to_owned());
        let written = demo::prepare(&layout, now()).unwrap();
        let running = start(settings(folder.path())).await.unwrap();
        Town { folder, running, written }
    }

    fn layout(&self) -> Layout {
        Layout::new(self.folder.path().to_owned())
    }

    fn server(&self) -> String {
        format!("localhost:{}", self.running.grpc.port())
    }

    async fn channel(&self, department: &str) -> Channel {
        let identity = self.layout().identity(department);
        client::connect(&Target { identity, server: self.server() }).await.unwrap()
    }

    async fn records(&self) -> Vec<AuditRecord> {
        let mut log = AuditServiceClient::new(self.channel("revision").await);
        let request = ListRecordsRequest { limit: 1000, ..ListRecordsRequest::default() };
        log.list_records(request).await.unwrap().into_inner().records
    }

    /// Waits until a record is there; what a watcher or a handshake writes comes a moment later.
    async fn record(&self, wanted: impl Fn(&AuditRecord) -> bool) -> AuditRecord {
        let find = async {
            loop {
                if let Some(found) = self.records().await.into_iter().find(&wanted) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(TAKEN_UP_MAX, find).await.expect("the record never came")
    }
}

fn now() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "certificates must be valid today")]
    SystemTime::now()
}

fn settings(folder: &Path) -> Settings {
    let mut config = Config::default();
    config.listen.grpc = SocketAddr::from(([127, 0, 0, 1], 0));
    config.listen.console = SocketAddr::from(([127, 0, 0, 1], 0));
    config.shutdown.notice_ms = 0;
    // Test machines may have another kernel; the end-to-end tests start as an office does.
    config.reading.confinement = Confinement::BestEffort;
    Settings {
        config,
        config_file: folder.join("config.toml"),
        environment: Environment::default(),
        layout: Layout::new(folder.to_owned()),
        reader_program: env!("CARGO_BIN_EXE_amtshilfe").into(),
        clock: Arc::new(now),
        next_free_port: false,
    }
}

fn search(query: &str) -> SearchRequest {
    SearchRequest { query: query.to_owned(), ..SearchRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_and_decrees_are_answered_and_every_call_is_recorded() {
    let town = Town::start().await;
    let imported =
        demo::import_decrees(&town.layout(), town.server(), &town.written).await.unwrap();
    assert!(imported.refused.is_empty(), "{:?}", imported.refused);
    assert!(imported.added + imported.new_versions > 0);
    let again = demo::import_decrees(&town.layout(), town.server(), &town.written).await.unwrap();
    assert_eq!(again.unchanged, again.answered(), "an import that is run again changes nothing");

    let office = town.channel("auslaenderamt").await;
    let found = DecreeServiceClient::new(office.clone())
        .search(search("Wie lange gilt eine Fiktionsbescheinigung?"))
        .await
        .unwrap()
        .into_inner();
    let best = found.hits.first().and_then(|hit| hit.passage.as_ref()).expect("a hit");
    assert!(best.title.contains("Fiktionsbescheinigung"), "{}", best.title);

    let text = "Mietvertrag über Wohnraum. Zwischen Vermieterin Berta Beispiel und Mieter Max Muster \
                wird vereinbart: Miete 640 Euro, Kaution, Mietbeginn 01.02.2025.";
    let file = SourceFile {
        filename: "wohnung.txt".to_owned(),
        content: Some(Content::Data(text.as_bytes().to_vec().into())),
    };
    let request = ClassifyRequest {
        mode: Mode::Office.into(),
        files: vec![file],
        ..ClassifyRequest::default()
    };
    let said = DocumentServiceClient::new(office).classify(request).await.unwrap().into_inner();
    let document = said.documents.first().expect("an answer");
    assert_eq!(document.document_class, "rental_contract");

    let index = said.provenance.expect("a provenance").audit_index;
    let records = town.records().await;
    let record = records.iter().find(|record| record.index == index).expect("its record");
    assert_eq!(record.method, "amtshilfe.v1.DocumentService/Classify");
    assert_eq!((record.department.as_str(), record.outcome.as_str()), ("auslaenderamt", "OK"));
    let methods: Vec<&str> = records.iter().map(|record| record.method.as_str()).collect();
    for method in ["appliance/start", "amtshilfe.v1.DecreeService/ImportDecrees"] {
        assert!(methods.contains(&method), "{methods:?}");
    }
    let leaves = records.iter().flat_map(|record| record.leaf.to_vec()).collect::<Vec<u8>>();
    let leaves = String::from_utf8(leaves).unwrap();
    for word in ["Beispiel", "wohnung", "Kaution", "Fiktionsbescheinigung"] {
        assert!(!leaves.contains(word), "{word} stands in the log");
    }
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_wrong_roles_are_refused_and_recorded() {
    let town = Town::start().await;

    let nobody = without_certificate(&town).await;
    assert!(nobody, "a connection without certificate was answered");
    town.record(|record| refused_handshake(record, "NO_CERTIFICATE")).await;

    // An authority of the same making, but another.
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = Authority::open_or_create(elsewhere.path(), now()).unwrap();
    let issued = foreign.issue_department("auslaenderamt", &[Role::Client], now()).unwrap();
    let ours = fs_err::read_to_string(town.layout().tls().join("ca.pem")).unwrap();
    let folder = elsewhere.path().join("identity");
    write_identity(&folder, &ours, &issued).unwrap();
    let target = Target { identity: folder, server: town.server() };
    assert!(!is_answered(&target).await, "a foreign authority's certificate was accepted");
    town.record(|record| refused_handshake(record, "FOREIGN_AUTHORITY")).await;

    let auditor = town.channel("revision").await;
    let refused = DecreeServiceClient::new(auditor).search(search("Gebühr")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let record = town.record(|record| record.outcome == "PERMISSION_DENIED").await;
    assert_eq!(record.department, "revision");
    assert_eq!(record.method, "amtshilfe.v1.DecreeService/Search");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_added_blocked_and_heard_of_while_it_runs() {
    let town = Town::start().await;
    let layout = town.layout();
    let authority = Authority::open(&layout.tls()).unwrap();
    let issued = authority.issue_department("standesamt", &[Role::Client], now()).unwrap();
    let identity = layout.root().join("standesamt");
    write_identity(&identity, authority.certificate_pem(), &issued).unwrap();
    let target = Target { identity, server: town.server() };
    assert!(is_answered(&target).await, "a new department must not wait for a restart");

    policy_file::name_department(&layout.policy(), "standesamt", &[Role::Client]).unwrap();
    town.record(|record| record.method == "appliance/policy").await;
    let mut policy = fs_err::read_to_string(layout.policy()).unwrap();
    policy.push_str("blocked = true\n");
    fs_err::write(layout.policy(), policy).unwrap();
    let blocked = async {
        while is_answered(&target).await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(TAKEN_UP_MAX, blocked).await.expect("the department was never blocked");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_with_the_same_log_and_two_never_share_a_folder() {
    let town = Town::start().await;
    let second = start(settings(town.folder.path())).await;
    assert!(matches!(second, Err(Error::Taken { .. })), "{second:?}");
    let before = town.records().await.len();
    let Town { folder, running, written } = town;
    running.stop().await;

    let layout = Layout::new(folder.path().to_owned());
    let key = fs_err::read_to_string(layout.verifier_key()).unwrap();
    let report = audit::verify(&layout.audit(), &key).unwrap();
    assert!(report.records > u64::try_from(before).unwrap());

    let running = start(settings(folder.path())).await.unwrap();
    let town = Town { folder, running, written };
    let records = town.records().await;
    let starts = records
        .iter()
        .filter(|record| record.method == "appliance/start" && record.kind() == Kind::Change)
        .count();
    assert_eq!(starts, 2);
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_kernel_does_not_confine_the_reading_of_files_nothing_starts() {
    const UNCONFINED: &str = r#"#!/bin/sh
cat >/dev/null
echo '{"result":{"Err":{"reason":"Empty","detail":"","limit":null}},"confinement":"Partial"}'
"#;
    let folder = tempfile::tempdir().unwrap();
    demo::prepare(&Layout::new(folder.path().to_owned()), now()).unwrap();
    let program = folder.path().join("unconfined");
    fs_err::write(&program, UNCONFINED).unwrap();
    fs_err::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    let mut settings = settings(folder.path());
    settings.reader_program = program;
    settings.config.reading.confinement = Confinement::Required;
    let refused = start(settings.clone()).await;
    assert!(matches!(refused, Err(Error::Confinement { .. })), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("best_effort"));
    settings.config.reading.confinement = Confinement::BestEffort;
    start(settings.clone()).await.unwrap().stop().await;
    settings.reader_program = "/gibt/es/nicht".into();
    assert!(matches!(start(settings).await, Err(Error::Reader(_))));
}

async fn is_answered(target: &Target) -> bool {
    match client::connect(target).await {
        Ok(channel) => {
            DecreeServiceClient::new(channel).get_corpus(GetCorpusRequest {}).await.is_ok()
        }
        Err(_) => false,
    }
}

fn refused_handshake(record: &AuditRecord, reason: &str) -> bool {
    record.method == "tls/handshake"
        && record.outcome == "UNAUTHENTICATED"
        && record.department.is_empty()
        && record.facts.get("reason").is_some_and(|given| given == reason)
}

/// Whether a client without certificate is turned away. In TLS 1.3 it learns of it at its first read.
async fn without_certificate(town: &Town) -> bool {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use tokio::io::AsyncReadExt;

    let mut roots = rustls::RootCertStore::empty();
    let authority = fs_err::read(town.layout().tls().join("ca.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&authority).unwrap()).unwrap();
    let provider = Arc::new(appliance::tls::provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(town.running.grpc).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    match connector.connect(name, tcp).await {
        Ok(mut stream) => stream.read_u8().await.is_err(),
        Err(_) => true,
    }
}
