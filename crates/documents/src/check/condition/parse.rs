//! Text to condition, by recursive descent; an error names the place in the text.

use super::{Comparison, Condition, Operand, Source};

/// Nesting past this is refused: a data file must not exhaust the stack.
const DEPTH_MAX: usize = 32;
/// The variables a condition may name.
pub(crate) const VARIABLES: [&str; 7] =
    ["mode", "variant", "age", "sponsor", "application_type", "salary_year", "training_pay_month"];

/// A condition that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Character at which the text stops making sense, from 1.
    pub(crate) position: usize,
    /// What is wrong.
    pub(crate) problem: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
}

/// Reads one condition.
pub(crate) fn parse(text: &str) -> Result<Condition, Malformed> {
    let mut parser = Parser { tokens: scan(text)?, next: 0, end: text.chars().count() + 1 };
    let condition = parser.or(0)?;
    match parser.peek() {
        None => Ok(condition),
        Some(_) => Err(parser.wrong("expected `and`, `or` or the end")),
    }
}

fn scan(text: &str) -> Result<Vec<(usize, Token)>, Malformed> {
    const SIGNS: [&str; 11] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","];
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let rest: String = letters.iter().skip(at).take(2).collect();
        if letter.is_whitespace() {
            at += 1;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push((at + 1, Token::Sign(sign)));
            at += sign.len();
        } else {
            let word: String = letters.iter().skip(at).take_while(|c| is_word(**c)).collect();
            if word.is_empty() {
                return Err(Malformed { position: at + 1, problem: "unexpected character" });
            }
            found.push((at + 1, Token::Word(word.clone())));
            at += word.chars().count();
        }
    }
    Ok(found)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Parser {
    fn or(&mut self, depth: usize) -> Result<Condition, Malformed> {
        let mut left = self.and(depth)?;
        while self.take_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Condition, Malformed> {
        let mut left = self.not(depth)?;
        while self.take_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.not(depth)?));
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Result<Condition, Malformed> {
        if depth > DEPTH_MAX {
            return Err(self.wrong("nested too deeply"));
        }
        if self.take_word("not") {
            return Ok(Condition::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take_sign("(") {
            let inner = self.or(depth + 1)?;
            self.expect(")", "expected `)`")?;
            return Ok(inner);
        }
        self.statement()
    }

    fn statement(&mut self) -> Result<Condition, Malformed> {
        let source = self.source()?;
        if self.take_word("in") {
            return Ok(Condition::In(source, self.list()?));
        }
        let comparison = match self.peek() {
            Some(Token::Sign("==")) => Comparison::Equal,
            Some(Token::Sign("!=")) => Comparison::Unequal,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::AtMost,
            Some(Token::Sign(">")) => Comparison::More,
            Some(Token::Sign(">=")) => Comparison::AtLeast,
            Some(Token::Sign(_) | Token::Word(_)) | None => return Ok(Condition::Is(source)),
        };
        self.next += 1;
        Ok(Condition::Compare(source, comparison, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, Malformed> {
        let looked_up = matches!(self.tokens.get(self.next + 1), Some((_, Token::Sign("("))));
        if looked_up {
            return Ok(Operand::Source(self.source()?));
        }
        Ok(Operand::Literal(self.word("expected a word or a number")?))
    }

    fn source(&mut self) -> Result<Source, Malformed> {
        let start = self.next;
        let name = self.word("expected a name")?;
        if !self.take_sign("(") {
            if VARIABLES.contains(&name.as_str()) {
                return Ok(Source::Variable(name));
            }
            self.next = start;
            return Err(self.wrong("no such variable; a fact is written fact(name)"));
        }
        let argument = self.word("expected a name inside the brackets")?;
        self.expect(")", "expected `)`")?;
        match name.as_str() {
            "fact" => Ok(Source::Fact(argument)),
            "form" => Ok(Source::Form(argument)),
            "figure" => Ok(Source::Figure(argument)),
            "class" => Ok(Source::Class(argument)),
            _ => {
                self.next = start;
                Err(self.wrong("no such function; there are fact, form, figure and class"))
            }
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Malformed> {
        self.expect("[", "expected `[`")?;
        let mut words = vec![self.word("expected a word")?];
        while self.take_sign(",") {
            words.push(self.word("expected a word")?);
        }
        self.expect("]", "expected `,` or `]`")?;
        Ok(words)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word == wanted);
        self.next += usize::from(found);
        found
    }

    fn take_sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str, problem: &'static str) -> Result<(), Malformed> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.wrong(problem)) }
    }

    fn word(&mut self, problem: &'static str) -> Result<String, Malformed> {
        match self.peek() {
            Some(Token::Word(word)) if !matches!(word.as_str(), "and" | "or" | "not" | "in") => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            Some(Token::Word(_) | Token::Sign(_)) | None => Err(self.wrong(problem)),
        }
    }

    fn wrong(&self, problem: &'static str) -> Malformed {
        let position = self.tokens.get(self.next).map_or(self.end, |(position, _)| *position);
        Malformed { position, problem }
    }
}
