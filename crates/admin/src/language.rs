//! The console's words: German first, English beside it.

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    German,
    English,
}

/// A language tag as the cookie holds it; German where it is another.
pub(crate) fn language(tag: &str) -> Language {
    if tag == "en" { Language::English } else { Language::German }
}

impl Language {
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::German => "de",
            Language::English => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub(crate) fn pair<'a>(self, german: &'a str, english: &'a str) -> &'a str {
        match self {
            Language::German => german,
            Language::English => english,
        }
    }

    /// The one of two wordings that is in this language.
    pub(crate) fn pick(self, german: &'static str, english: &'static str) -> &'static str {
        match self {
            Language::German => german,
            Language::English => english,
        }
    }
}
