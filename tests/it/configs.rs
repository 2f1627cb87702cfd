//! Configurations as files: the good ones are read, the faults of the bad ones are all drawn.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate::config::Config;
use tollgate::format::{Look, failure};
use tollgate::rules::{Choice, Settings};
use tollgate::source::Source;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn source(file: &Path) -> Source {
    Source::new(file.file_name().unwrap().to_str().unwrap(), fs::read_to_string(file).unwrap())
}

#[test]
fn good_configurations_are_read_and_their_selectors_name_rules() {
    for file in files("tests/fixtures/configs/good").into_iter().chain(files("examples/configurations")) {
        let config = Config::parse(source(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let settings = Settings::new(&config, &Choice::default(), jiff::Timestamp::UNIX_EPOCH);
        settings.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn the_example_has_every_key_that_the_schema_has() {
    let schema = tollgate::config::schema();
    let example = fs::read_to_string(files("examples/configurations").remove(0)).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let inner = properties.values().filter_map(|property| property["properties"].as_object());
    for key in inner.flat_map(|table| table.keys()).chain(properties.keys()) {
        let is_there = example.lines().any(|line| {
            let line = line.trim_start_matches('[');
            line.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with([' ', ']']))
        });
        assert!(is_there, "{key}");
    }
}

#[test]
fn every_fault_of_bad_configurations_is_drawn() {
    let look = Look { color: false, unicode: true, width: 80 };
    let drawn = files("tests/fixtures/configs/bad").into_iter().map(|file| {
        let error = Config::parse(source(&file)).map(|_| ()).expect_err(&file.display().to_string());
        failure(&error, look)
    });
    insta::assert_snapshot!(drawn.collect::<Vec<_>>().join("\n"));
}
