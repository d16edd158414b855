//! The plot: the cost of a processor, by implementation.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    figures::Figure,
    implementation::{Function, Implementation},
    measurements::Measurements,
    report::FunctionsReport,
};
use crate::{
    chart::{Area, BLUE, FONT},
    table::grouped,
};

const SIZE: (u32, u32) = (860, 760);
const GREY: RGBColor = RGBColor(150, 150, 150);
const PANELS: [(&str, Figure, usize); 4] = [
    ("Cold start, ms", Figure::ColdMs, 1),
    ("Cold start with the CPU share of 128 MB, ms", Figure::ColdAtSmallestMs, 1),
    ("CPU of a warm invocation, us", Figure::WarmCpuUs, 0),
    ("Peak memory, MiB", Figure::PeakMib, 1),
];

/// An SVG on a white background.
pub fn plot(report: &FunctionsReport) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let areas = area.split_evenly((PANELS.len(), 1));
        for (area, (title, figure, digits)) in areas.iter().zip(PANELS) {
            bars(area, title, &processors(&report.measurements, figure), digits)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn processors(measurements: &Measurements, figure: Figure) -> Vec<(Implementation, f64)> {
    let processors = measurements.all().filter(|(function, _)| *function == Function::Processor);
    let figures = processors.filter_map(|(function, implementation)| {
        Some((implementation, measurements.median(function, implementation, figure)?))
    });
    figures.collect()
}

/// One bar per implementation, with its name on the left and its value on the right. The scale is logarithmic and starts at a
/// tenth of the lowest value.
fn bars(
    area: &Area<'_>,
    title: &str,
    figures: &[(Implementation, f64)],
    digits: usize,
) -> anyhow::Result<()> {
    let least = figures.iter().map(|(_, figure)| *figure).fold(f64::MAX, f64::min) / 10.0;
    let most = figures.iter().map(|(_, figure)| *figure).fold(least, f64::max);
    let (width, height) = area.dim_in_pixel();
    let (left, right, top) = (190, 80, 30);
    let width_of_bars = f64::from(width) - f64::from(left + right);
    let step = (f64::from(height) - f64::from(top)) / figures.len().max(1) as f64;
    let text =
        |size: u32, at: HPos| (FONT, size).into_font().into_text_style(area).pos(Pos::new(at, VPos::Center));
    area.draw_text(title, &text(18, HPos::Left), (12, 16))?;
    for (place, (implementation, figure)) in figures.iter().enumerate() {
        let above = top + (step * place as f64) as i32;
        let middle = above + (step / 2.0) as i32;
        let end = left + (width_of_bars * (figure / least).ln() / (most / least).ln()) as i32;
        let is_ours = matches!(implementation, Implementation::Taskline | Implementation::TasklineHandler);
        let colour = if is_ours { BLUE } else { GREY };
        area.draw_text(implementation.name(), &text(14, HPos::Right), (left - 8, middle))?;
        area.draw(&Rectangle::new([(left, above + 2), (end, above + step as i32 - 2)], colour.filled()))?;
        area.draw_text(&grouped(*figure, digits), &text(14, HPos::Left), (end + 6, middle))?;
    }
    Ok(())
}
