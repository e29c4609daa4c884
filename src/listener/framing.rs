//! Lets only requests through whose end nobody can see elsewhere than hyper does: what a proxy before us reads as one
//! request must not be two here (request smuggling, RFC 9112 §11.2).
//!
//! hyper parses; this only reads along. It forgives bare line feeds, repeated lengths and a length beside chunks, each
//! of which is a way to hide a request in another. So heads are checked line by line, and handed on one at a time, each with
//! what is there of its body.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::reason::{Reason, calls};

/// Longer heads are hyper's to refuse with 431. Weibo's have a few hundred bytes, with what proxies add two thousand.
pub(super) const HEAD_LIMIT: usize = 32 << 10;
/// How the second version of the PROXY protocol begins.
const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// What no parser takes for a request, so that hyper says 400 and closes.
const NO_REQUEST: &[u8] = b"\0\r\n\r\n";
/// The bytes that are read at a time.
const CHUNK: usize = 4096;

/// Why a head was not handed on; empty while all were.
pub(super) type FramingFault = Arc<OnceLock<Reason>>;

/// A stream whose requests are checked before they are read.
#[derive(Debug)]
pub(super) struct Framed<S> {
    stream: S,
    /// What came and was not handed on.
    unread: BytesMut,
    /// How many bytes of it may be handed on.
    ready: usize,
    next: Next,
    fault: FramingFault,
}

/// What the bytes after the ready ones are.
#[derive(Debug)]
enum Next {
    /// A head, of which lines are checked already.
    Head(Head),
    /// This many bytes of a body.
    Body(u64),
    /// The rest, whatever it is: after a request in chunks, because [`super::answer`] closes then; after a head that is
    /// too long or broken off, because hyper does.
    Rest,
    /// Nothing: a head was refused.
    Nothing,
}

/// How far a head is checked.
#[derive(Debug, Default)]
struct Head {
    /// Where its next line begins.
    line_at: usize,
    length: Option<u64>,
    is_chunked: bool,
    has_host: bool,
}

impl<S> Framed<S> {
    /// Reads along from the first byte of a connection; the first fault of a head is told.
    pub(super) fn new(stream: S, fault: FramingFault) -> Self {
        Self { stream, unread: BytesMut::new(), ready: 0, next: Next::Head(Head::default()), fault }
    }

    /// Finds out how many of the unread bytes may be handed on.
    fn sort(&mut self) {
        match &mut self.next {
            Next::Head(head) => match head.check(&mut self.unread) {
                Ok(Some(next)) => {
                    let end = head.line_at;
                    self.next = next;
                    self.ready = end + self.take_body(end);
                }
                Ok(None) if self.unread.len() > HEAD_LIMIT => self.next = Next::Rest,
                Ok(None) => {}
                Err(fault) => {
                    // Only the first is set, and there is no second.
                    let _is_first = self.fault.set(fault);
                    self.unread = BytesMut::from(NO_REQUEST);
                    self.ready = NO_REQUEST.len();
                    self.next = Next::Nothing;
                }
            },
            Next::Body(_) => self.ready = self.take_body(0),
            Next::Rest => self.ready = self.unread.len(),
            Next::Nothing => self.unread.clear(),
        }
    }

    /// How many of the unread bytes from there on are of the body that is expected, if one is.
    fn take_body(&mut self, start: usize) -> usize {
        let Next::Body(left) = &mut self.next else { return 0 };
        let here = self.unread.len() - start;
        let taken = usize::try_from(*left).map_or(here, |left| left.min(here));
        *left = left.saturating_sub(taken as u64);
        if *left == 0 {
            self.next = Next::Head(Head::default());
        }
        taken
    }
}

impl Head {
    /// Checks the lines that are whole; returns what follows when the head is.
    fn check(&mut self, unread: &mut BytesMut) -> Result<Option<Next>, Reason> {
        if self.line_at == 0 && is_proxy_protocol(unread) {
            return Err(calls::PROXY_PROTOCOL.into());
        }
        // Some callers end a body with a line break that is not part of it (RFC 9112 §2.2).
        while self.line_at == 0 && unread.starts_with(b"\r\n") {
            unread.advance(2);
        }
        while let Some(rest) = unread.get(self.line_at..)
            && let Some(length) = rest.iter().position(|byte| *byte == b'\n')
        {
            let line = rest.get(..length).unwrap_or_default();
            let line = line.strip_suffix(b"\r").ok_or(calls::HEAD_LINE_WITHOUT_CR)?;
            let is_first = self.line_at == 0;
            self.line_at += length + 1;
            if self.line(line, is_first)? {
                return self.end().map(Some);
            }
        }
        Ok(None)
    }

    /// Checks a line; returns whether it is the last one.
    fn line(&mut self, line: &[u8], is_first: bool) -> Result<bool, Reason> {
        if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            return Err(calls::HEAD_CONTROL.into());
        }
        if line.is_empty() {
            return Ok(true);
        }
        if is_first {
            return Ok(false);
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return Err(calls::HEADER_FOLDED.into());
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(calls::HEADER_WITHOUT_COLON)?;
        let (name, value) = line.split_at(colon);
        if name.iter().any(u8::is_ascii_whitespace) {
            return Err(calls::HEADER_SPACE.into());
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            self.set_length(value)?;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.is_chunked {
                return Err(calls::HEADER_TWICE.with("transfer-encoding"));
            }
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err(calls::NOT_CHUNKED.into());
            }
            self.is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"host") && std::mem::replace(&mut self.has_host, true) {
            // Two readers may each take another one (RFC 9112 §3.2).
            return Err(calls::HEADER_TWICE.with("host"));
        }
        Ok(false)
    }

    fn set_length(&mut self, value: &[u8]) -> Result<(), Reason> {
        if self.length.is_some() {
            return Err(calls::HEADER_TWICE.with("content-length"));
        }
        // Parsing alone would take a sign.
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let digits = std::str::from_utf8(value).ok().filter(|_| is_number).ok_or(calls::LENGTH_NO_NUMBER)?;
        self.length = Some(digits.parse().ok().ok_or(calls::LENGTH_NO_NUMBER)?);
        Ok(())
    }

    fn end(&self) -> Result<Next, Reason> {
        match (self.is_chunked, self.length) {
            (true, Some(_)) => Err(calls::TWO_LENGTHS.into()),
            (true, None) => Ok(Next::Rest),
            (false, Some(length @ 1..)) => Ok(Next::Body(length)),
            (false, Some(0) | None) => Ok(Next::Head(Head::default())),
        }
    }
}

