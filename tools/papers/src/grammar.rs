//! Wordings with alternatives, from which texts of a class are drawn.
//!
//! A file holds families: `@ class family`, then lines. In a line `[a|b|]` chooses one (they
//! nest), `{key}` and `{key:n}` are filled in by the caller. A line that begins with `?` is left
//! out half of the time; neighbouring lines that begin with `~` come in any order. `#` begins a
//! comment.

use crate::chance::Chance;

/// One way of wording a paper of a class.
#[derive(Clone, Debug)]
pub struct Family {
    /// Class id.
    pub class: String,
    /// Name, unique within the class.
    pub name: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    text: String,
    optional: bool,
    movable: bool,
}

/// The families of a file.
#[must_use]
pub fn parse(text: &str) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("@ ") {
            let (class, name) = head.split_once(' ').unwrap_or((head, "plain"));
            families.push(Family { class: class.into(), name: name.trim().into(), lines: vec![] });
            continue;
        }
        let (movable, rest) = line.strip_prefix('~').map_or((false, line), |rest| (true, rest));
        let (optional, rest) = rest.strip_prefix('?').map_or((false, rest), |rest| (true, rest));
        if let Some(family) = families.last_mut() {
            family.lines.push(Line { text: rest.into(), optional, movable });
        }
    }
    families
}

impl Family {
    /// One text: lines with their placeholders filled by `fill(key, count)`.
    pub fn draw(
        &self,
        chance: &mut Chance,
        fill: &mut dyn FnMut(&str, usize, &mut Chance) -> String,
    ) -> Vec<String> {
        let mut drawn: Vec<String> = Vec::new();
        let mut block: Vec<String> = Vec::new();
        for line in &self.lines {
            if !line.movable {
                chance.shuffle(&mut block);
                drawn.append(&mut block);
            }
            if line.optional && chance.with(0.5) {
                continue;
            }
            let text = expand(&choose(&line.text, chance), chance, fill);
            if line.movable { block.push(text) } else { drawn.push(text) }
        }
        chance.shuffle(&mut block);
        drawn.append(&mut block);
        drawn
    }
}

/// Resolves every `[a|b]`, inner ones with the branch they stand in.
fn choose(text: &str, chance: &mut Chance) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        result.push_str(before);
        let Some((branches, after)) = branches(from) else {
            result.push_str(from);
            return result;
        };
        let branch = chance.pick(&branches);
        result.push_str(&choose(branch, chance));
        rest = after;
    }
    result.push_str(rest);
    result
}

/// The branches of the group that `text` begins with, and what follows the group.
fn branches(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut depth = 0_usize;
    let mut start = 1;
    let mut found = Vec::new();
    for (index, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            '|' if depth == 1 => {
                found.push(text.get(start..index)?);
                start = index + 1;
            }
            ']' => {
                depth -= 1;
                if depth == 0 {
                    found.push(text.get(start..index)?);
                    return Some((found, text.get(index + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}

fn expand(
    text: &str,
    chance: &mut Chance,
    fill: &mut dyn FnMut(&str, usize, &mut Chance) -> String,
) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        result.push_str(before);
        let Some((key, after)) = from.split_once('}') else { break };
        let (key, count) = key.split_once(':').unwrap_or((key, "1"));
        result.push_str(&fill(key, count.parse().unwrap_or(1), chance));
        rest = after;
    }
    result.push_str(rest);
    result.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
