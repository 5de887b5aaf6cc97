use super::*;

fn page(text: &str) -> Page {
    Page::of_text(1, text.to_owned())
}

#[test]
fn words_are_found_in_spite_of_how_they_are_set() {
    let check = |text: &str, wanted: &str, quotes: &[&str]| {
        let page = page(text);
        let ready = PageText::new(&page);
        let found: Vec<String> = ready
            .find(&words(wanted))
            .into_iter()
            .filter_map(|found| ready.span(found.first, found.end))
            .map(|(start, end)| ready.slice(start, end))
            .collect();
        assert_eq!(found, quotes, "{wanted} in {text}");
    };
    check("Der ARBEITSVERTRAG vom", "Arbeitsvertrag", &["ARBEITSVERTRAG"]);
    check("Arbeitsverlrag", "Arbeitsvertrag", &["Arbeitsverlrag"]);
    check("Arbeitsvrtrag", "Arbeitsvertrag", &["Arbeitsvrtrag"]);
    check("Arbeltsverlrag", "Arbeitsvertrag", &[]);
    check("Wohnraummietvertrag", "Mietvertrag", &["Wohnraummietvertrag"]);
    check("R E I S E P A S S", "Reisepass", &["R E I S E P A S S"]);
    check("Arbeits-\nvertrag", "Arbeitsvertrag", &["Arbeits-\nvertrag"]);
    check("nach $ 18 BMG", "§ 18 BMG", &["$ 18 BMG"]);
    check("§ 81 Abs. 4 AufenthG", "§ 81 Abs. 4", &["§ 81 Abs. 4"]);
    check("Wohnfla\u{308}che", "Wohnfläche", &["Wohnfla\u{308}che"]);
    check("Pass und Pässe", "Passe", &["Pässe"]);
}
