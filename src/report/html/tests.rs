//! Tests of the page.

use jiff::Timestamp;

use super::*;
use crate::commit::Id;
use crate::config::Config;
use crate::document::time_zone;
use crate::report::clock::Clock;
use crate::report::metrics::{
    MeasuredCommit, MeasuredRelease, MeasuredTicket, MetricsFacts, Period, UnitReleases,
};
use crate::source::Source;
use crate::ticket::ParsedTicket;

const NOW: &str = "2026-11-26T09:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The facts of `shop` with a release of each of these versions, and tickets: their IDs and further
/// lines. The commits of a release cite the tickets whose ID is its version.
fn facts(releases: &[(&str, &str)], tickets: &[(&str, &str)], config: &str) -> PageFacts {
    let config = Config::parse(Source::new("tollgate.toml", config)).unwrap();
    let clock = Clock::new(at(NOW), time_zone("Europe/Berlin").unwrap());
    let day = clock.date(clock.now);
    let parse = |(id, lines): &(&str, &str)| {
        let text = format!("id = {id:?}\n{lines}\n");
        ParsedTicket::parse(&Source::new("changes/t.toml", text)).unwrap()
    };
    let measured = tickets
        .iter()
        .map(|ticket| MeasuredTicket::of(&parse(ticket), None, day, &config.risk, clock.now));
    let release = |(version, time): &(&str, &str)| MeasuredRelease {
        version: (*version).to_owned(),
        tag: format!("v{version}"),
        at: at(time),
        commits: vec![MeasuredCommit {
            id: Id::new([1; 20]).to_string(),
            at: Some(at(time)),
            tickets: vec![(*version).to_owned()],
            headline: "fix: <b>bold</b>".to_owned(),
        }],
        actions: None,
    };
    let unit = UnitReleases {
        package: None,
        period: Period {
            range: None,
            start: at("2025-11-26T09:00:00Z"),
            end: at(NOW),
            releases: releases.iter().map(release).collect(),
        },
        before: None,
        unreleased: Vec::new(),
    };
    PageFacts {
        metrics: MetricsFacts {
            project: "shop".to_owned(),
            head: Id::new([1; 20]),
            units: vec![unit],
            tickets: measured.collect(),
            clock,
        },
        tickets: tickets
            .iter()
            .map(|ticket| PageTicket::of(parse(ticket), None, day, &config.risk))
            .collect(),
        next: Vec::new(),
        tasks: Vec::new(),
        config,
        links: None,
    }
}

fn page_of(facts: &PageFacts) -> String {
    pages(facts, None).remove(0).html
}

fn page(tickets: &[(&str, &str)]) -> String {
    page_of(&facts(&[], tickets, ""))
}

fn deployed(time: &str) -> String {
    format!("state = \"closed\"\n[outcome]\ndeployed_at = {time}\nresult = \"successful\"\n")
}

#[test]
fn ticket_is_at_its_anchor() {
    assert!(page(&[("raise-pool", "title = \"Raise the pool\"")]).contains("id=\"raise-pool\""));
}

#[test]
fn second_ticket_of_an_id_has_no_anchor() {
    let page = page(&[("a", "title = \"One\""), ("a", "title = \"Two\"")]);
    assert_eq!(page.matches("id=\"a\"").count(), 1);
    assert!(page.contains("One") && page.contains("Two"));
}

#[test]
fn texts_of_tickets_stay_text() {
    let hostile = [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "</style></script><svg onload=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "' onclick='alert(1)",
        "<!-- -->",
        "]]>",
        "</details></article></main>",
        "<base href=//evil.example>",
        "<meta http-equiv=refresh>",
        "<a href=javascript:alert(1)>",
        "`<b>`",
        "&lt;img&gt;",
    ];
    for text in hostile {
        let quoted = format!("'''{text}'''");
        let lines = format!(
            "title = {quoted}\njustification = {quoted}\nservices = [{quoted}]\nrequester = {quoted}\n\
             deployment = [{quoted}]\nrollback = [{quoted}]\nvalidation = [{quoted}]\n\
             links = [{{ kind = {quoted}, url = {quoted} }}]"
        );
        let with = page(&[("a", &lines)]);
        let without = page(&[("a", &lines.replace(text, "plain"))]);
        let tags = |page: &str| page.matches('<').count();
        let codes = if text.starts_with('`') {
            2 * with.matches("<code>&lt;b&gt;").count()
        } else {
            0
        };
        assert_eq!(tags(&with) - codes, tags(&without), "{text}");
        assert_eq!(
            with.matches('"').count(),
            without.matches('"').count(),
            "{text}"
        );
    }
}

#[test]
fn address_of_another_scheme_is_no_link() {
    let link = |url: &str| page(&[("a", &format!("links = [{{ url = \"{url}\" }}]"))]);
    assert!(!link("javascript:alert(1)").contains("href=\"javascript"));
    assert!(link("https://x.example/1").contains("href=\"https://x.example/1\""));
}

