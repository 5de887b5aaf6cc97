use super::{RefusalReason, authorize};
use crate::{Identity, Mode, Policy, Role};

fn identity(roles: &[Role]) -> Identity {
    Identity {
        department: "auslaenderamt".to_owned(),
        roles: roles.iter().copied().collect(),
        fingerprint: "ab".repeat(32),
    }
}

/// Which of the four roles, each alone, may call the method: "c" client, "e" editor,
/// "d" administrator, "u" auditor.
#[track_caller]
fn check(method: &str, wanted: &str) {
    let policy = Policy::default();
    let letters = [
        (Role::Client, 'c'),
        (Role::CorpusEditor, 'e'),
        (Role::Administrator, 'd'),
        (Role::Auditor, 'u'),
    ];
    let found: String = letters
        .into_iter()
        .filter(|(role, _)| authorize(&policy, &identity(&[*role]), method, None).is_ok())
        .map(|(_, letter)| letter)
        .collect();
    assert_eq!(found, wanted, "{method}");
}

#[test]
fn each_method_has_its_roles() {
    check("amtshilfe.v1.AuditService/GetCheckpoint", "u");
    check("amtshilfe.v1.AuditService/ListRecords", "u");
    check("amtshilfe.v1.DecreeService/Search", "ce");
    check("amtshilfe.v1.DecreeService/GetDecree", "ce");
    check("amtshilfe.v1.DecreeService/ImportDecrees", "e");
    check("amtshilfe.v1.DecreeService/WithdrawDecree", "e");
    check("amtshilfe.v1.DecreeService/GetCorpus", "cedu");
    check("amtshilfe.v1.DocumentService/Classify", "c");
    check("amtshilfe.v1.DocumentService/CheckApplication", "c");
    check("amtshilfe.v1.DocumentService/EraseCase", "c");
    check("amtshilfe.v1.DocumentService/ListDocumentClasses", "cedu");
    check("amtshilfe.v1.InferenceService/Embed", "c");
    check("amtshilfe.v1.InferenceService/ListModels", "cedu");
    check("amtshilfe.v1.JobService/SubmitJob", "c");
    check("amtshilfe.v1.UploadService/Upload", "ce");
    check("amtshilfe.v1.UploadService/GetServerLimits", "cedu");
    check("inference.GRPCInferenceService/ModelInfer", "c");
    check("console/Overview", "du");
    check("console/AuditRecords", "u");
    check("/amtshilfe.v1.DecreeService/Search", "ce");
}

#[test]
fn what_is_in_no_row_is_refused() {
    for method in ["", "/", "amtshilfe.v1.TrainService/Train", "amtshilfe.v2.DecreeService/Search"]
    {
        check(method, "");
    }
    let all = identity(&Role::ALL);
    let refusal = authorize(&Policy::default(), &all, "a.B/C", None).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::UnknownMethod);
    assert_eq!(refusal.reason.code(), "UNKNOWN_METHOD");
}

#[test]
fn a_permit_says_what_was_checked() {
    let client = identity(&[Role::Client]);
    let method = "amtshilfe.v1.DocumentService/Classify";
    let permit = authorize(&Policy::demo(), &client, method, Some(Mode::Office)).unwrap();
    assert_eq!(permit.department(), "auslaenderamt");
    assert_eq!(permit.method(), method);
    assert_eq!(permit.mode(), Some(Mode::Office));
    assert_eq!(permit.weight(), 2);
    assert_eq!(permit.identity(), &client);
}

#[test]
fn the_policy_takes_away() {
    let client = identity(&[Role::Client]);
    let classify = "amtshilfe.v1.DocumentService/Classify";
    let reason = |policy: &str, mode| {
        let policy = Policy::parse(policy).unwrap();
        authorize(&policy, &client, classify, mode).unwrap_err().reason
    };
    assert_eq!(
        reason("[departments.auslaenderamt]\nmodes = ['office']", Some(Mode::Applicant)),
        RefusalReason::ModeNotGranted { mode: Mode::Applicant }
    );
    assert_eq!(
        reason("[departments.auslaenderamt]\nblocked = true", None),
        RefusalReason::DepartmentBlocked
    );
    assert_eq!(
        reason("[default]\nmethods = ['amtshilfe.v1.DecreeService/*']", None),
        RefusalReason::MethodNotGranted
    );
}

#[test]
fn a_policy_cannot_give_what_the_role_lacks() {
    let policy = Policy::parse("[default]\nmethods = ['amtshilfe.v1.*']").unwrap();
    let client = identity(&[Role::Client]);
    let refusal =
        authorize(&policy, &client, "amtshilfe.v1.AuditService/ListRecords", None).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::RoleMissing { needed: &[Role::Auditor] });
    assert_eq!(
        refusal.to_string(),
        "department \"auslaenderamt\" may not call amtshilfe.v1.AuditService/ListRecords: \
         it needs the role auditor"
    );
}
