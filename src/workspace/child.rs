//! Runs a command that may take long, say much and leave others behind, and comes back whatever it
//! does.
//!
//! Each line is told as it comes. At the end of its time, or where somebody asks to stop, the
//! command is ended with all that it started; one that closes its outputs, floods them, or hands
//! them on to a process that stays is no danger.

use std::io::{self, BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::release::{Observer, Step};

/// How often is looked whether the command has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// How long is waited for what an ended command has said, where a process that it left holds its
/// outputs open.
const LINGER: Duration = Duration::from_millis(500);

/// How long a command may clean up when it is asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// The most bytes of a line that is told at once.
const MAX_LINE_BYTES: u64 = 4096;

/// The most lines that wait to be told.
const WAITING_LINES: usize = 256;

/// The lines kept of what was said last.
const KEPT_LINES: usize = 12;

/// How a command ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// By itself.
    Ended(ExitStatus),
    /// It took too long, and was ended.
    TooLong,
    /// Somebody asked to stop, and it was ended.
    Stopped,
}

/// Runs a command for at most this long; gives how it ended, and the last lines that it said.
///
/// Fails where it cannot be started.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a command takes is measured, and decides nothing else"
)]
pub(super) fn run(
    mut command: Command,
    within: Duration,
    observer: &mut dyn Observer,
) -> io::Result<(Ending, Vec<String>)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    lead_a_group(&mut command);
    let mut child = command.spawn()?;
    let lines = heard(&mut child);
    let started = Instant::now();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    let mut kept = Vec::new();
    loop {
        match lines.recv_timeout(PAUSE) {
            Ok(line) => {
                observer.step(Step::Said(&line));
                kept.push(line);
                kept.drain(..kept.len().saturating_sub(KEPT_LINES));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if ended.is_some() => break,
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(PAUSE),
        }
        match ended {
            Some((_, at)) if at.elapsed() > LINGER => break,
            Some(_) => {}
            None => ended = child.try_wait()?.map(|status| (status, Instant::now())),
        }
        if ended.is_none() && (started.elapsed() > within || observer.wants_stop()) {
            let ending = if observer.wants_stop() {
                Ending::Stopped
            } else {
                Ending::TooLong
            };
            end(&mut child)?;
            return Ok((ending, kept));
        }
    }
    let status = match ended {
        Some((status, _)) => status,
        None => child.wait()?,
    };
    Ok((Ending::Ended(status), kept))
}

/// The lines of both outputs, in the order in which they come.
///
/// Who reads them ends with the outputs, which may be later than the command does.
fn heard(child: &mut Child) -> Receiver<String> {
    let (send, lines) = sync_channel(WAITING_LINES);
    if let Some(output) = child.stdout.take() {
        let send = send.clone();
        std::thread::spawn(move || forward(output, &send));
    }
    if let Some(errors) = child.stderr.take() {
        std::thread::spawn(move || forward(errors, &send));
    }
    lines
}

fn forward(stream: impl Read, lines: &SyncSender<String>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match stream
            .by_ref()
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)
        {
            Ok(1..) => {}
            // An output that cannot be read has ended.
            Ok(0) | Err(_) => return,
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end().rsplit('\r').next().unwrap_or_default();
        if lines.send(line.to_owned()).is_err() {
            return; // nobody listens any more
        }
    }
}

/// Ends a command, and on Unix all that it has started: asked first, then forced.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a command takes is measured, and decides nothing else"
)]
fn end(child: &mut Child) -> io::Result<()> {
    signal_group(child, Urgency::Asked)?;
    let asked = Instant::now();
    while child.try_wait()?.is_none() && asked.elapsed() < GRACE {
        std::thread::sleep(PAUSE);
    }
    signal_group(child, Urgency::Forced)?;
    child.wait().map(drop)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Asked,
    Forced,
}

#[cfg(unix)]
fn lead_a_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn lead_a_group(_: &mut Command) {}

/// A group without processes is as good as ended.
#[cfg(unix)]
fn signal_group(child: &mut Child, urgency: Urgency) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = if urgency == Urgency::Forced {
        Signal::KILL
    } else {
        Signal::TERM
    };
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return child.kill();
    };
    match kill_process_group(group, signal) {
        Err(error) if error != rustix::io::Errno::SRCH => Err(error.into()),
        _ => Ok(()),
    }
}

/// Without groups the command alone is ended, at once.
#[cfg(not(unix))]
fn signal_group(child: &mut Child, _: Urgency) -> io::Result<()> {
    child.kill()
}
