//! A table of numbers, and the median of several tables.

use std::fmt;

use serde::Serialize;

/// A table that prints itself as Markdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    pub title: &'static str,
    /// The title of the first column.
    pub rows_are: &'static str,
    /// The other columns.
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The title, with its unit.
    pub name: &'static str,
    /// Decimal places.
    pub digits: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub name: String,
    /// One for each column; absent if it can't be measured.
    pub figures: Vec<Option<f64>>,
}

impl Table {
    /// A table without rows.
    pub fn new(title: &'static str, rows_are: &'static str, columns: &[(&'static str, usize)]) -> Self {
        let columns = columns.iter().map(|(name, digits)| Column { name, digits: *digits }).collect();
        Self { title, rows_are, columns, rows: Vec::new() }
    }

    pub fn add(&mut self, name: String, figures: impl IntoIterator<Item = Option<f64>>) {
        self.rows.push(Row { name, figures: figures.into_iter().collect() });
    }

    /// The medians, cell by cell, of tables with the same rows and columns.
    pub fn median(mut tables: Vec<Self>) -> Option<Self> {
        let mut table = tables.pop()?;
        for (at, row) in table.rows.iter_mut().enumerate() {
            for (column, figure) in row.figures.iter_mut().enumerate() {
                let others = tables.iter().filter_map(|table| *table.rows.get(at)?.figures.get(column)?);
                *figure = median(others.chain(*figure).collect());
            }
        }
        Some(table)
    }
}

/// The mean of the two middle values if their number is even.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        length if length % 2 == 1 => Some(figures[middle]),
        _ => Some(f64::midpoint(figures[middle - 1], figures[middle])),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.columns.iter().map(|column| column.name.to_owned());
        let mut lines = vec![std::iter::once(self.rows_are.to_owned()).chain(names).collect::<Vec<_>>()];
        lines.extend(self.rows.iter().map(|row| {
            let written = |(column, figure): (&Column, &Option<f64>)| {
                figure.map_or_else(|| "-".to_owned(), |figure| grouped(figure, column.digits))
            };
            let figures = self.columns.iter().zip(&row.figures).map(written);
            std::iter::once(row.name.clone()).chain(figures).collect()
        }));
        let width = |at: usize| lines.iter().map(|line| line[at].len()).max().unwrap_or(0);
        let widths: Vec<_> = (0..=self.columns.len()).map(width).collect();
        writeln!(formatter, "**{}**\n", self.title)?;
        for (number, line) in lines.iter().enumerate() {
            write!(formatter, "| {:<width$} |", line[0], width = widths[0])?;
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                write!(formatter, " {cell:>width$} |")?;
            }
            writeln!(formatter)?;
            if number == 0 {
                write!(formatter, "|{:-<width$}|", "", width = widths[0] + 2)?;
                widths[1..].iter().try_for_each(|width| write!(formatter, "{:-<w$}:|", "", w = width + 1))?;
                writeln!(formatter)?;
            }
        }
        Ok(())
    }
}

/// Formats a number with commas between thousands.
pub fn grouped(figure: f64, digits: usize) -> String {
    let written = format!("{figure:.digits$}");
    let (whole, rest) = written.split_at(written.find('.').unwrap_or(written.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(figures: [Option<f64>; 2]) -> Table {
        let mut table = Table::new("t", "what", &[("a, ms", 1), ("b", 0)]);
        table.add("one".to_owned(), figures);
        table
    }

    #[test]
    fn a_median_is_taken_cell_by_cell() {
        let tables =
            vec![table([Some(9.0), Some(1.0)]), table([Some(1.0), None]), table([Some(2.0), Some(3.0)])];
        assert_eq!(Table::median(tables).unwrap(), table([Some(2.0), Some(2.0)]));
        assert_eq!(Table::median(vec![table([None, None])]).unwrap(), table([None, None]));
    }

    #[test]
    fn a_table_prints_aligned_columns() {
        let written = table([Some(1234.56), None]).to_string();
        assert_eq!(
            written,
            "**t**\n\n| what |   a, ms | b |\n|------|--------:|--:|\n| one  | 1,234.6 | - |\n"
        );
    }
}