#[test]
fn policy_allows_only_the_style_and_the_script_of_the_page() {
    let page = page(&[]);
    let (_, rest) = page.split_once("<style>").unwrap();
    let (style, rest) = rest.split_once("</style>").unwrap();
    let (_, rest) = rest.split_once("<script>").unwrap();
    let (script, _) = rest.split_once("</script>").unwrap();
    let policy = format!(
        "default-src &#39;none&#39;; style-src &#39;sha256-{}&#39;; script-src &#39;sha256-{}&#39;; base-uri",
        sha256(style),
        sha256(script)
    );
    assert!(page.contains(&policy), "{policy}");
}

#[test]
fn hashes_are_in_base64() {
    assert_eq!(sha256(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(
        ["", "f", "fo", "foo"].map(|text| base64(text.as_bytes())),
        ["", "Zg==", "Zm8=", "Zm9v"]
    );
}

#[test]
fn page_begins_with_its_signature() {
    assert!(page(&[]).starts_with(SIGNATURE));
}

#[test]
fn earlier_years_are_in_files_beside_the_page() {
    let (old, new) = (
        deployed("2024-05-02T08:00:00Z"),
        deployed("2026-05-02T08:00:00Z"),
    );
    let facts = facts(&[], &[("old", &old), ("new", &new)], "");
    let files = pages(&facts, Some("index.html"));
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["index.html", "index-2024.html"]);
    let (page, moved) = files[0].html.split_once("Earlier changes").unwrap();
    assert!(page.contains("id=\"new\"") && !page.contains("id=\"old\""));
    let line = "<li id=\"old\"><a href=\"index-2024.html#old\">old</a>";
    assert!(moved.contains(line), "{moved}");
    assert!(files[0].html.contains("href=\"index-2024.html\""));
    assert!(files[1].html.contains("id=\"old\"") && files[1].html.contains("href=\"index.html\""));
}

#[test]
fn links_of_an_earlier_ticket_lead_to_the_page() {
    let old = deployed("2024-05-02T08:00:00Z");
    let old = format!("depends_on = [\"new\"]\n{old}");
    let new = "depends_on = [\"old\"]\nstate = \"proposed\"";
    let files = pages(
        &facts(&[], &[("old", &old), ("new", new)], ""),
        Some("index.html"),
    );
    for (file, links) in [
        (0, ["#old", "#new"]),
        (1, ["index.html#new", "index.html#old"]),
    ] {
        for link in links {
            let link = format!("<a href=\"{link}\">");
            assert!(files[file].html.contains(&link), "{link}");
        }
    }
}

#[test]
fn findings_are_in_their_ticket() {
    let mut facts = facts(&[], &[("a", "state = \"proposed\"")], "");
    facts.tickets[0].findings.push(PageFinding {
        severity: "error",
        message: "no <b>rollback</b>".to_owned(),
        rule: "plan/missing-section",
    });
    let files = pages(&facts, None);
    let (_, findings) = files[0].html.split_once("Findings</h4>").unwrap();
    let finding = "<b>error: </b>no &lt;b&gt;rollback&lt;/b&gt; <code>plan/missing-section</code>";
    assert!(findings.contains(finding), "{findings}");
}

#[test]
fn page_without_a_name_says_how_many_tickets_it_lacks() {
    let old = deployed("2024-05-02T08:00:00Z");
    let files = pages(&facts(&[], &[("old", &old)], ""), None);
    assert_eq!(files.len(), 1);
    assert!(
        files[0]
            .html
            .contains("1 earlier ticket is not on this page")
    );
}

#[test]
fn open_ticket_without_a_date_is_on_the_page() {
    assert!(page(&[("a", "state = \"proposed\"")]).contains("id=\"a\""));
}

#[test]
fn files_stay_below_their_limit() {
    let text = format!(
        "{}justification = \"{}\"",
        "state = \"closed\"\n",
        "<".repeat(300_000)
    );
    let tickets: Vec<(String, String)> = (0..8)
        .map(|index| (format!("t{index}"), text.clone()))
        .collect();
    let tickets: Vec<(&str, &str)> = tickets
        .iter()
        .map(|(id, text)| (id.as_str(), text.as_str()))
        .collect();
    let files = pages(&facts(&[], &tickets, ""), Some("index.html"));
    assert_eq!(files.len(), 5);
    assert_eq!(files[2].name, "index-undated-2.html");
    assert!(files.iter().all(|file| file.html.len() < 5_000_000));
}

#[test]
fn open_tickets_that_do_not_fit_are_in_other_files() {
    let text = format!(
        "state = \"proposed\"\njustification = \"{}\"",
        "<".repeat(600_000)
    );
    let tickets = [("a", text.as_str()), ("b", &text), ("c", &text)];
    let files = pages(&facts(&[], &tickets, ""), Some("index.html"));
    assert_eq!(files.len(), 3);
    assert!(files[0].html.contains("as far as they fit on one page"));
}

const FREEZE: &str =
    "[[freeze]]\nname = \"Year end\"\nstart = 2026-11-28T00:00:00Z\nend = 2026-12-01T00:00:00Z\n";
const WINDOW: &str = "state = \"approved\"\nservices = [\"orders\"]\nschedule = { start = 2026-11-29T08:00:00Z, end = 2026-11-29T09:00:00Z }";

#[test]
fn window_in_a_freeze_is_a_conflict() {
    let page = page_of(&facts(&[], &[("a", WINDOW)], FREEZE));
    assert!(page.contains("Conflict: it is in the freeze Year end."));
}

#[test]
fn windows_of_one_service_at_one_time_are_a_conflict() {
    let page = page(&[("a", WINDOW), ("b", WINDOW)]);
    assert!(page.contains("Conflict: it overlaps with b."));
}

#[test]
fn windows_of_unnamed_services_are_no_conflict() {
    let unnamed = WINDOW.replace("services = [\"orders\"]\n", "");
    let page = page(&[("a", WINDOW), ("b", &unnamed)]);
    assert!(!page.contains("Conflict"));
}

#[test]
fn ticket_whose_window_is_over_is_overdue() {
    let past = WINDOW.replace("2026-11-29", "2026-11-20");
    let page = page(&[("a", &past)]);
    assert!(page.contains("<b>1 overdue</b>") && page.contains("its state is approved"));
}

const FLAG: &str = "state = \"closed\"\n[deployment]\nsteps = [\"x\"]\nflag = { key = \"one-page\", remove_by = 2026-11-01 }";

#[test]
fn flag_is_overdue_after_its_day() {
    assert!(page(&[("a", FLAG)]).contains("Remove the flag one-page"));
}

#[test]
fn flag_is_removed_by_a_closed_ticket_that_names_it() {
    let removal = |state: &str| {
        let removal = format!(
            "state = \"{state}\"\ncategory = \"removal\"\ntitle = \"Remove the flag `one-page`\""
        );
        page(&[("a", FLAG), ("b", &removal)])
    };
    assert!(removal("closed").contains("removed by b"));
    assert!(removal("approved").contains("Remove the flag one-page</a>"));
}

#[test]
fn release_without_outcome_is_not_called_successful() {
    let facts = facts(&[("1.0.0", "2026-11-20T09:00:00Z")], &[], "");
    let page = page_of(&facts);
    assert!(page.contains("1.0.0, Fri 20 Nov 2026, 10:00: no outcome recorded"));
}

#[test]
fn last_release_is_compared_with_its_plan() {
    let ticket = "state = \"closed\"\nschedule = { start = 2026-11-20T08:00:00Z, end = 2026-11-20T09:00:00Z }\n\
                  rollback = { within = \"20m\", steps = [\"x\"] }\n\
                  [outcome]\nstarted_at = 2026-11-20T08:10:00Z\ndeployed_at = 2026-11-20T09:05:00Z\nresult = \"successful\"";
    let facts = facts(
        &[("1.0.0", "2026-11-20T09:00:00Z")],
        &[("1.0.0", ticket)],
        "",
    );
    let page = page_of(&facts);
    assert!(page.contains(
        "0 of 1 ticket deployed in the planned window. 1.0.0: 5 minutes after the window."
    ));
    assert!(page.contains("<td>Fri 20 Nov 2026, 09:40</td>"));
}

#[test]
fn approvals_are_those_that_the_ticket_records() {
    let lines = "state = \"approved\"\n[[approvals]]\nby = \"bo@x\"\ndecision = \"approve\"\nat = 2026-11-20T09:00:00Z\ndigest = \"other\"";
    let page = page(&[("a", lines)]);
    assert!(page.contains("bo@x approved another version of the plan, Fri 20 Nov 2026, 10:00"));
    assert!(page.contains("does not verify signatures"));
}

#[test]
fn share_of_failed_releases_needs_twenty_of_them() {
    let ticket = "state = \"closed\"\n[outcome]\ndeployed_at = 2026-11-01T09:00:00Z\nresult = \"rolled-back\"";
    let with = |count: usize| {
        let names: Vec<String> = (0..count).map(|patch| format!("1.0.{patch}")).collect();
        let releases: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (name.as_str(), "2026-11-20T09:00:00Z"))
            .collect();
        let tickets: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), ticket)).collect();
        page_of(&facts(&releases, &tickets, ""))
    };
    assert!(!with(19).contains("Share of failed releases"));
    assert!(with(20).contains("20 of 20 releases failed, median of the months 100%"));
}

#[test]
fn only_the_next_of_many_windows_are_shown() {
    let ids: Vec<String> = (0..200).map(|index| format!("t{index:03}")).collect();
    let tickets: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), WINDOW)).collect();
    let page = page(&tickets);
    assert!(page.contains("200 planned windows in the next 14 days"));
    assert!(page.contains("The first 60 of them are shown."));
    assert_eq!(page.matches("Conflict: ").count(), 60);
}
