//! A stream that a thread of its own writes to: a writer never waits for a slow reader.
//!
//! Lines are written whole, in order, one by one. Owns the stream; the thread ends with the stream's reader,
//! or when the outlet is dropped and everything is written.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

/// How long a reader that takes nothing is still waited for where nothing else is left to do.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Outlet {
    lines: Sender<Vec<u8>>,
    /// Lines that are not written yet.
    waiting: Arc<AtomicUsize>,
    /// Hears that lines were written.
    written: Receiver<()>,
    /// What ended it before its time.
    trouble: Arc<OnceLock<io::Error>>,
}

impl Outlet {
    /// `most`: the lines that may wait for a reader; without it they all may.
    pub(crate) fn open(
        name: &str,
        mut out: impl Write + Send + 'static,
        most: Option<usize>,
    ) -> io::Result<Outlet> {
        let (lines, queue) = most.map_or_else(unbounded, bounded::<Vec<u8>>);
        let (tell, written) = bounded(1);
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&waiting);
        let trouble = Arc::new(OnceLock::new());
        let end = Arc::clone(&trouble);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            for line in queue {
                if let Err(error) = out.write_all(&line).and_then(|()| out.flush()) {
                    let _ = end.set(error);
                    break;
                }
                left.fetch_sub(1, Ordering::Release);
                // One that is not heard yet says the same.
                let _ = tell.try_send(());
            }
        })?;
        Ok(Outlet { lines, waiting, written, trouble })
    }

    /// Hands over a line. It is not taken if the reader is gone, or too many lines wait for it.
    pub(crate) fn say(&self, line: Vec<u8>) -> Result<(), TrySendError<Vec<u8>>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let taken = self.lines.try_send(line);
        if taken.is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        taken
    }

    /// Why lines are lost, unless that is because their reader has gone.
    pub(crate) fn trouble(&self) -> Option<&io::Error> {
        self.trouble.get().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// Waits until everything is written, or the reader is gone, or it has taken nothing for as long as
    /// `patience`; without that it may take its time.
    pub(crate) fn drain(&self, patience: Option<Duration>) {
        while self.waiting.load(Ordering::Acquire) > 0 {
            let written = match patience {
                Some(patience) => self.written.recv_timeout(patience).is_ok(),
                None => self.written.recv().is_ok(),
            };
            if !written {
                return;
            }
        }
    }
}

impl Write for Outlet {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.say(line.to_vec()) {
            Ok(()) => Ok(line.len()),
            Err(TrySendError::Full(_)) => {
                // The first reason stands.
                let _ = self.trouble.set(io::Error::new(io::ErrorKind::WouldBlock, "nobody reads them"));
                Err(io::ErrorKind::WouldBlock.into())
            }
            Err(TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_reader_that_reads_gets_every_line_in_order() {
        let (mut reader, writer) = io::pipe().unwrap();
        let outlet = Outlet::open("test", writer, None).unwrap();
        let lines: Vec<String> = (0..20_000).map(|n| format!("line {n}\n")).collect();
        lines.iter().for_each(|line| outlet.say(line.clone().into_bytes()).unwrap());
        let read = std::thread::spawn(move || {
            let mut read = String::new();
            reader.read_to_string(&mut read).map(|_| read)
        });
        outlet.drain(None);
        assert_eq!(outlet.waiting.load(Ordering::Relaxed), 0);
        drop(outlet);
        assert_eq!(read.join().unwrap().unwrap(), lines.concat());
    }

    #[test]
    fn who_speaks_does_not_wait_for_a_reader_that_stalls() {
        let (reader, writer) = io::pipe().unwrap();
        let mut all = Outlet::open("test", writer.try_clone().unwrap(), None).unwrap();
        (0..1000).for_each(|_| all.write_all(&[b'x'; 1000]).unwrap());
        all.drain(Some(Duration::from_millis(1)));
        assert!(all.waiting.load(Ordering::Relaxed) > 500, "a pipe holds 64 KiB");
        let few = Outlet::open("test", writer, Some(10)).unwrap();
        let refused = (0..1000).filter(|_| few.say(vec![b'x'; 1000]).is_err()).count();
        assert!(refused > 0 && few.waiting.load(Ordering::Relaxed) <= 1000 - refused);
        let mut few = few;
        assert!(few.trouble().is_none());
        assert_eq!(few.write_all(&[b'x'; 1000]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(few.trouble().unwrap().to_string(), "nobody reads them");
        drop(reader);
        all.drain(None);
    }

    #[test]
    fn a_reader_that_leaves_ends_it() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let outlet = Outlet::open("test", writer, None).unwrap();
        while outlet.say(b"nobody\n".to_vec()).is_ok() {
            outlet.drain(None);
        }
    }
}
