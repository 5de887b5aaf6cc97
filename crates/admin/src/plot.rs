//! Line plots of the last hour as SVG, drawn on the server so that a page needs no library to show them.

/// The size of one plot in its own units; the page scales it.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 18.0;
const TOP: f64 = 8.0;
/// Seconds shown.
const SPAN_S: f64 = 3600.0;
/// A line breaks where samples are missing for longer than this.
const GAP_S: f64 = 30.0;

/// One plot: points of (age in seconds, value), oldest first.
#[derive(Debug)]
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    /// The top of the axis where the quantity has one, e.g. 100 for percent.
    pub(crate) top: Option<f64>,
    pub(crate) points: Vec<(f64, f64)>,
    /// What the left end of the time axis is called, and the right one.
    pub(crate) ends: (&'a str, &'a str),
}

impl Plot<'_> {
    pub(crate) fn svg(&self) -> String {
        let highest = self.points.iter().map(|point| point.1).fold(0.0, f64::max);
        let top = self.top.unwrap_or_else(|| round_up(highest));
        let last = self.points.last().map_or(0.0, |point| point.1);
        let title = format!("{}: {} {}", self.title, number(last), self.unit);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&title)
        );
        for share in [0.0, 0.5, 1.0] {
            let y = TOP + (HEIGHT - BOTTOM - TOP) * (1.0 - share);
            svg.push_str(&format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                number(top * share)
            ));
        }
        let base = HEIGHT - 3.0;
        svg.push_str(&format!(
            "<text class=\"axis\" x=\"{LEFT}\" y=\"{base}\">{}</text>\
             <text class=\"axis\" x=\"{WIDTH}\" y=\"{base}\" text-anchor=\"end\">{}</text>",
            escape(self.ends.0),
            escape(self.ends.1)
        ));
        svg.push_str(&format!("<path class=\"line\" d=\"{}\"/></svg>", self.path(top)));
        svg
    }

    fn path(&self, top: f64) -> String {
        let mut path = String::new();
        let mut before: Option<f64> = None;
        for (age, value) in self.points.iter().filter(|point| point.0 <= SPAN_S) {
            let x = WIDTH - (WIDTH - LEFT) * age / SPAN_S;
            let share = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
            let y = TOP + (HEIGHT - BOTTOM - TOP) * (1.0 - share);
            let joined = before.is_some_and(|before| before - age <= GAP_S);
            path.push_str(&format!("{}{x:.1} {y:.1}", if joined { "L" } else { "M" }));
            before = Some(*age);
        }
        path
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if value <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= value)
        .unwrap_or(value)
}

/// A number as short as its size allows.
pub(crate) fn number(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.1} M", value / 1e6),
        value if value >= 1e4 => format!("{:.0} k", value / 1e3),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<(f64, f64)>, top: Option<f64>) -> Plot<'static> {
        Plot { title: "Tokens <je> Sekunde", unit: "1/s", top, points, ends: ("−1 h", "jetzt") }
    }

    #[test]
    fn the_axis_ends_above_the_highest_value() {
        for (value, wanted) in [(0.0, 1.0), (1.5, 2.0), (3.0, 5.0), (70.0, 100.0), (101.0, 200.0)] {
            assert!((round_up(value) - wanted).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let svg = plot(vec![(3000.0, 1.0), (2995.0, 2.0), (100.0, 3.0), (0.0, 4.0)], None).svg();
        let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(path.matches('M').count(), 3, "{path}");
        assert_eq!(path.matches('L').count(), 1, "{path}");
        assert!(svg.contains("Tokens &lt;je> Sekunde: 4.0 1/s"), "{svg}");
    }

    #[test]
    fn an_empty_plot_is_still_a_picture() {
        let svg = plot(Vec::new(), Some(100.0)).svg();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
    }
}
