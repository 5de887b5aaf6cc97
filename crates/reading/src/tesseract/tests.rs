use super::{parse, turn_told};
use crate::quarter::Quarter;

#[test]
fn a_table_of_words_becomes_lines_and_offsets() {
    let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
        4\t1\t1\t1\t1\t0\t10\t10\t100\t20\t-1\t\n\
        5\t1\t1\t1\t1\t1\t10\t10\t40\t20\t96.5\tGröße\n\
        5\t1\t1\t1\t1\t2\t60\t10\t10\t20\t91\t$\n\
        5\t1\t1\t1\t2\t1\t10\t40\t10\t20\t90\t18b\n\
        5\t1\t1\t1\t2\t2\t10\t40\t10\t20\t2\t~\n\
        5\t1\t2\t1\t1\t1\t10\t90\t10\t20\t80\tEnde\n\
        5\tkaputt\n";
    let found = parse(table, 0.5);
    assert_eq!(found.text, "Größe §\n18b\n\nEnde");
    let spans: Vec<(u32, u32)> = found.words.iter().map(|word| (word.start, word.end)).collect();
    assert_eq!(spans, [(0, 5), (6, 7), (8, 11), (13, 17)]);
    assert!((found.words[0].rect.width - 20.0).abs() < 1e-3);
    assert!(found.quality > 0.85 && found.quality < 0.95, "{}", found.quality);
}

#[test]
fn orientation_is_believed_only_when_sure() {
    let told = |rotate: u32, sure: f32| {
        turn_told(&format!(
            "Page number: 0\nOrientation in degrees: 90\nRotate: {rotate}\n\
             Orientation confidence: {sure:.2}\nScript: Latin\n"
        ))
    };
    assert_eq!(told(270, 15.3), Some(Quarter::Three));
    assert_eq!(told(180, 9.0), Some(Quarter::Two));
    assert_eq!(told(180, 0.4), None);
    assert_eq!(told(0, 15.0), None);
    assert_eq!(turn_told("Too few characters. Skipping this page\n"), None);
}

#[test]
fn labels_and_values_in_blocks_of_their_own_are_read_across() {
    // Two labels as one block, their two values, a little lower, as another.
    let table = "5\t1\t1\t1\t1\t1\t10\t10\t80\t20\t95\tName\n\
        5\t1\t1\t1\t2\t1\t10\t45\t80\t20\t95\tGehalt\n\
        5\t1\t2\t1\t1\t1\t300\t13\t80\t20\t60\tAylin\n\
        5\t1\t2\t1\t2\t1\t300\t48\t80\t20\t90\t4.600,00\n";
    let found = parse(table, 1.0);
    assert_eq!(found.text, "Name  Aylin\nGehalt  4.600,00");
    let sure: Vec<f32> = found.words.iter().map(|word| word.confidence).collect();
    assert_eq!(sure, [0.95, 0.6, 0.95, 0.9]);
}
