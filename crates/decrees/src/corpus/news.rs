//! What is new since a day: what came into force, and what ended without a version of its own to
//! follow.

use super::Corpus;
use crate::catalogue::Catalogue;
use crate::{Day, DecreeVersion, Error, Kind, VersionId};
use std::cmp::Reverse;

/// News of one page.
const NEWS_PAGE_MAX: usize = 1_000;

/// Which news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsQuery {
    /// First day.
    pub since: Day,
    /// Last day; one to come also shows what is announced.
    pub until: Day,
    /// Only these kinds; empty: all.
    pub kinds: Vec<Kind>,
    /// At most so many at a time, 1 to 1,000.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
}

/// What happened to a decree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Its first version came into force.
    Added,
    /// A further version came into force.
    NewVersion,
    /// It is no longer in force, and no version of its own follows at once.
    Ended,
}

/// What happened to a decree on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What happened.
    pub event: Event,
    /// The first day in force, or the first day no longer in force. A version without a first day
    /// counts from the day of its issue.
    pub day: Day,
    /// The version that came or ended.
    pub version: DecreeVersion,
    /// For a new version: the one before it.
    pub previous: Option<VersionId>,
}

/// Some news, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsPage {
    /// The news.
    pub news: Vec<News>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
    /// The state of the corpus that answered.
    pub corpus_version: u64,
}

/// The order of news, which an import does not shift.
type Key = (Reverse<Day>, Reverse<u32>, bool);

impl Corpus {
    /// What came into force or ended since a day. A version without any day is not news. Blocking.
    ///
    /// # Errors
    /// When the page size is not 1 to 1,000, or the token is none of ours.
    pub fn news(&self, query: &NewsQuery) -> Result<NewsPage, Error> {
        if !(1..=NEWS_PAGE_MAX).contains(&query.page_size) {
            return Err(Error::PageSize { page_size: query.page_size });
        }
        let after = match query.page_token.as_str() {
            "" => None,
            token => Some(read_token(token).ok_or(Error::PageToken)?),
        };
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let total = u32::try_from(catalogue.versions().len()).unwrap_or(u32::MAX);
        let wanted = |day: Day| (query.since..=query.until).contains(&day);
        let mut order: Vec<Key> = (0..total)
            .flat_map(|ordinal| keys(catalogue, ordinal, &query.kinds))
            .filter(|key| wanted(key.0.0) && after.is_none_or(|after| *key > after))
            .collect();
        order.sort_unstable();
        let more = order.len() > query.page_size;
        order.truncate(query.page_size);
        let last = order.last().filter(|_| more);
        let next_page_token = last.map_or_else(String::new, write_token);
        let news = order.iter().filter_map(|key| news(catalogue, key)).collect();
        Ok(NewsPage { news, next_page_token, corpus_version: catalogue.position() })
    }
}

/// The beginning and the end of a version, where they are news.
fn keys(catalogue: &Catalogue, ordinal: u32, kinds: &[Kind]) -> Vec<Key> {
    let both = catalogue.version(ordinal).zip(catalogue.validity(ordinal));
    let Some((version, validity)) = both.filter(|(_, validity)| validity.ever()) else {
        return Vec::new();
    };
    let facts = version.current();
    if !kinds.is_empty() && !kinds.contains(&facts.kind) {
        return Vec::new();
    }
    let begins = facts.valid_from.or(facts.issued_on);
    let ends = validity.to.map(Day::after);
    let ends = ends.filter(|day| catalogue.in_force(&facts.decree_id, *day).is_none());
    let key = |day: Day, ended: bool| (Reverse(day), Reverse(ordinal), ended);
    begins.map(|day| key(day, false)).into_iter().chain(ends.map(|day| key(day, true))).collect()
}

fn news(catalogue: &Catalogue, key: &Key) -> Option<News> {
    let (Reverse(day), Reverse(ordinal), ended) = *key;
    let version = catalogue.describe(ordinal)?;
    let order = catalogue.newest_first(&version.decree_id);
    let place = order.iter().position(|other| *other == ordinal)?;
    let mut earlier = order.iter().skip(place + 1).filter_map(|other| catalogue.describe(*other));
    let previous = earlier.find(|other| other.ever_in_force).map(|other| other.version_id);
    let event = match (ended, &previous) {
        (true, _) => Event::Ended,
        (false, Some(_)) => Event::NewVersion,
        (false, None) => Event::Added,
    };
    let previous = previous.filter(|_| !ended);
    Some(News { event, day, version, previous })
}

fn write_token((Reverse(day), Reverse(ordinal), ended): &Key) -> String {
    format!("{day}.{ordinal}.{}", u8::from(*ended))
}

fn read_token(token: &str) -> Option<Key> {
    let mut parts = token.split('.');
    let day = Day::parse_iso(parts.next()?)?;
    let ordinal = parts.next()?.parse().ok()?;
    let ended = match parts.next()? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    parts.next().is_none().then_some((Reverse(day), Reverse(ordinal), ended))
}
