//! Renders changelogs and reports with a user's template: MiniJinja over the JSON document that the
//! command prints with `--format json`.
//!
//! A template may come from a hostile branch. It has access to that document only, not to files,
//! the environment, or the clock, and its computations and its output are limited. Text is escaped
//! for Markdown unless the template uses `| raw`.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error as Cause, ErrorKind, Output, State, UndefinedBehavior, Value,
};
use serde::Serialize;
use serde_json::Value as Json;

use crate::changelog::json::wire;
use crate::changelog::{Links, Notes, escape, escape_blocks, escape_html};
use crate::document::time_zone;
use crate::error::{Error, Fault, Result};
use crate::source::{Label, Source, Span, closest, quoted_list};

/// The largest template, in bytes.
const MAX_TEMPLATE_BYTES: usize = 256 * 1024;
/// The number of instructions that a template may execute, and the additional number per entry. The
/// engine charges one instruction for every [`BYTES_PER_FUEL`] bytes that the template creates or a
/// filter processes, so this limits its memory too.
const MAX_FUEL: (u64, u64) = (1_000_000, 1_000);
/// The number of bytes that the engine charges as one instruction.
const BYTES_PER_FUEL: u64 = 64;
/// The number of bytes that a template may write, and the additional number per entry.
const MAX_OUTPUT: (usize, usize) = (4 << 20, 4 << 10);
/// The maximum depth of nested macro and block calls.
const MAX_DEPTH: usize = 64;
/// The template's name in the engine.
const TEMPLATE_NAME: &str = "template";

/// A compiled template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    source: Source,
    /// The command that prints all values.
    command: String,
}

impl Template {
    /// Compiles the text of a template for changelogs.
    ///
    /// # Errors
    ///
    /// Fails if it does not compile, or if it is too large.
    pub(crate) fn new(source: Source) -> Result<Self> {
        Self::of_document(source, "tollgate changelog --json")
    }

    /// Compiles the text of a template for the document that a command prints.
    ///
    /// # Errors
    ///
    /// Fails if it does not compile, or if it is too large.
    pub(crate) fn of_document(source: Source, command: &str) -> Result<Self> {
        if source.text().len() > MAX_TEMPLATE_BYTES {
            let message = format!(
                "`{}` is larger than {MAX_TEMPLATE_BYTES} bytes",
                source.name()
            );
            return Err(Error::limit(message, "use a smaller template"));
        }
        let template = Self {
            source,
            command: command.to_owned(),
        };
        template
            .environment(0)
            .template_from_named_str(TEMPLATE_NAME, template.source.text())
            .map_err(|e| template.to_error(&e, None))?;
        Ok(template)
    }

    /// Writes the notes of releases.
    ///
    /// # Errors
    ///
    /// Fails if the template uses an undefined value, or exceeds a limit.
    pub(crate) fn render(&self, notes: &[Notes], links: Option<&Links>) -> Result<String> {
        let entries: usize = notes
            .iter()
            .flat_map(|notes| &notes.sections)
            .map(|section| section.entries.len())
            .sum();
        self.render_document(&wire(notes, links), entries)
    }

    /// Writes a document. The limits rise with the number of its entries.
    ///
    /// # Errors
    ///
    /// Fails if the template uses an undefined value, or exceeds a limit.
    pub(crate) fn render_document(
        &self,
        document: &impl Serialize,
        entries: usize,
    ) -> Result<String> {
        let environment = self.environment(entries as u64);
        let mut out = LimitedWriter {
            bytes: Vec::new(),
            max_bytes: MAX_OUTPUT.0 + MAX_OUTPUT.1 * entries,
        };
        let template = environment
            .template_from_named_str(TEMPLATE_NAME, self.source.text())
            .map_err(|e| self.to_error(&e, None))?;
        template
            .render_captured_to(Value::from(Serde(document)), &mut out)
            .map_err(|error| self.to_error(&error, serde_json::to_value(document).ok().as_ref()))?;
        let mut text = String::from_utf8(out.bytes).expect("templates write text alone");
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }

