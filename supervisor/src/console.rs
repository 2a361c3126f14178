//! What is said on the terminal: results on standard output, everything else on standard error.

use std::io::{self, Write};
use std::os::fd::AsFd;

use pool::escape::escape_text;
use rustix::event::{PollFd, PollFlags};

use crate::exit::Exit;

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Exit {
    let mut out = Patient(io::stdout().lock());
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What became of something that was written to standard output. A reader that has seen enough (`| head`) is
/// no error; any other trouble is said.
pub(crate) fn printed(written: io::Result<()>) -> Exit {
    match written {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            complain(&format!("cannot write to standard output: {error}"));
            Exit::TryAgain
        }
    }
}

/// Says what went wrong on standard error, in printable characters; where that cannot be written either, the
/// exit code has to do.
pub(crate) fn complain(message: &impl std::fmt::Display) {
    let message = message.to_string().lines().map(escape_text).collect::<Vec<_>>().join("\n");
    let _ = writeln!(Patient(io::stderr().lock()), "supervisor: {message}");
}

/// A stream that may be a full pipe which does not block, since another program shares it and asked for that:
/// what does not fit is written once there is room.
#[derive(Debug)]
pub(crate) struct Patient<W>(pub W);

impl<W: Write + AsFd> Patient<W> {
    fn retry<T>(&mut self, mut act: impl FnMut(&mut W) -> io::Result<T>) -> io::Result<T> {
        loop {
            match act(&mut self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    rustix::event::poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None)?;
                }
                result => return result,
            }
        }
    }
}

impl<W: Write + AsFd> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(|out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.retry(W::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use rustix::fs::{OFlags, fcntl_setfl};

    use super::*;

    #[test]
    fn what_does_not_fit_into_a_pipe_is_written_once_it_does() {
        let (mut reader, writer) = io::pipe().unwrap();
        fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
        let text = vec![b'x'; 1 << 20];
        let written = std::thread::spawn(move || Patient(writer).write_all(&text));
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(written.join().unwrap().is_ok());
        assert_eq!(read.len(), 1 << 20);
    }
}
