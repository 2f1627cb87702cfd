//! Runs a program that may take long, print a lot and leave processes behind, and always returns.
//!
//! A program that closes its outputs, floods them, or leaves them open in a background process
//! cannot block the run, and memory stays bounded whatever it prints.

#![expect(
    clippy::disallowed_methods,
    reason = "how long a program takes is measured, and decides nothing else"
)]

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How often to check whether the program has exited.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The first pause of a program that has closed its outputs, which usually means that it exits.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// How long to wait for remaining output of an exited program if a background process keeps its
/// outputs open.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a program may clean up after a termination request.
const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// The maximum number of bytes that are read at once. A longer line comes in pieces.
const MAX_CHUNK_BYTES: usize = 4096;

/// The maximum number of chunks that are queued.
const MAX_QUEUED_CHUNKS: usize = 256;

/// A program to run, with its input and its deadline.
#[derive(Debug)]
pub(crate) struct Process {
    command: Command,
    input: Input,
    timeout: Option<Duration>,
    has_own_group: bool,
}

/// What a program reads from its standard input.
#[derive(Debug)]
pub(crate) enum Input {
    /// Nothing.
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file, which is the standard input itself.
    File(File),
}

/// Which of its outputs a program wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// By itself.
    Exited(ExitStatus),
    /// It was terminated after the timeout.
    TimedOut,
    /// It was terminated because the observer stopped it.
    Stopped,
}

/// Receives what a program prints, while it runs.
pub(crate) trait Observer {
    /// A line with its end, or a piece of a long line.
    fn line(&mut self, stream: Stream, line: &[u8]);

    /// Whether to terminate the program.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Everything that a program printed.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How the program ended; [`Completion::Stopped`] if it printed too much.
    pub(crate) completion: Completion,
    /// Its standard output.
    pub(crate) output: Vec<u8>,
    /// Its standard error.
    pub(crate) errors: Vec<u8>,
}

impl Process {
    /// A program without input and without deadline.
    pub(crate) const fn new(command: Command) -> Self {
        Self {
            command,
            input: Input::Empty,
            timeout: None,
            has_own_group: false,
        }
    }

    /// Sets the input of the program, which doesn't have to read it.
    pub(crate) fn with_input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Terminates the program after this time.
    pub(crate) const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Terminates, if it has to, also everything that the program started (on Unix). Such a program
    /// cannot ask questions on the terminal.
    pub(crate) const fn in_own_group(mut self) -> Self {
        self.has_own_group = true;
        self
    }

    /// Runs the program and captures what it prints, up to `most` bytes of each output.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be started.
    pub(crate) fn capture(self, most: usize) -> io::Result<Captured> {
        struct Capture(Captured, usize);

        impl Observer for Capture {
            fn line(&mut self, stream: Stream, line: &[u8]) {
                match stream {
                    Stream::Output => self.0.output.extend_from_slice(line),
                    Stream::Errors => self.0.errors.extend_from_slice(line),
                }
            }

            fn is_stopped(&self) -> bool {
                self.0.output.len() > self.1 || self.0.errors.len() > self.1
            }
        }

        let captured = Captured {
            completion: Completion::Stopped,
            output: Vec::new(),
            errors: Vec::new(),
        };
        let mut capture = Capture(captured, most);
        let completion = self.run(&mut capture)?;
        if !capture.is_stopped() {
            capture.0.completion = completion;
        }
        Ok(capture.0)
    }

