//! Lets a request through only if every HTTP parser finds its end where hyper does. What a proxy in front of
//! weibox reads as one request must not be two here (request smuggling, RFC 9112 §11.2).
//!
//! hyper does the parsing; this stream only checks what hyper reads. hyper accepts bare line feeds, repeated
//! lengths, and a length together with chunks, and each of these can hide a request inside another. So heads are
//! checked line by line and handed on one at a time, each with the part of its body that has arrived.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::reason::{Reason, calls};

/// The maximum length of a head in bytes; hyper refuses longer ones with 431. Weibo's heads have a few hundred
/// bytes, and two thousand with what proxies add.
pub(super) const HEAD_LIMIT: usize = 32 << 10;
/// The first bytes of version 2 of the PROXY protocol.
const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Bytes that no parser takes for a request, so that hyper answers 400 and closes the connection.
const NO_REQUEST: &[u8] = b"\0\r\n\r\n";
/// The number of bytes read at a time.
const CHUNK: usize = 4096;

/// The reason why a head was refused; empty if none was.
pub(super) type FramingFault = Arc<OnceLock<Reason>>;

/// A stream that checks requests before hyper reads them.
#[derive(Debug)]
pub(super) struct Framed<S> {
    stream: S,
    /// Bytes that were received but not handed on.
    unread: BytesMut,
    /// The number of bytes in `unread` that may be handed on.
    ready: usize,
    next: Next,
    fault: FramingFault,
}

/// The kind of bytes that follow the ready ones.
#[derive(Debug)]
enum Next {
    /// A head, partly checked.
    Head(Head),
    /// A body with this many bytes left.
    Body(u64),
    /// The rest of the connection, unchecked: after a chunked request, because [`super::answer`] closes the
    /// connection; after a head that is too long or incomplete, because hyper closes it.
    Rest,
    /// Nothing more, because a head was refused.
    Nothing,
}

/// The progress of checking a head.
#[derive(Debug, Default)]
struct Head {
    /// Offset of the next line.
    line_at: usize,
    length: Option<u64>,
    is_chunked: bool,
    has_host: bool,
}

impl<S> Framed<S> {
    /// Wraps a connection at its first byte. `fault` receives the first fault of a head.
    pub(super) fn new(stream: S, fault: FramingFault) -> Self {
        Self { stream, unread: BytesMut::new(), ready: 0, next: Next::Head(Head::default()), fault }
    }

    /// Determines how many of the unread bytes may be handed on.
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
                    // This is the first and only fault: nothing more is checked after it.
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

    /// Returns how many of the unread bytes from `start` on belong to the body.
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
    /// Checks the complete lines; at the end of the head returns what follows it.
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
            // Two parsers might each use a different one (RFC 9112 §3.2).
            return Err(calls::HEADER_TWICE.with("host"));
        }
        Ok(false)
    }

    fn set_length(&mut self, value: &[u8]) -> Result<(), Reason> {
        if self.length.is_some() {
            return Err(calls::HEADER_TWICE.with("content-length"));
        }
        // Parsing alone would accept a sign.
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

/// Returns whether bytes begin with the PROXY protocol, version 1 or 2.
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
                // The head is incomplete; hyper refuses it.
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

    /// Sends bytes in pieces of this size; returns the bytes handed on and the fault.
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
