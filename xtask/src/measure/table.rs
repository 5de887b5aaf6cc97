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
    /// Adds a row; its columns come in the order in which they are first seen.
    pub(crate) fn add(&mut self, label: &str, row: Map<String, Value>) {
        for name in row.keys() {
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
            for (name, value) in row {
                writeln!(formatter, "| {name} | {} |", shown(value))?;
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
            table.add(label, serde_json::from_str(row).unwrap());
        }
        table.to_string()
    }

    #[test]
    fn rows_below_one_another() {
        let rows = [("a", r#"{"R@10": 0.5}"#), ("b", r#"{"R@10": 0.25, "styles": {"x": [1, 2]}}"#)];
        let expected =
            "| set | R@10 | styles |\n|---|---|---|\n| a | 0.5 |  |\n| b | 0.25 | x 1–2 |\n";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn one_row_is_turned() {
        let rows = [("audit", r#"{"problems": [], "size": 7}"#)];
        assert_eq!(table(&rows), "| audit | |\n|---|---|\n| problems | none |\n| size | 7 |\n");
    }
}
