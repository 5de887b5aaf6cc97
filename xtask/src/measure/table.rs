//! The figures of all runs, one row each, ready for a page of documentation.

use std::fmt;

use serde_json::{Map, Value};

/// Rows with the same or with different columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Map<String, Value>)>,
}

impl Table {
    /// Adds a line of JSON, if it is an object. Columns come in the order in which they are first
    /// written, which the parsed object no longer has.
    pub(crate) fn add(&mut self, label: &str, line: &str) {
        let Ok(Value::Object(row)) = serde_json::from_str(line) else { return };
        let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        let mut names: Vec<&String> =
            row.iter().filter(|(_, value)| !is_empty(value)).map(|(name, _)| name).collect();
        names.sort_by_key(|name| line.find(&format!("\"{name}\":")));
        for name in names {
            if !self.columns.contains(name) {
                self.columns.push(name.clone());
            }
        }
        self.rows.push((label.to_owned(), row));
    }
}

impl fmt::Display for Table {
    /// As Markdown: columns of figures for many rows, a row for each figure where there is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(label, row)] = self.rows.as_slice() {
            writeln!(formatter, "| {label} | |\n|---|---|")?;
            for name in &self.columns {
                let value = row.get(name).map(shown).unwrap_or_default();
                writeln!(formatter, "| {name} | {value} |")?;
            }
            return Ok(());
        }
        writeln!(formatter, "| set | {} |", self.columns.join(" | "))?;
        writeln!(formatter, "|---{}|", "|---".repeat(self.columns.len()))?;
        for (label, row) in &self.rows {
            let cells =
                self.columns.iter().map(|name| row.get(name).map(shown).unwrap_or_default());
            let cells: Vec<String> = cells.collect();
            writeln!(formatter, "| {label} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.trim_start_matches("STRATEGY_").to_lowercase(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("–"),
        Value::Object(values) => {
            let pairs = values.iter().map(|(name, value)| format!("{name} {}", shown(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table(rows: &[(&str, &str)]) -> String {
        let mut table = Table::default();
        for (label, row) in rows {
            table.add(label, row);
        }
        table.to_string()
    }

    #[test]
    fn rows_below_one_another() {
        let rows =
            [("a", r#"{"q": 2, "R@10": 0.5, "styles": {}}"#), ("b", r#"{"p": {"x": [1, 2]}}"#)];
        let expected =
            "| set | q | R@10 | p |\n|---|---|---|---|\n| a | 2 | 0.5 |  |\n| b |  |  | x 1–2 |\n";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn one_row_is_turned() {
        let rows = [("audit", r#"{"size": 7, "problems": []}"#)];
        assert_eq!(table(&rows), "| audit | |\n|---|---|\n| size | 7 |\n| problems | none |\n");
    }
}
