//! What the plots share.

use plotters::{coord::Shift, prelude::*};

pub const FONT: &str = "sans-serif";
/// Colours that colour-blind people can distinguish (Okabe and Ito).
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const ORANGE: RGBColor = RGBColor(213, 94, 0);

pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