    /// Runs the program and reports what it prints.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be started.
    pub(crate) fn run(self, observer: &mut dyn Observer) -> io::Result<Completion> {
        let (timeout, has_own_group) = (self.timeout, self.has_own_group);
        let mut child = self.spawn()?;
        let chunks = spawn_readers(&mut child);
        let started = Instant::now();
        let mut lines = LineSplitter::default();
        let mut exited: Option<(ExitStatus, Instant)> = None;
        let mut pause = FIRST_PAUSE;
        loop {
            match chunks.recv_timeout(POLL_INTERVAL) {
                Ok((stream, chunk)) => lines.add(stream, &chunk, observer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if exited.is_some() => break,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(POLL_INTERVAL);
                }
            }
            match exited {
                Some((_, at)) if at.elapsed() > DRAIN_TIMEOUT => break,
                Some(_) => {}
                None => exited = child.try_wait()?.map(|status| (status, Instant::now())),
            }
            let ending = if observer.is_stopped() {
                Completion::Stopped
            } else if timeout.is_some_and(|timeout| started.elapsed() > timeout) {
                Completion::TimedOut
            } else {
                continue;
            };
            if exited.is_some() {
                break;
            }
            terminate(&mut child, has_own_group)?;
            return Ok(ending);
        }
        lines.finish(observer);
        let status = match exited {
            Some((status, _)) => status,
            None => child.wait()?,
        };
        Ok(Completion::Exited(status))
    }

    fn spawn(mut self) -> io::Result<Child> {
        let (stdin, bytes) = match self.input {
            Input::Empty => (Stdio::null(), None),
            Input::Bytes(bytes) => (Stdio::piped(), Some(bytes)),
            Input::File(file) => (file.into(), None),
        };
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.has_own_group {
            new_process_group(&mut self.command);
        }
        let mut child = self.command.spawn()?;
        if let (Some(bytes), Some(pipe)) = (bytes, child.stdin.take()) {
            std::thread::spawn(move || write_input(pipe, &bytes));
        }
        Ok(child)
    }
}

/// The text of a line for people: its last state if the program overwrote it.
pub(crate) fn shown_line(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end().rsplit('\r').next();
    line.unwrap_or_default().to_owned()
}

/// Writes an input. Whether a program could do without the rest of it, its exit code says.
fn write_input(mut pipe: ChildStdin, bytes: &[u8]) {
    let _ = pipe.write_all(bytes);
}

/// The text printed to both outputs, in the order in which it arrives.
///
/// The readers end with the outputs, which a background process may keep open longer than the
/// program runs.
fn spawn_readers(child: &mut Child) -> Receiver<(Stream, Vec<u8>)> {
    let (send, chunks) = sync_channel(MAX_QUEUED_CHUNKS);
    if let Some(output) = child.stdout.take() {
        let send = send.clone();
        std::thread::spawn(move || send_chunks(Stream::Output, output, &send));
    }
    if let Some(errors) = child.stderr.take() {
        std::thread::spawn(move || send_chunks(Stream::Errors, errors, &send));
    }
    chunks
}

fn send_chunks(stream: Stream, input: impl Read, chunks: &SyncSender<(Stream, Vec<u8>)>) {
    let mut input = BufReader::with_capacity(MAX_CHUNK_BYTES, input);
    loop {
        // An output that cannot be read has ended.
        let chunk = input.fill_buf().unwrap_or_default().to_vec();
        let read = chunk.len();
        // The receiver is dropped once the run has returned.
        if read == 0 || chunks.send((stream, chunk)).is_err() {
            return;
        }
        input.consume(read);
    }
}

/// Splits what is printed to both outputs into lines.
#[derive(Debug, Default)]
struct LineSplitter {
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl LineSplitter {
    fn add(&mut self, stream: Stream, chunk: &[u8], observer: &mut dyn Observer) {
        let line = match stream {
            Stream::Output => &mut self.output,
            Stream::Errors => &mut self.errors,
        };
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.ends_with(b"\n") || line.len() >= MAX_CHUNK_BYTES {
                observer.line(stream, line);
                line.clear();
            }
        }
    }

    /// Reports the last lines, which have no end.
    fn finish(self, observer: &mut dyn Observer) {
        for (stream, line) in [(Stream::Output, self.output), (Stream::Errors, self.errors)] {
            if !line.is_empty() {
                observer.line(stream, &line);
            }
        }
    }
}

