//! The plot: what a processor costs, by who wrote it.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    figures::Figure,
    kind::{Function, Kind},
    report::{Measured, Report},
};
use crate::table::grouped;

const SIZE: (u32, u32) = (860, 760);
const FONT: &str = "sans-serif";
/// Colours that the colour-blind tell apart, too (Okabe and Ito).
const OURS: RGBColor = RGBColor(0, 114, 178);
const OTHERS: RGBColor = RGBColor(150, 150, 150);
const PANELS: [(&str, Figure, usize); 4] = [
    ("Cold start, ms", Figure::ColdMs, 1),
    ("Cold start with the CPU share of 128 MB, ms", Figure::ColdAtSmallestMs, 1),
    ("CPU of a warm invocation, us", Figure::WarmCpuUs, 0),
    ("Peak memory, MiB", Figure::PeakMib, 1),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// An SVG on white, whatever the page around it is on.
///
/// # Errors
/// When nothing can be drawn.
pub fn plot(report: &Report) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let areas = area.split_evenly((PANELS.len(), 1));
        for (area, (title, figure, digits)) in areas.iter().zip(PANELS) {
            bars(area, title, &processors(&report.measured, figure), digits)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn processors(measured: &Measured, figure: Figure) -> Vec<(Kind, f64)> {
    let processors = measured.all().filter(|(function, _)| *function == Function::Processor);
    let figures =
        processors.filter_map(|(function, kind)| Some((kind, measured.median(function, kind, figure)?)));
    figures.collect()
}

/// A bar for each, its name on the left and its figure at its end. The scale is logarithmic: from a tenth of the least.
fn bars(area: &Area<'_>, title: &str, figures: &[(Kind, f64)], digits: usize) -> anyhow::Result<()> {
    let least = figures.iter().map(|(_, figure)| *figure).fold(f64::MAX, f64::min) / 10.0;
    let most = figures.iter().map(|(_, figure)| *figure).fold(least, f64::max);
    let (width, height) = area.dim_in_pixel();
    let (left, right, top) = (190, 80, 30);
    let room = f64::from(width) - f64::from(left + right);
    let step = (f64::from(height) - f64::from(top)) / figures.len().max(1) as f64;
    let text =
        |size: u32, at: HPos| (FONT, size).into_font().into_text_style(area).pos(Pos::new(at, VPos::Center));
    area.draw_text(title, &text(18, HPos::Left), (12, 16))?;
    for (place, (kind, figure)) in figures.iter().enumerate() {
        let above = top + (step * place as f64) as i32;
        let middle = above + (step / 2.0) as i32;
        let end = left + (room * (figure / least).ln() / (most / least).ln()) as i32;
        let is_ours = matches!(kind, Kind::Taskline | Kind::TasklineHandler);
        let colour = if is_ours { OURS } else { OTHERS };
        area.draw_text(kind.name(), &text(14, HPos::Right), (left - 8, middle))?;
        area.draw(&Rectangle::new([(left, above + 2), (end, above + step as i32 - 2)], colour.filled()))?;
        area.draw_text(&grouped(*figure, digits), &text(14, HPos::Left), (end + 6, middle))?;
    }
    Ok(())
}