/// Whether bytes begin as a proxy's own line does, of either version.
pub(super) fn is_proxy_protocol(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PROXY ") || bytes.starts_with(PROXY_V2)
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.ready == 0 && !this.unread.is_empty() {
                this.sort();
            }
            if this.ready > 0 {
                let handed_on = this.unread.split_to(this.ready.min(buf.remaining()));
                buf.put_slice(&handed_on);
                this.ready -= handed_on.len();
                return Poll::Ready(Ok(()));
            }
            let mut chunk = [MaybeUninit::uninit(); CHUNK];
            let mut chunk = ReadBuf::uninit(&mut chunk);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                if this.unread.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                // A head that broke off.
                this.next = Next::Rest;
            }
            this.unread.extend_from_slice(chunk.filled());
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What is handed on of these bytes, sent in pieces of this size, and the fault.
    async fn read(bytes: &[u8], piece: usize) -> (Vec<u8>, Option<Reason>) {
        let (mut caller, stream) = tokio::io::duplex(piece);
        let fault = FramingFault::default();
        let mut framed = Framed::new(stream, Arc::clone(&fault));
        let mut handed_on = Vec::new();
        let send = async {
            caller.write_all(bytes).await.unwrap();
            drop(caller);
        };
        let ((), read) = tokio::join!(send, framed.read_to_end(&mut handed_on));
        read.unwrap();
        (handed_on, fault.get().cloned())
    }

    #[tokio::test]
    async fn plain_requests_are_handed_on_as_they_came_however_they_are_cut() {
        let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\n\nGET /2 HTTP/1.1\r\n\r\n\
                        POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\n\r\n";
        for piece in [1, 2, 7, 10_000] {
            assert_eq!(read(requests.as_bytes(), piece).await, (requests.as_bytes().to_vec(), None), "{piece}");
        }
    }

    #[tokio::test]
    async fn heads_that_can_be_read_in_two_ways_are_not_handed_on() {
        for (headers, fault) in [
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "the head has both"),
            ("Content-Length: 1\r\nContent-Length: 1\r\n", "`content-length` is twice"),
            ("Content-Length: 1\r\ncontent-length: 2\r\n", "`content-length` is twice"),
            ("Content-Length: +1\r\n", "`content-length` is no number"),
            ("Content-Length: 1, 1\r\n", "`content-length` is no number"),
            ("Content-Length: 99999999999999999999\r\n", "`content-length` is no number"),
            ("Content-Length:\r\n", "`content-length` is no number"),
            ("Content-Length : 1\r\n", "the name of a header has a space"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "`transfer-encoding` is twice"),
            ("Transfer-Encoding: xchunked\r\n", "`transfer-encoding` is not"),
            ("Transfer-Encoding: gzip, chunked\r\n", "`transfer-encoding` is not"),
            ("X: 1\nTransfer-Encoding: chunked\r\n", "a line of the head ends without"),
            ("X: 1\r\n Transfer-Encoding: chunked\r\n", "a header is folded"),
            ("X: 1\r\n\tb\r\n", "a header is folded"),
            ("X: 1\rY: 2\r\n", "a line of the head has a control"),
            ("X\r\n", "a header has no colon"),
        ] {
            for piece in [1, 10_000] {
                let (handed_on, found) = read(format!("POST / HTTP/1.1\r\n{headers}\r\nrest").as_bytes(), piece).await;
                assert!(
                    found.as_ref().is_some_and(|found| found.to_string().starts_with(fault)),
                    "{headers:?}: {found:?}"
                );
                assert_eq!(handed_on, NO_REQUEST, "{headers:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_line_of_the_proxy_protocol_is_named() {
        let v2 = [PROXY_V2, b"\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x50\x1f\x90"].concat();
        for line in [b"PROXY TCP4 192.0.2.1 192.0.2.2 5 80\r\n".as_slice(), b"PROXY UNKNOWN\r\n", &v2] {
            let request = [line, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
            assert_eq!(read(&request, 10_000).await, (NO_REQUEST.to_vec(), Some(calls::PROXY_PROTOCOL.into())));
        }
        let method = b"PROXY / HTTP/1.1\r\n\r\n";
        assert_eq!(read(method, 10_000).await.1, Some(calls::PROXY_PROTOCOL.into()), "no method has this name");
    }

    #[tokio::test]
    async fn what_is_left_of_a_head_is_handed_on_for_hyper_to_refuse() {
        let long = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(2 * HEAD_LIMIT));
        assert_eq!(read(long.as_bytes(), 1000).await, (long.into_bytes(), None));
        assert_eq!(read(b"GET / HT", 1000).await, (b"GET / HT".to_vec(), None));
        assert_eq!(read(b"", 1000).await, (Vec::new(), None));
    }
}
