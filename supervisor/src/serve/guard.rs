//! Who is let in: `Host`, `Origin` and token of every request, and the headers of every answer. In front of
//! everything else, pages and WebSocket alike. Its rules are functions of what a request says, so a table can
//! test them.
//!
//! `Host` keeps out names that were pointed at this address (DNS rebinding), `Origin` keeps out other sites'
//! pages (cross-site requests and WebSockets), the token keeps out everybody who was not given the start URL.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;
use tracing::field::display;
use tracing::warn;

use super::answer::problem;
use super::peer::is_same_user;
use pool::escape::escape_text;

/// What the guard goes by.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) token: String,
    /// The address that is listened on.
    pub(super) address: SocketAddr,
    /// `--host` as typed, where it is a name.
    pub(super) name: Option<String>,
    /// `--allow-remote`.
    pub(super) remote: bool,
    /// `--trust-programs`.
    pub(super) trust_programs: bool,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Host,
    Origin,
    Token,
}

/// What a request says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Claims<'a> {
    pub(super) host: Option<&'a str>,
    pub(super) origin: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) cookies: Option<&'a str>,
}

impl Guard {
    /// A new token, 256 bits from the kernel.
    pub(super) fn new_token() -> std::io::Result<String> {
        let mut bytes = [0u8; 32];
        let filled = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
        if filled != bytes.len() {
            return Err(std::io::Error::other("the kernel gave too few random bytes"));
        }
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The name of the cookie. Browsers send the cookies of all ports of a host, so each port has its own.
    pub(super) fn cookie(&self) -> String {
        format!("supervisor-{}", self.address.port())
    }

    /// The rules but for `--trust-programs`.
    pub(super) fn check(&self, claims: Claims<'_>) -> Result<(), Refusal> {
        let host = claims.host.filter(|host| self.is_own(host)).ok_or(Refusal::Host)?;
        if claims.origin.is_some_and(|origin| !is_origin_of(origin, host)) {
            return Err(Refusal::Origin);
        }
        let given = token_in_query(claims.query).or_else(|| self.token_in_cookies(claims.cookies));
        // It takes the same time wherever the first difference is.
        match given.is_some_and(|given| given.as_bytes().ct_eq(self.token.as_bytes()).into()) {
            true => Ok(()),
            false => Err(Refusal::Token),
        }
    }

    /// Whether a `Host` is this server. A literal address cannot be pointed elsewhere by anybody.
    fn is_own(&self, host: &str) -> bool {
        let Some((name, port)) = split_port(host) else { return false };
        if port != self.address.port() {
            return false;
        }
        let literal = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let is_local = name.eq_ignore_ascii_case("localhost") || literal.is_some_and(|ip| ip.is_loopback());
        let is_named = self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        is_local || (self.remote && (literal.is_some() || is_named))
    }

    fn token_in_cookies<'a>(&self, cookies: Option<&'a str>) -> Option<&'a str> {
        let own = self.cookie();
        let pairs = cookies?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| *name == own).map(|(_, value)| value).next()
    }
}

/// `name:port`; without a port it is HTTP's.
fn split_port(host: &str) -> Option<(&str, u16)> {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => Some((name, port.parse().ok()?)),
        Some(_) | None => Some((host, 80)),
    }
}

fn is_origin_of(origin: &str, host: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|own| own.eq_ignore_ascii_case(host))
}

fn token_in_query(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

/// The middleware.
pub(super) async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut answer = match guard.check(claims(&request)) {
        Ok(()) => {
            let fresh = token_in_query(request.uri().query()).is_some();
            let mut answer = next.run(request).await;
            if fresh && let Some(cookie) = cookie_header(&guard) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            answer
        }
        Err(Refusal::Token) if guard.trusts(&request) => next.run(request).await,
        Err(refusal) => {
            log(refusal, &request);
            refusal.into_response()
        }
    };
    protect(answer.headers_mut());
    answer
}

impl Guard {
    /// A program of our own user that asks for a WebSocket without any token, where that was allowed.
    fn trusts(&self, request: &Request) -> bool {
        let headers = request.headers();
        let is_program = headers.get(header::ORIGIN).is_none()
            && headers.contains_key(header::SEC_WEBSOCKET_KEY)
            && token_in_query(request.uri().query()).is_none();
        let peer = request.extensions().get::<SocketAddr>();
        self.trust_programs && is_program && peer.is_some_and(|peer| is_same_user(*peer, self.address))
    }
}

/// Never its query and cookies: they may hold a token, if one of another start.
fn log(refusal: Refusal, request: &Request) {
    let header = |name| {
        request.headers().get(name).map(|value| display(quoted(&String::from_utf8_lossy(value.as_bytes()))))
    };
    let peer = request.extensions().get::<SocketAddr>().map(display);
    let path = quoted(request.uri().path());
    let (host, origin) = (header(header::HOST), header(header::ORIGIN));
    warn!(reason = ?refusal, peer, method = %request.method(), %path, host, origin, "a request was refused");
}

/// The beginning of what a stranger says, without a token that may stand in it, so that it can be nothing but
/// one value on its line.
fn quoted(said: &str) -> String {
    const MOST: usize = 100;
    let (before, cut) = match said.find("token=") {
        Some(at) => (&said[..at + "token=".len()], true),
        None => (said, false),
    };
    let start: String = before.chars().take(MOST).collect();
    let more = if cut || start.len() < before.len() { "…" } else { "" };
    let start = start.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}{more}\"", escape_text(&start))
}

