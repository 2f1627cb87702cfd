//! Runs a command that may take long, print a lot and leave processes behind, and always returns.
//!
//! Each line is reported as it is printed. On a timeout or a cancellation the command is terminated
//! with everything that it started. A command that closes its outputs, floods them, or leaves them
//! open in a background process cannot block the run.

use std::io::{self, BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::release::{Event, Progress};

/// How often to check whether the command has exited.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long to wait for remaining output of an exited command if a background process keeps its
/// outputs open.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a command may clean up after a termination request.
const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// The most bytes of a line that are reported at once.
const MAX_LINE_BYTES: u64 = 4096;

/// The most lines that are queued.
const MAX_QUEUED_LINES: usize = 256;

/// How many of the last lines are kept.
const MAX_KEPT_LINES: usize = 12;

/// How a command ended.
#[derive(Debug)]
pub(crate) enum Completion {
    /// By itself.
    Exited(ExitStatus),
    /// It was terminated after the timeout.
    TimedOut,
    /// It was terminated because the run was cancelled.
    Cancelled,
}

/// Runs a command for at most this long; returns how it ended, and the last lines of its output.
///
/// Fails where it cannot be started.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a command takes is measured, and decides nothing else"
)]
pub(crate) fn run(
    mut command: Command,
    timeout: Duration,
    progress: &mut dyn Progress,
) -> io::Result<(Completion, Vec<String>)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    new_process_group(&mut command);
    let mut child = command.spawn()?;
    let lines = spawn_line_readers(&mut child);
    let started = Instant::now();
    let mut exited: Option<(ExitStatus, Instant)> = None;
    let mut last_lines = Vec::new();
    loop {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok(line) => {
                progress.report(Event::Output(&line));
                last_lines.push(line);
                last_lines.drain(..last_lines.len().saturating_sub(MAX_KEPT_LINES));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if exited.is_some() => break,
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(POLL_INTERVAL),
        }
        match exited {
            Some((_, at)) if at.elapsed() > DRAIN_TIMEOUT => break,
            Some(_) => {}
            None => exited = child.try_wait()?.map(|status| (status, Instant::now())),
        }
        if exited.is_none() && (started.elapsed() > timeout || progress.is_cancelled()) {
            let ending = if progress.is_cancelled() {
                Completion::Cancelled
            } else {
                Completion::TimedOut
            };
            end(&mut child)?;
            return Ok((ending, last_lines));
        }
    }
    let status = match exited {
        Some((status, _)) => status,
        None => child.wait()?,
    };
    Ok((Completion::Exited(status), last_lines))
}

/// The lines of both outputs, in the order in which they come.
///
/// Who reads them ends with the outputs, which may be later than the command does.
fn spawn_line_readers(child: &mut Child) -> Receiver<String> {
    let (send, lines) = sync_channel(MAX_QUEUED_LINES);
    if let Some(output) = child.stdout.take() {
        let send = send.clone();
        std::thread::spawn(move || send_lines(output, &send));
    }
    if let Some(errors) = child.stderr.take() {
        std::thread::spawn(move || send_lines(errors, &send));
    }
    lines
}

fn send_lines(stream: impl Read, lines: &SyncSender<String>) {
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

/// Terminates a command, and on Unix everything that it has started: gracefully first, then by force.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a command takes is measured, and decides nothing else"
)]
fn end(child: &mut Child) -> io::Result<()> {
    signal_group(child, Termination::Graceful)?;
    let requested_at = Instant::now();
    while child.try_wait()?.is_none() && requested_at.elapsed() < GRACE_PERIOD {
        std::thread::sleep(POLL_INTERVAL);
    }
    signal_group(child, Termination::Forced)?;
    child.wait().map(drop)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Termination {
    Graceful,
    Forced,
}

#[cfg(unix)]
fn new_process_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn new_process_group(_: &mut Command) {}

/// A group without processes is as good as ended.
#[cfg(unix)]
fn signal_group(child: &mut Child, termination: Termination) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = if termination == Termination::Forced {
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
fn signal_group(child: &mut Child, _: Termination) -> io::Result<()> {
    child.kill()
}
