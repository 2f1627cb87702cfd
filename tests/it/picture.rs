//! The picture in the README: the start of `tollgate tour` on a terminal, as SVG in two color
//! schemes.
//!
//! `TOLLGATE_BLESS=1 cargo test --test it picture` draws it again.

use std::fmt::Write as _;
use std::path::Path;

use unicode_width::UnicodeWidthStr as _;

use crate::sandbox::{Sandbox, stdout};

/// The size of a character, and of the border, in pixels.
const CHARACTER: (f64, f64) = (8.4, 19.0);
const BORDER: f64 = 16.0;
const COLUMNS: f64 = 98.0;

/// The colors of a terminal.
struct Scheme {
    name: &'static str,
    background: &'static str,
    text: &'static str,
    /// By the number of the color: black, red, green, yellow, blue, magenta, cyan, white.
    colors: [&'static str; 8],
}

const SCHEMES: [Scheme; 2] = [
    Scheme {
        name: "light",
        background: "#ffffff",
        text: "#1f2328",
        colors: [
            "#1f2328", "#cf222e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#0b7285", "#6e7781",
        ],
    },
    Scheme {
        name: "dark",
        background: "#0d1117",
        text: "#e6edf3",
        colors: [
            "#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3",
        ],
    },
];

/// How text is drawn, as escape sequences set it.
#[derive(Default, Clone, Copy)]
struct RenderOptions {
    color: Option<usize>,
    is_bold: bool,
    is_dim: bool,
    is_underlined: bool,
}

impl RenderOptions {
    /// Follows the parameters of an escape sequence, such as `36;1;4`.
    fn apply(&mut self, parameters: &str) {
        for parameter in parameters.split(';') {
            match parameter.parse::<usize>().unwrap_or(0) {
                0 => *self = Self::default(),
                1 => self.is_bold = true,
                2 => self.is_dim = true,
                4 => self.is_underlined = true,
                color @ 30..=37 => self.color = Some(color - 30),
                color @ 90..=97 => self.color = Some(color - 90),
                39 => self.color = None,
                other => panic!("the picture doesn't know the escape sequence {other}"),
            }
        }
    }

    fn attributes(self, scheme: &Scheme) -> String {
        let mut attributes = format!(
            "fill=\"{}\"",
            self.color.map_or(scheme.text, |color| scheme.colors[color])
        );
        if self.is_bold {
            attributes += " font-weight=\"bold\"";
        }
        if self.is_dim {
            attributes += " opacity=\"0.6\"";
        }
        if self.is_underlined {
            attributes += " text-decoration=\"underline\"";
        }
        attributes
    }
}

/// Draws the output of a terminal.
fn draw(output: &str, scheme: &Scheme) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let width = COLUMNS * CHARACTER.0 + 2.0 * BORDER;
    let height = f64::from(u32::try_from(lines.len()).unwrap()) * CHARACTER.1 + 2.0 * BORDER;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n",
        scheme.background
    );
    let mut look = RenderOptions::default();
    let mut y = BORDER;
    for line in lines {
        y += CHARACTER.1;
        let mut x = BORDER;
        let mut draw = |text: &str, look: RenderOptions| {
            let width = f64::from(u32::try_from(text.width()).unwrap()) * CHARACTER.0;
            if !text.trim().is_empty() {
                writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" {}>{}</text>",
                    y - 5.0,
                    look.attributes(scheme),
                    escaped(text)
                )
                .unwrap();
            }
            x += width;
        };
        let mut parts = line.split("\u{1b}[");
        draw(parts.next().unwrap(), look);
        for part in parts {
            let (parameters, text) = part.split_once('m').expect("only colors are set");
            look.apply(parameters);
            draw(text, look);
        }
    }
    svg + "</g>\n</svg>\n"
}

fn escaped(text: &str) -> String {
    // Renderers join spaces, and drop those at the ends, unless they are no-break spaces.
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace(' ', "\u{a0}")
}

#[test]
fn picture_shows_what_the_tool_prints() {
    let tour = Sandbox::new().tollgate(&["--color", "always", "tour"]);
    let shown = stdout(&tour).split("\n3. ").next().unwrap().to_owned();
    for scheme in &SCHEMES {
        let name = format!("docs/images/tour-{}.svg", scheme.name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
        let drawn = draw(&shown, scheme);
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let help = "`TOLLGATE_BLESS=1 cargo test --test it picture` draws it again";
        assert!(
            std::fs::read_to_string(&path).is_ok_and(|old| old == drawn),
            "{name} is out of date: {help}"
        );
    }
}