    fn environment(&self, entries: u64) -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
        environment.set_formatter(write_value);
        environment.set_fuel(Some(MAX_FUEL.0 + MAX_FUEL.1 * entries));
        environment.set_recursion_limit(MAX_DEPTH);
        environment.set_debug(true); // or errors would not know where they are
        environment.set_syntax(syntax_config());
        environment.add_filter("raw", |text: String| Value::from_safe_string(text));
        environment.add_filter("markdown", |text: String| {
            Value::from_safe_string(escape(&text))
        });
        environment.add_filter("markdown_blocks", markdown_blocks);
        environment.add_filter("html", |text: String| {
            Value::from_safe_string(escape_html(&text))
        });
        environment.add_filter("upper_first", upper_first);
        environment.add_filter("date", date);
        environment.add_filter("time", time);
        environment.remove_filter("safe");
        environment.remove_global("debug");
        environment
    }

    /// An expression with the preceding names, if the span begins at one of its attributes.
    fn whole_name(&self, span: Span) -> &str {
        let text = self.source.text();
        let is_part =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '"' | '\'');
        let start = if text[span.start..].starts_with(['.', '[']) {
            text[..span.start].trim_end_matches(is_part).len()
        } else {
            span.start
        };
        text[start..span.end].trim()
    }

    /// What to do about an undefined name; `document` has the values that exist.
    fn undefined_help(&self, name: &str, document: Option<&Json>) -> String {
        let command = &self.command;
        let Some((parent, known)) = document.and_then(|document| known_keys(document, name)) else {
            return format!(
                "test it with `{{% if … is defined %}}`; run `{command}` to see all values"
            );
        };
        let last = name.rsplit('.').next().unwrap_or_default();
        if let Some(near) = closest(last, known.iter().copied()) {
            return format!("did you mean `{parent}{near}`? Run `{command}` to see all values");
        }
        let owner = match parent.trim_end_matches('.') {
            "" => "the document".to_owned(),
            parent => format!("`{parent}`"),
        };
        let known = quoted_list(known);
        format!("{owner} has {known}; run `{command}` to see all values")
    }

    /// Describes an error with its position in the template.
    fn to_error(&self, error: &Cause, document: Option<&Json>) -> Error {
        let span = error.range().map_or_else(
            || {
                error
                    .line()
                    .map(|line| self.source.line_span(line))
                    .unwrap_or_default()
            },
            |range| Span::new(range.start, range.end),
        );
        let detail = error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned);
        let words = self.source.slice(span);
        let (message, help) = match error.kind() {
            ErrorKind::UndefinedError => {
                let name = self.whole_name(span);
                (
                    format!("`{name}` is not defined"),
                    self.undefined_help(name, document),
                )
            }
            ErrorKind::OutOfFuel => (
                "the template needs too much time or memory".to_owned(),
                format!(
                    "the limit is {} instructions or {} MB of data, plus {} instructions per entry",
                    MAX_FUEL.0,
                    MAX_FUEL.0 * BYTES_PER_FUEL / 1_000_000,
                    MAX_FUEL.1
                ),
            ),
            ErrorKind::WriteFailure => (
                "the template output is too large".to_owned(),
                format!(
                    "the limit is {} MiB, plus {} KiB per entry",
                    MAX_OUTPUT.0 >> 20,
                    MAX_OUTPUT.1 >> 10
                ),
            ),
            ErrorKind::TemplateNotFound => (
                "a template cannot read other files".to_owned(),
                "use one file, with macros".to_owned(),
            ),
            ErrorKind::UnknownFilter => (detail, unknown_filter(words)),
            _ => (
                detail,
                "for the syntax, see https://docs.rs/minijinja/latest/minijinja/syntax".to_owned(),
            ),
        };
        Error::text(
            self.source.clone(),
            vec![Fault {
                message,
                help,
                label: Label::new(span, ""),
            }],
        )
    }
}

/// The keys of the object in which a dotted name ends, and the name of that object with a dot;
/// `None` if the name does not begin at the document, such as that of a loop variable.
fn known_keys<'d>(document: &'d Json, name: &str) -> Option<(String, Vec<&'d str>)> {
    let (parents, _) = name.rsplit_once('.').unwrap_or(("", name));
    let mut object = document.as_object()?;
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        object = object.get(part)?.as_object()?;
    }
    let parent = match parents {
        "" => String::new(),
        parents => format!("{parents}."),
    };
    Some((parent, object.keys().map(String::as_str).collect()))
}

