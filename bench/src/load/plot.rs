//! The plot: accept latency by backlog, and memory over time.

use anyhow::Context;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    fixture::MemorySample,
    report::{Curves, LoadReport, Point},
};
use crate::{
    chart::{Area, BLUE, FONT, ORANGE},
    table::grouped,
};

const SIZE: (u32, u32) = (860, 640);
const LABEL: u32 = 16;
/// More points can't be distinguished.
const POINTS: usize = 300;

/// An SVG on a white background. Fails without a backlog.
pub fn plot(report: &LoadReport) -> anyhow::Result<String> {
    let curves = report.curves.as_ref().context("there is nothing to draw")?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (above, below) = area.split_vertically(SIZE.1 / 2);
        latencies(&above, curves)?;
        memory(&below, curves)?;
        area.present()?;
    }
    Ok(svg)
}

/// For each load shape, the median as a solid line and the 99th percentile as a dashed line, with labels at their ends.
fn latencies(area: &Area<'_>, curves: &Curves) -> anyhow::Result<()> {
    let points = curves.latencies.iter().flat_map(|(_, points)| points);
    let most = points.map(|point| point.p99_ms).fold(1.0, f64::max) * 1.1;
    let tasks = f64::from(curves.tasks);
    let mut chart = ChartBuilder::on(area)
        .caption("Accept latency, by how many tasks wait", (FONT, 21))
        .margin(12)
        .margin_right(165)
        .x_label_area_size(48)
        .y_label_area_size(66)
        .build_cartesian_2d(0.0..tasks, 0.0..most)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style((FONT, LABEL))
        .x_desc("tasks waiting")
        .y_desc("milliseconds")
        .x_label_formatter(&|waiting| grouped(*waiting, 0))
        .y_label_formatter(&|ms| grouped(*ms, 0))
        .draw()?;
    let mut names = Vec::new();
    for ((shape, points), colour) in curves.latencies.iter().zip([BLUE, ORANGE]) {
        let line = |figure: fn(&Point) -> f64| points.iter().map(move |point| (point.waiting, figure(point)));
        let style = colour.stroke_width(2);
        chart.draw_series(LineSeries::new(line(|point| point.p50_ms), style))?;
        chart.draw_series(DashedLineSeries::new(line(|point| point.p99_ms), 5, 3, style))?;
        if let Some(last) = points.last() {
            let ends = [("p50", last.p50_ms), ("p99", last.p99_ms)];
            let position = |ms| chart.backend_coord(&(tasks, ms));
            names.extend(ends.map(|(name, ms)| (position(ms), format!("{shape}, {name}"), colour)));
        }
    }
    write_beside(area, names)
}

fn memory(area: &Area<'_>, curves: &Curves) -> anyhow::Result<()> {
    let most = |figure: fn(&MemorySample) -> f64| curves.samples.iter().map(figure).fold(1.0, f64::max);
    let seconds = most(|sample| sample.seconds);
    let mut chart = ChartBuilder::on(area)
        .caption("Memory of the program, and tasks waiting, by time", (FONT, 21))
        .margin(12)
        .margin_right(165 - 75)
        .x_label_area_size(48)
        .y_label_area_size(66)
        .right_y_label_area_size(75)
        .build_cartesian_2d(0.0..seconds, 0.0..most(|sample| sample.resident_mib) * 1.25)?
        .set_secondary_coord(0.0..seconds, 0.0..most(|sample| sample.waiting as f64) * 1.25);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .label_style((FONT, LABEL))
        .x_desc("seconds")
        .y_desc("MiB resident")
        .x_label_formatter(&|seconds| grouped(*seconds, 0))
        .y_label_formatter(&|mib| grouped(*mib, 0))
        .draw()?;
    chart
        .configure_secondary_axes()
        .label_style((FONT, LABEL))
        .y_desc("tasks waiting")
        .y_label_formatter(&|waiting| grouped(*waiting, 0))
        .draw()?;
    let line = |figure: fn(&MemorySample) -> f64| {
        let step = curves.samples.len().div_ceil(POINTS).max(1);
        curves.samples.iter().step_by(step).map(move |sample| (sample.seconds, figure(sample)))
    };
    chart.draw_series(LineSeries::new(line(|sample| sample.resident_mib), BLUE.stroke_width(2)))?;
    chart.draw_secondary_series(LineSeries::new(
        line(|sample| sample.waiting as f64),
        ORANGE.stroke_width(2),
    ))?;
    let legend = [("resident memory, left", BLUE), ("tasks waiting, right", ORANGE)];
    for ((name, colour), top) in legend.into_iter().zip([54, 72]) {
        write(area, name, (90, top), colour)?;
    }
    Ok(())
}

/// Writes labels at the ends of lines, moved apart so that they don't overlap.
fn write_beside(area: &Area<'_>, mut names: Vec<((i32, i32), String, RGBColor)>) -> anyhow::Result<()> {
    const LINE: i32 = 16;
    names.sort_by_key(|((_, y), ..)| -y);
    let (left, top) = area.get_base_pixel();
    let mut lowest = i32::MAX;
    for ((x, y), name, colour) in names {
        let y = y.min(lowest);
        lowest = y - LINE;
        write(area, &name, (x - left + 6, y - top), colour)?;
    }
    Ok(())
}

fn write(area: &Area<'_>, text: &str, position: (i32, i32), colour: RGBColor) -> anyhow::Result<()> {
    let style = (FONT, LABEL).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(text.to_owned(), position, style))?;
    Ok(())
}
