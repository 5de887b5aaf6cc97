//! The language: what holds, what is not known, and where a text goes wrong.

use super::parse::Malformed;
use super::{Scope, Source, Truth, parse};

struct Known;

impl Scope for Known {
    fn value(&self, source: &Source) -> Option<String> {
        let value = match source {
            Source::Variable(name) if name == "mode" => "extension",
            Source::Variable(name) if name == "age" => "45",
            Source::Fact(name) if name == "yes" => "true",
            Source::Fact(name) if name == "no" => "false",
            Source::Form(name) if name == "applicant.nationality" => "TUR, DEU",
            Source::Figure(name) if name == "floor" => "55770",
            Source::Class(name) if name == "passport" => "true",
            Source::Variable(_)
            | Source::Fact(_)
            | Source::Form(_)
            | Source::Figure(_)
            | Source::Class(_) => return None,
        };
        Some(value.to_owned())
    }
}

#[test]
fn three_values() {
    use Truth::{False, True, Unknown};
    for (text, wanted) in [
        ("mode == extension", True),
        ("mode != extension", False),
        ("mode in [first_grant, extension]", True),
        ("mode in [reissue]", False),
        ("age >= 45", True),
        ("age > 45", False),
        ("age < 45.5 and age <= 45", True),
        ("variant == blue_card", Unknown),
        ("fact(yes)", True),
        ("fact(no)", False),
        ("not fact(no)", True),
        ("fact(silent)", Unknown),
        ("not fact(silent)", Unknown),
        ("fact(silent) and fact(no)", False),
        ("fact(silent) and fact(yes)", Unknown),
        ("fact(silent) or fact(yes)", True),
        ("fact(silent) or fact(no)", Unknown),
        ("fact(no) and fact(no) or fact(yes)", True),
        ("fact(no) and (fact(no) or fact(yes))", False),
        ("form(applicant.nationality) in [DEU]", True),
        ("form(applicant.nationality) == SYR", False),
        ("salary_year < figure(floor)", Unknown),
        ("age < figure(floor)", True),
        ("age < figure(expired)", Unknown),
        ("class(passport)", True),
        ("class(visa)", Unknown),
        ("mode < 3", Unknown),
    ] {
        let condition = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(condition.truth(&Known), wanted, "{text}");
    }
}

#[test]
fn errors_name_the_place() {
    for (text, position, problem) in [
        ("", 1, "expected a name"),
        ("mode ==", 8, "expected a word or a number"),
        ("mode in extension", 9, "expected `[`"),
        ("mode in [a b]", 12, "expected `,` or `]`"),
        ("modus == a", 1, "no such variable; a fact is written fact(name)"),
        ("fakt(x)", 1, "no such function; there are fact, form, figure and class"),
        ("fact(x", 7, "expected `)`"),
        ("fact(x) fact(y)", 9, "expected `and`, `or` or the end"),
        ("fact(x) & fact(y)", 9, "unexpected character"),
        ("(fact(x)", 9, "expected `)`"),
        ("fact(and)", 6, "expected a name inside the brackets"),
    ] {
        assert_eq!(parse(text), Err(Malformed { position, problem }), "{text}");
    }
    let deep = format!("{}fact(x)", "not ".repeat(100));
    assert_eq!(parse(&deep).map_err(|error| error.problem), Err("nested too deeply"));
}