/// Writes the value of a `{{ … }}` expression.
fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> std::result::Result<(), Cause> {
    if value.is_none() {
        return Err(Cause::new(
            ErrorKind::InvalidOperation,
            "`none` cannot be printed; test it with `{% if … %}` first",
        ));
    }
    match state.auto_escape() {
        AutoEscape::Custom(_) if value.is_safe() => Ok(write!(out, "{value}")?),
        AutoEscape::Custom(_) if matches!(value.kind(), ValueKind::Number | ValueKind::Bool) => {
            Ok(write!(out, "{value}")?)
        }
        AutoEscape::Custom(_) => Ok(out.write_str(&escape(&value.to_string()))?),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// A line with only a block leaves no output.
fn syntax_config() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    syntax.build().expect("the marks are the usual ones")
}

/// Multi-line text as paragraphs, lists, and code, indented by a number of spaces.
fn markdown_blocks(text: &str, indent: Option<usize>) -> Value {
    Value::from_safe_string(escape_blocks(
        text,
        indent.unwrap_or_default().min(MAX_INDENT),
    ))
}

/// The maximum indentation of multi-line text: no list needs more, and it takes space in each line.
const MAX_INDENT: usize = 12;

fn upper_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// A day such as `2026-11-20` in another format, given as `strftime` directives.
fn date(text: &str, form: &str) -> std::result::Result<String, Cause> {
    let wrong = |cause: jiff::Error| {
        Cause::new(
            ErrorKind::InvalidOperation,
            format!("invalid date format: {cause}"),
        )
    };
    let day: jiff::civil::Date = text.parse().map_err(wrong)?;
    jiff::fmt::strtime::format(form, day).map_err(wrong)
}

/// An instant such as `2026-11-20T09:00:00Z` in a time zone and another format, given as `strftime`
/// directives. The zone is UTC if none is named.
fn time(text: &str, form: &str, zone: Option<&str>) -> std::result::Result<String, Cause> {
    let wrong = |cause: String| Cause::new(ErrorKind::InvalidOperation, cause);
    let at: jiff::Timestamp = text
        .parse()
        .map_err(|cause| wrong(format!("invalid time: {cause}")))?;
    let name = zone.unwrap_or("UTC");
    let zone = time_zone(name).ok_or_else(|| wrong(format!("unknown time zone `{name}`")))?;
    jiff::fmt::strtime::format(form, &at.to_zoned(zone))
        .map_err(|cause| wrong(format!("invalid time format: {cause}")))
}

/// The help for an unknown filter.
fn unknown_filter(words: &str) -> String {
    let known = [
        "raw",
        "markdown",
        "markdown_blocks",
        "html",
        "upper_first",
        "date",
        "time",
        "join",
        "upper",
        "lower",
        "trim",
        "replace",
        "length",
    ];
    let wanted = words.rsplit('|').next().unwrap_or_default().trim();
    let wanted = wanted.split('(').next().unwrap_or_default();
    match closest(wanted, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            "the filters are those of MiniJinja, and `raw`, `markdown`, `markdown_blocks`, `html`, `upper_first`, `date`, and `time`"
                .to_owned()
        }
    }
}

/// Output with a size limit.
struct LimitedWriter {
    bytes: Vec<u8>,
    max_bytes: usize,
}