/// Terminates a program: gracefully first, then by force.
fn terminate(child: &mut Child, has_own_group: bool) -> io::Result<()> {
    signal(child, has_own_group, Termination::Graceful)?;
    let requested_at = Instant::now();
    while child.try_wait()?.is_none() && requested_at.elapsed() < GRACE_PERIOD {
        std::thread::sleep(POLL_INTERVAL);
    }
    signal(child, has_own_group, Termination::Forced)?;
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

/// Signals a program, or its group. It is not an error if it has exited.
#[cfg(unix)]
fn signal(child: &mut Child, has_own_group: bool, termination: Termination) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let signal = match termination {
        Termination::Graceful => Signal::TERM,
        Termination::Forced => Signal::KILL,
    };
    let Some(process) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return child.kill();
    };
    let sent = if has_own_group {
        kill_process_group(process, signal)
    } else if child.try_wait()?.is_none() {
        kill_process(process, signal)
    } else {
        Ok(()) // its number may be that of another program by now
    };
    match sent {
        Err(error) if error != rustix::io::Errno::SRCH => Err(error.into()),
        _ => Ok(()),
    }
}

/// Without groups and signals, the program alone is ended, at once.
#[cfg(not(unix))]
fn signal(child: &mut Child, _: bool, _: Termination) -> io::Result<()> {
    child.kill()
}

/// How a program that did not succeed ended, in words that follow its name.
#[must_use]
pub(crate) fn describe_exit(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exited with status {code}"),
        None => format!(
            "was killed by {}",
            status.to_string().replacen(": ", " ", 1)
        ),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Observer for Lines {
        fn line(&mut self, _: Stream, line: &[u8]) {
            self.0.push(shown_line(line));
        }
    }

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::new(command)
    }

    fn is_success(completion: Completion) -> bool {
        matches!(completion, Completion::Exited(status) if status.success())
    }

    #[test]
    fn both_outputs_are_captured() {
        let captured = shell("cat; echo two >&2; exit 3")
            .with_input(Input::Bytes(b"one".into()))
            .capture(100)
            .unwrap();
        assert_eq!(
            (&captured.output[..], &captured.errors[..]),
            (&b"one"[..], &b"two\n"[..])
        );
        assert!(
            matches!(captured.completion, Completion::Exited(status) if status.code() == Some(3))
        );
    }

    #[test]
    fn progress_lines_show_the_last_state() {
        let mut lines = Lines::default();
        let process = shell(r"printf 'one\nWriting: 1%%\rWriting: 100%%\nlast'");
        assert!(is_success(process.run(&mut lines).unwrap()));
        assert_eq!(lines.0, ["one", "Writing: 100%", "last"]);
    }

    #[test]
    fn long_lines_come_in_pieces() {
        let mut lines = Lines::default();
        let process = shell("head -c 20000 /dev/zero | tr '\\0' x");
        assert!(is_success(process.run(&mut lines).unwrap()));
        assert!(lines.0.iter().all(|line| line.len() < 2 * MAX_CHUNK_BYTES));
        assert_eq!(lines.0.concat().len(), 20_000);
    }

    #[test]
    fn endless_output_is_stopped() {
        for script in ["exec yes", "exec yes >&2"] {
            let captured = shell(script).capture(100_000).unwrap();
            assert_eq!(captured.completion, Completion::Stopped);
            assert!(captured.output.len() + captured.errors.len() < 200_000);
        }
    }

    #[test]
    fn endless_program_is_terminated_after_its_timeout() {
        let timeout = Duration::from_millis(50);
        for script in ["exec sleep 60", "exec sleep 60 >&- 2>&-"] {
            let process = shell(script).with_timeout(timeout);
            assert_eq!(
                process.capture(100).unwrap().completion,
                Completion::TimedOut
            );
        }
        let group = shell("sleep 60; echo").with_timeout(timeout).in_own_group();
        assert_eq!(group.capture(100).unwrap().completion, Completion::TimedOut);
    }

    #[test]
    fn background_process_does_not_block() {
        let started = Instant::now();
        let captured = shell("sleep 5 & echo done").capture(100).unwrap();
        assert!(is_success(captured.completion) && captured.output == b"done\n");
        assert!(started.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn input_that_is_not_read_does_not_block() {
        let process = shell("exit 0").with_input(Input::Bytes(vec![0; 1 << 20]));
        assert!(is_success(process.capture(100).unwrap().completion));
    }
}
