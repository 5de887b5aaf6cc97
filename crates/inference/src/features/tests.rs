use super::*;

fn featuriser() -> Featuriser {
    Featuriser::new(FeatureConfig::default())
}

#[test]
fn words_are_lower_case_with_digits_levelled() {
    for (text, expected) in [
        ("Lohnabrechnung März 2026", vec!["lohnabrechnung", "märz", "0000"]),
        ("§ 16b Abs.1", vec!["§", "00b", "abs", "0"]),
        ("1.234,56€", vec!["0", "000", "00", "€"]),
        // NFKC: a ligature, a full-width digit, a decomposed umlaut.
        ("Eﬀekt ７ u\u{308}ber", vec!["effekt", "0", "über"]),
        ("", vec![]),
        (" .,;- ", vec![]),
    ] {
        assert_eq!(words(text, 100).0, expected, "{text}");
    }
}

#[test]
fn long_texts_are_cut_and_say_so() {
    let short = Featuriser::new(FeatureConfig { words_max: 3, ..FeatureConfig::default() });
    let whole = short.features("eins zwei drei");
    let cut = short.features("eins zwei drei vier");
    assert!(!whole.truncated && cut.truncated);
    assert_eq!((whole.words, cut.words), (3, 3));
    assert_eq!(whole.features, cut.features);
}

#[test]
fn features_are_sorted_and_unique() {
    let features = featuriser().features("Miete Miete Miete Kaltmiete und Warmmiete").features;
    assert!(features.windows(2).all(|pair| pair[0].bucket < pair[1].bucket));
    assert!(features.iter().all(|feature| feature.value >= 1.0 && feature.bucket < 32_768));
    let strongest = features.iter().map(|feature| feature.value).fold(0.0, f32::max);
    assert!(strongest >= 1.0 + 3.0_f32.ln());
}

#[test]
fn no_words_no_features() {
    let nothing = featuriser().features(" \n ");
    assert_eq!(nothing, Features::default());
}

/// Pins the definition: if this fails, trained weights are void and `version` must go up.
#[test]
fn buckets_of_version_1_never_change() {
    let buckets: Vec<u32> =
        featuriser().features("§ 5").features.iter().map(|f| f.bucket).collect();
    let mut expected: Vec<u32> = [("w:§", 1), ("w:0", 1), ("w:§ 0", 1), ("c:_§_", 1), ("c:_0_", 1)]
        .iter()
        .map(|(text, _)| reference_bucket(text.as_bytes()))
        .collect();
    expected.sort_unstable();
    assert_eq!(buckets, expected);
    assert_eq!(reference_bucket(b"w:miete"), PINNED_MIETE);
}

const PINNED_MIETE: u32 = 4963;

/// The hash written a second time, straight from its description.
fn reference_bucket(bytes: &[u8]) -> u32 {
    let mut hash: u128 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = ((hash ^ u128::from(*byte)) * 0x0100_0000_01b3) % (1 << 64);
    }
    for factor in [0xff51_afd7_ed55_8ccd_u128, 0xc4ce_b9fe_1a85_ec53, 1] {
        hash = ((hash ^ (hash >> 33)) * factor) % (1 << 64);
    }
    u32::try_from(hash % 32_768).unwrap()
}

#[test]
fn weighing_gives_length_one() {
    let mut features =
        featuriser().features("Arbeitsvertrag zwischen Arbeitgeber und Nehmer").features;
    let idf: Vec<f32> = (0..32_768_u16).map(|bucket| 1.0 + f32::from(bucket % 7)).collect();
    weigh(&mut features, &idf);
    let square: f32 = features.iter().map(|feature| feature.value * feature.value).sum();
    assert!((square - 1.0).abs() < 1e-4);
    let mut uncovered = featuriser().features("Miete").features;
    weigh(&mut uncovered, &[]);
    assert!(uncovered.iter().all(|feature| feature.value == 0.0));
}
