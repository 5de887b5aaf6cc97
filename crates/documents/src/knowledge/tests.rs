use super::*;

#[test]
fn shipped_files_fit_their_schema() {
    let knowledge = Knowledge::shipped().unwrap();
    let core = knowledge.classes().iter().filter(|class| class.tier == Tier::Core).count();
    assert_eq!(core, 52);
    assert_eq!(knowledge.digest().len(), 64);
}
