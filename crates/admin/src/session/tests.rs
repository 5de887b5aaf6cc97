use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn prepared() -> (tempfile::TempDir, Sessions, String) {
    let folder = tempfile::tempdir().unwrap();
    let sign_in = SignIn {
        name: "Verwaltung".into(),
        roles: [Role::Administrator].into(),
        expires_at: at(3600),
    };
    let word = sign_in.prepare(&folder.path().join("sign-ins")).unwrap();
    let sessions = Sessions::new(folder.path().join("sign-ins"));
    (folder, sessions, word)
}

#[test]
fn a_word_opens_one_session() {
    let (_folder, sessions, word) = prepared();
    let (cookie, person) = sessions.open(&word, at(1)).unwrap();
    assert!(person.may(Role::Administrator));
    assert!(!person.may(Role::Auditor));
    assert_eq!(sessions.open(&word, at(2)).unwrap_err(), Denied::WrongWord);
    assert_eq!(sessions.person(&cookie, at(3)).unwrap().name, "Verwaltung");
    assert!(sessions.person(&word, at(3)).is_none());
    assert!(person.sent(&person.form_word));
    assert!(!person.sent(""));
    sessions.close(&person);
    assert!(sessions.person(&cookie, at(4)).is_none());
}

#[test]
fn words_and_sessions_end() {
    let (_folder, sessions, word) = prepared();
    assert_eq!(sessions.open(&word, at(3601)).unwrap_err(), Denied::WrongWord);
    let (_folder, sessions, word) = prepared();
    let (cookie, _) = sessions.open(&word, at(0)).unwrap();
    assert!(sessions.person(&cookie, at(29 * 60)).is_some());
    assert!(sessions.person(&cookie, at(60 * 60)).is_none(), "idle for half an hour");
    let (_folder, sessions, word) = prepared();
    let (cookie, _) = sessions.open(&word, at(0)).unwrap();
    let last = (0..50).take_while(|n| sessions.person(&cookie, at(n * 20 * 60)).is_some()).count();
    assert_eq!(last, 30, "ten hours in steps of twenty minutes");
}

#[test]
fn guessing_is_slowed_down() {
    let (_folder, sessions, word) = prepared();
    for _ in 0..WRONG_WORDS_MAX {
        assert_eq!(sessions.open("guess", at(0)).unwrap_err(), Denied::WrongWord);
    }
    assert_eq!(sessions.open(&word, at(1)).unwrap_err(), Denied::TooMany);
    assert!(sessions.open(&word, at(70)).is_ok());
}
