//! Who is signed in: one-time sign-in words, and sessions behind a cookie that scripts cannot read.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use access::Role;
use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::State;
use crate::language::{Language, language};

/// The session cookie; the prefix makes browsers insist on HTTPS, this host and the whole site.
pub(crate) const COOKIE_NAME: &str = "__Host-amtshilfe";
/// A session ends after this long without a page.
const IDLE_MAX: Duration = Duration::from_secs(30 * 60);
/// A session ends after this long in any case.
const SESSION_MAX: Duration = Duration::from_secs(10 * 3600);
/// Sessions at a time; the oldest ends when one more comes.
const SESSIONS_MAX: usize = 256;
/// Wrong sign-in words a minute before all are refused for the rest of it.
const WRONG_WORDS_MAX: u32 = 20;

/// A one-time sign-in: whoever brings the word gets the roles, once.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Who signs in, as the log and the page name them.
    pub name: String,
    /// What they may see.
    pub roles: BTreeSet<Role>,
    /// Until when the word counts.
    pub expires_at: SystemTime,
}

/// A sign-in as it waits in the folder, in a file named for the digest of its word.
#[derive(Deserialize, Serialize)]
struct Waiting {
    name: String,
    roles: Vec<String>,
    expires_at_s: u64,
}

/// Why a sign-in could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The system gave no random bytes.
    #[error("draw a random sign-in word")]
    Randomness(#[source] getrandom::Error),
    /// The folder of sign-ins cannot be written.
    #[error("write the sign-in to its folder")]
    File(#[source] std::io::Error),
}

/// A person with an open session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) form_word: String,
    id: [u8; 32],
}

#[derive(Debug)]
struct Session {
    person: Person,
    opened_at: SystemTime,
    seen_at: SystemTime,
}

/// Sign-ins wait in a folder, so that the command line can prepare one while the server runs; sessions are
/// kept in memory alone, so that a restart ends them.
#[derive(Debug)]
pub struct Sessions {
    folder: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<[u8; 32], Session>,
    wrong_minute: u64,
    wrong_words: u32,
}

/// Why a sign-in word did not open a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Unknown, used before, or too late.
    WrongWord,
    /// Too many wrong words in this minute.
    TooMany,
    /// The system gave no random bytes.
    NoRandomness,
}

impl SignIn {
    /// Prepares a one-time sign-in in a folder and returns its word, which is shown once and stored nowhere.
    ///
    /// # Errors
    /// Where the system gives no random bytes or the folder cannot be written.
    pub fn prepare(&self, folder: &Path) -> Result<String, PrepareError> {
        let word = random_word().map_err(PrepareError::Randomness)?;
        let waiting = Waiting {
            name: self.name.clone(),
            roles: self.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            expires_at_s: seconds(self.expires_at),
        };
        let write = || -> Result<(), std::io::Error> {
            fs_err::create_dir_all(folder)?;
            fs_err::write(file(folder, &word), serde_json::to_vec(&waiting)?)
        };
        write().map_err(PrepareError::File)?;
        Ok(word)
    }

    /// Takes the sign-in of a word out of the folder; nobody can take it again.
    fn take(folder: &Path, word: &str) -> Option<SignIn> {
        let path = file(folder, word);
        let waiting: Waiting = serde_json::from_slice(&fs_err::read(&path).ok()?).ok()?;
        fs_err::remove_file(&path).ok()?;
        let roles = waiting.roles.iter().map(|role| role.parse()).collect::<Result<_, _>>().ok()?;
        let expires_at = SystemTime::UNIX_EPOCH + Duration::from_secs(waiting.expires_at_s);
        Some(SignIn { name: waiting.name, roles, expires_at })
    }
}

impl Sessions {
    /// Nobody is signed in; sign-ins are looked for in the folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Sessions {
        Sessions { folder, inner: Mutex::default() }
    }

    /// Opens a session for the bearer of a word. Returns the cookie's value and who they are.
    pub(crate) fn open(&self, word: &str, now: SystemTime) -> Result<(String, Person), Denied> {
        let mut inner = self.lock();
        let minute = seconds(now) / 60;
        if inner.wrong_minute != minute {
            inner.wrong_minute = minute;
            inner.wrong_words = 0;
        }
        if inner.wrong_words >= WRONG_WORDS_MAX {
            return Err(Denied::TooMany);
        }
        // The file's name is a digest, so that looking for it tells nothing about the words that wait.
        let found = SignIn::take(&self.folder, word).filter(|sign_in| sign_in.expires_at > now);
        let Some(sign_in) = found else {
            inner.wrong_words += 1;
            return Err(Denied::WrongWord);
        };
        let cookie = random_word().map_err(|_| Denied::NoRandomness)?;
        let form_word = random_word().map_err(|_| Denied::NoRandomness)?;
        let person =
            Person { name: sign_in.name, roles: sign_in.roles, form_word, id: digest(&cookie) };
        if inner.open.len() >= SESSIONS_MAX {
            let oldest = inner.open.iter().min_by_key(|(_, session)| session.seen_at);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                inner.open.remove(&id);
            }
        }
        let session = Session { person: person.clone(), opened_at: now, seen_at: now };
        inner.open.insert(person.id, session);
        Ok((cookie, person))
    }

    /// The person behind a cookie, if their session is still open.
    pub(crate) fn person(&self, cookie: &str, now: SystemTime) -> Option<Person> {
        let mut inner = self.lock();
        inner.open.retain(|_, session| {
            let since = |at: SystemTime| now.duration_since(at).unwrap_or_default();
            since(session.seen_at) < IDLE_MAX && since(session.opened_at) < SESSION_MAX
        });
        let session = inner.open.get_mut(&digest(cookie))?;
        session.seen_at = now;
        Some(session.person.clone())
    }

    pub(crate) fn close(&self, person: &Person) {
        self.lock().open.remove(&person.id);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Person {
    pub(crate) fn may(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether a form was sent from a page of this session.
    pub(crate) fn sent(&self, form_word: &str) -> bool {
        self.form_word.as_bytes().ct_eq(form_word.as_bytes()).into()
    }
}

impl FromRequestParts<State> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Person, Response> {
        let person = cookie(parts, COOKIE_NAME)
            .and_then(|value| state.sessions.person(value, (state.clock)()));
        person.ok_or_else(|| Redirect::to("/sign-in").into_response())
    }
}

impl FromRequestParts<State> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Language, Self::Rejection> {
        Ok(cookie(parts, "language").map_or(Language::German, language))
    }
}

/// The value of one cookie of the request.
pub(crate) fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn random_word() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

fn file(folder: &Path, word: &str) -> PathBuf {
    folder.join(format!("{}.json", hex::encode(digest(word))))
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn digest(word: &str) -> [u8; 32] {
    Sha256::digest(word.as_bytes()).into()
}

#[cfg(test)]
mod tests;