fn claims(request: &Request) -> Claims<'_> {
    // A name that comes twice is no name: proxies and servers disagree about which one counts.
    let one = |name: HeaderName| {
        let mut all = request.headers().get_all(name).iter();
        let first = all.next();
        match all.next() {
            None => first.map(|value| value.to_str().unwrap_or("unreadable")),
            Some(_) => Some("twice"),
        }
    };
    Claims {
        host: one(header::HOST),
        origin: one(header::ORIGIN),
        query: request.uri().query(),
        cookies: one(header::COOKIE),
    }
}

fn cookie_header(guard: &Guard) -> Option<HeaderValue> {
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", guard.cookie(), guard.token);
    HeaderValue::from_str(&cookie).ok()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Host => {
                problem(StatusCode::MISDIRECTED_REQUEST, "this server does not answer to that name")
            }
            Refusal::Origin => problem(StatusCode::FORBIDDEN, "pages of other sites may not use this server"),
            Refusal::Token => problem(
                StatusCode::UNAUTHORIZED,
                "open the address that `supervisor serve` printed when it started: it has the token",
            ),
        }
    }
}

/// Nothing but our own files runs, nothing frames the page, nothing is guessed, nothing is told to other
/// sites.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
    img-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

fn protect(headers: &mut HeaderMap) {
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // A report brings a stricter one of its own.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard {
            token: "right".into(),
            address: "127.0.0.1:8765".parse().unwrap(),
            name: None,
            remote: false,
            trust_programs: false,
        }
    }

    const GOOD: Claims<'_> = Claims {
        host: Some("127.0.0.1:8765"),
        origin: Some("http://127.0.0.1:8765"),
        query: None,
        cookies: Some("other=1; supervisor-8765=right"),
    };

    #[test]
    fn who_is_let_in() {
        let query = |query| Claims { query: Some(query), cookies: None, ..GOOD };
        for claims in [
            GOOD,
            Claims { origin: None, ..GOOD },
            Claims { host: Some("LocalHost:8765"), origin: Some("http://localhost:8765"), ..GOOD },
            Claims { host: Some("[::1]:8765"), origin: None, ..GOOD },
            query("token=right"),
            query("after=3&token=right"),
        ] {
            assert_eq!(guard().check(claims), Ok(()), "{claims:?}");
        }
    }

    #[test]
    fn what_a_stranger_says_is_one_short_value_without_a_token() {
        assert_eq!(quoted("x peer=1.2.3.4"), "\"x peer=1.2.3.4\"");
        assert_eq!(quoted("a\"b\\\u{1b}c"), r#""a\"b\\\u{1b}c""#);
        assert_eq!(quoted("http://evil/?token=secret&x"), "\"http://evil/?token=…\"");
        assert_eq!(quoted(&"x".repeat(20_000)), format!("\"{}…\"", "x".repeat(100)));
    }

    #[test]
    fn who_is_not() {
        let host = |host| Claims { host, origin: None, ..GOOD };
        for host in [
            None,
            Some(""),
            Some("evil.example"),
            Some("evil.example:8765"),
            Some("127.0.0.1"),
            Some("127.0.0.1:80"),
            Some("localhost.evil.example:8765"),
            Some("192.168.1.2:8765"),
            Some("twice"),
            Some("[::1]"),
        ]
        .map(host)
        {
            assert_eq!(guard().check(host), Err(Refusal::Host), "{host:?}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "",
            "http://127.0.0.1",
            "http://127.0.0.1:8766",
            "https://127.0.0.1:8765",
            "http://localhost:8765",
            "http://127.0.0.1:8765.evil.example",
        ] {
            let claims = Claims { origin: Some(origin), ..GOOD };
            assert_eq!(guard().check(claims), Err(Refusal::Origin), "{origin}");
        }
        for (query, cookies) in [
            (None, None),
            (None, Some("supervisor-8765=wrong")),
            (None, Some("supervisor-8766=right")),
            (None, Some("xsupervisor-8765=right")),
            (Some("token="), None),
            (Some("token=righ"), None),
            (Some("token=rightt"), None),
            (Some("xtoken=right"), None),
            (Some("token=wrong"), GOOD.cookies),
        ] {
            let claims = Claims { query, cookies, ..GOOD };
            assert_eq!(guard().check(claims), Err(Refusal::Token), "{claims:?}");
        }
    }

    #[test]
    fn reached_from_elsewhere_it_answers_to_addresses_and_its_own_name_only() {
        let guard = Guard { remote: true, name: Some("studio.local".into()), ..guard() };
        let check = |host| guard.check(Claims { host: Some(host), origin: None, ..GOOD });
        for host in ["192.168.1.2:8765", "[fe80::1]:8765", "studio.local:8765", "localhost:8765"] {
            assert_eq!(check(host), Ok(()), "{host}");
        }
        assert_eq!(check("evil.example:8765"), Err(Refusal::Host));
    }

    #[test]
    fn tokens_differ() {
        let (one, two) = (Guard::new_token().unwrap(), Guard::new_token().unwrap());
        assert!(one.len() == 64 && one != two);
    }
}