impl io::Write for LimitedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.max_bytes {
            return Err(io::Error::other("too much"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(
        template: &str,
        context: &serde_json::Value,
    ) -> std::result::Result<String, (String, String)> {
        let source = Source::new("changelog.md.jinja", template);
        let text = Template::new(source).and_then(|template| template.render_document(context, 0));
        text.map_err(|error| {
            let (source, faults) = error.faults().unwrap();
            (
                faults[0].message.clone(),
                source.slice(faults[0].label.span).to_owned(),
            )
        })
    }

    /// The help for an undefined value in a template of a runbook.
    fn help_of(template: &str, document: &serde_json::Value) -> String {
        let source = Source::new("runbook.jinja", template);
        let template = Template::of_document(source, "tollgate report runbook --json").unwrap();
        let error = template.render_document(document, 0).unwrap_err();
        error.faults().unwrap().1[0].help.clone()
    }

    fn ok(template: &str, context: &serde_json::Value) -> String {
        rendered(template, context).unwrap()
    }

    fn fails(template: &str) -> (String, String) {
        rendered(template, &serde_json::json!({})).unwrap_err()
    }

    #[test]
    fn text_is_escaped_unless_raw() {
        let context = serde_json::json!({ "x": "<b> [a](b)" });
        assert_eq!(ok("{{ x }}", &context), "&lt;b\\> \\[a\\](b)\n");
        assert_eq!(ok("{{ x | upper }}", &context), "&lt;B\\> \\[A\\](B)\n");
        assert_eq!(ok("{{ x ~ '*' }}", &context), "&lt;b\\> \\[a\\](b)\\*\n");
        assert_eq!(
            ok("{{ [x, x] | join(', ') }}", &context),
            "&lt;b\\> \\[a\\](b), &lt;b\\> \\[a\\](b)\n"
        );
        assert_eq!(
            ok("{% set y %}{{ x }}{% endset %}{{ y }}", &context),
            "&lt;b\\> \\[a\\](b)\n"
        );
        assert_eq!(
            ok("<i title=\"{{ x | html }}\">", &context),
            "<i title=\"&lt;b&gt; [a](b)\">\n"
        );
        assert_eq!(ok("{{ x | raw }}", &context), "<b> [a](b)\n");
    }

    #[test]
    fn notes_are_written_as_blocks() {
        let context = serde_json::json!({ "notes": ["Use <b>.\n\n- c", "```js\nd()\n```"] });
        assert_eq!(
            ok(
                "{% for note in notes %}{{ note | markdown_blocks(2) }}{% endfor %}",
                &context
            ),
            "  Use &lt;b\\>.\n\n  - c\n  ```js\n  d()\n  ```\n"
        );
        assert_eq!(
            ok("{{ 'a\n\n# b' | markdown_blocks }}", &context),
            "a\n\n**b**\n"
        );
    }

    #[test]
    fn filters_serve_changelogs() {
        let context = serde_json::json!({ "x": "émile", "day": "2026-11-20" });
        assert_eq!(
            ok(
                "{{ x | upper_first }} {{ day | date('%d %b %Y') }}",
                &context
            ),
            "Émile 20 Nov 2026\n"
        );
    }

    #[test]
    fn undefined_value_is_located() {
        assert_eq!(
            fails("a\n{{ relases }}"),
            ("`relases` is not defined".to_owned(), "relases".to_owned())
        );
        assert_eq!(fails("{% for x in y.z %}{% endfor %}").1, "y.z");
        assert_eq!(
            fails("{{ relases.nope.foo }}").0,
            "`relases.nope` is not defined"
        );
        assert!(
            fails("{{ none }}")
                .0
                .starts_with("`none` cannot be printed")
        );
    }

    #[test]
    fn help_names_the_values_that_exist() {
        let document = serde_json::json!({ "release": { "version": "1.0.0" }, "tickets": [{}] });
        let see = "run `tollgate report runbook --json` to see all values";
        assert_eq!(
            help_of("{{ relase }}", &document),
            "did you mean `release`? Run `tollgate report runbook --json` to see all values"
        );
        assert_eq!(
            help_of("{{ nothing }}", &document),
            format!("the document has `release`, `tickets`; {see}")
        );
        assert_eq!(
            help_of("{{ release.colour }}", &document),
            format!("`release` has `version`; {see}")
        );
        assert_eq!(
            help_of("{% for t in tickets %}{{ t.id }}{% endfor %}", &document),
            format!("test it with `{{% if … is defined %}}`; {see}")
        );
    }

    #[test]
    fn time_is_printed_in_a_zone() {
        let context = serde_json::json!({ "at": "2026-11-24T07:00:00Z" });
        assert_eq!(
            ok(
                "{{ at | time('%H:%M', 'Europe/Berlin') }} {{ at | time('%H:%M') }}",
                &context
            ),
            "08:00 07:00\n"
        );
        let wrong = rendered("{{ at | time('%H:%M', 'Mars') }}", &context)
            .unwrap_err()
            .0;
        assert!(wrong.contains("unknown time zone `Mars`"), "{wrong}");
    }

    #[test]
    fn template_syntax_error_is_located() {
        assert_eq!(fails("a\n{% for x %}").1, "%}");
        assert!(fails("{{ 'x' | upperfirst }}").0.contains("upperfirst"));
        assert!(
            fails("{% include 'x' %}")
                .0
                .contains("cannot read other files")
        );
    }

    #[test]
    fn memory_is_limited_however_a_template_takes_it() {
        let double =
            |step: &str| format!("{{% set s = 'x' %}}{}{{{{ s | length }}}}", step.repeat(40));
        let templates = [
            double("{% set s = s ~ s %}"),
            double("{% set s = s + s %}"),
            double("{% set s = s * 2 %}"),
            double("{% set s %}{{ s }}{{ s }}{% endset %}"),
            double("{% set s = [s, s] | join %}"),
            double("{% set s = s | replace('x', 'xx') %}"),
            "{% set n = namespace(s='x') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}".to_owned(),
            "{% macro m(s, n) %}{% if n > 0 %}{{ m(s ~ s ~ s ~ s ~ s ~ s ~ s ~ s, n - 1) }}{% endif %}{% endmacro %}{{ m('x', 12) }}"
                .to_owned(),
            format!("{{{{ '\\\\' {} | length }}}}", "| markdown ".repeat(40)),
            "{{ ('x\n' * 10000) | indent(1000000) | length }}".to_owned(),
            "{{ range(100) | slice(1000000000) | list | length }}".to_owned(),
            "{{ range(100) | batch(1000000000, 1) | list | length }}".to_owned(),
            "{{ range(10000) | join('x' * 1000000) | length }}".to_owned(),
            "{{ ([1] * 90000000) | list | length }}".to_owned(),
            "{{ '%*d' | format(2000000000, 1) | length }}".to_owned(),
            format!("{{% set s %}}{{% for i in range(99999) %}}{}{{% endfor %}}{{% endset %}}", "y".repeat(40_000)),
        ];
        for template in templates {
            assert!(
                rendered(&template, &serde_json::json!({})).is_err(),
                "{template:.200}"
            );
        }
    }

    #[test]
    fn a_template_nested_too_deeply_is_refused() {
        for (open, close) in [
            ("{% if 1 %}", "{% endif %}"),
            ("{{ (", ") }}"),
            ("{{ [", "] }}"),
            ("{{ -", "1 }}"),
        ] {
            let template = format!("{}{}", open.repeat(9000), close.repeat(9000));
            assert!(Template::new(Source::new("x", template)).is_err(), "{open}");
        }
    }

    #[test]
    fn runtime_and_output_are_limited() {
        let nest = "{% for a in range(9999) %}{% for b in range(9999) %}";
        assert_eq!(
            fails(&format!("{nest}{{% endfor %}}{{% endfor %}}")).0,
            "the template needs too much time or memory"
        );
        assert_eq!(
            fails("{{ 'x' * 9999999 }}").0,
            "the template output is too large"
        );
        assert!(
            fails("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")
                .0
                .contains("recursion")
        );
        assert!(Template::new(Source::new("x", "x".repeat(MAX_TEMPLATE_BYTES + 1))).is_err());
    }

    #[test]
    fn unknown_filter_suggests_nearest() {
        assert_eq!(
            unknown_filter("x | upperfirst"),
            "did you mean `upper_first`?"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_template_makes_it_panic(pieces in proptest::collection::vec(
            proptest::sample::select(vec!["{{", "}}", "{%", "%}", "x", " ", "|", "for", "in", "(", ")", "[", "1", "'", "é", "\n", "endfor", "set", "=", "raw", ".", "date", "*", "-"]),
            0..12,
        )) {
            let _ = rendered(&pieces.concat(), &serde_json::json!({ "x": "y" }));
        }
    }
}
