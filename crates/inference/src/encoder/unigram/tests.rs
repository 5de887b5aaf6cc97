use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;
use tokenizers::Tokenizer;

static SHIPPED: LazyLock<(Unigram, Tokenizer)> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/recht-static-512/tokenizer.json");
    let bytes = fs_err::read(path).unwrap();
    (Unigram::from_tokenizer_json(&bytes).unwrap(), Tokenizer::from_bytes(&bytes).unwrap())
});

fn check(text: &str) {
    let (short, general) = &*SHIPPED;
    let expected = general.encode_fast(text, false).unwrap().get_ids().to_vec();
    assert_eq!(short.encode(text), Some(expected), "{text:?}");
}

#[test]
fn both_ways_give_the_same_ids() {
    for text in [
        "",
        "  \n\t ",
        "Aufenthaltserlaubnis",
        "§ 16b Abs. 1 S. 2 AufenthG; §§ 5, 7 (ggf. analog)",
        "1.234,56 € am 01.02.2026 – „Miete“ …",
        "Straße STRASSE ẞ İstanbul",
        "u\u{308}ber ﬁnanziell ½ ² ¨ \u{a0}x\u{ad}yz 10⁵ a − b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "xq¤¤¤¤q¤",
        "[unk] [ UNK ] [sep",
    ] {
        check(text);
    }
}

#[test]
fn special_tokens_and_rare_scripts_go_the_general_way() {
    for text in ["ein [SEP] im Text", "Ｆ", "漢字", "🙂", "жил", "ελληνικά", "\u{209d}"]
    {
        assert_eq!(SHIPPED.0.encode(text), None, "{text}");
    }
}

#[test]
fn other_tokenizers_go_the_general_way() {
    let word_level = r#"{"version": "1.0", "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "model": {"type": "WordLevel"}}"#;
    assert!(Unigram::from_tokenizer_json(word_level.as_bytes()).is_none());
    assert!(Unigram::from_tokenizer_json(b"{}").is_none());
}

proptest! {
    #[test]
    fn both_ways_give_the_same_ids_for_any_text(text in "[\u{0}-\u{36f}\u{1e00}-\u{1eff}\u{2010}-\u{205e}\u{2070}-\u{209c}\u{20a0}-\u{20ac}\u{2190}-\u{22ff}a-zA-ZäöüÄÖÜß0-9 .,]{0,80}") {
        prop_assume!(SHIPPED.0.encode(&text).is_some());
        check(&text);
    }
}
