//! Who may ask: browsers that call this machine by its own name, and pages of its own where something changes.
//!
//! A page from anywhere can make a browser in the shop send requests to this machine. It cannot choose the `Origin`
//! and `Host` that the browser writes into them, nor read what is answered; but it can let its own name resolve to
//! this machine's address, and then it could. So the name is held to a list, the origin to the name, and what
//! changes something needs a token that only a page of ours could read.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};

use super::KioskSettings;
use super::refusal::Refusal;

/// The header with the token.
pub(super) const TOKEN: HeaderName = HeaderName::from_static("sleevesight-token");

/// A random word that cannot be guessed: 128 bits.
pub(super) fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two secrets are the same, in a time that does not tell how much of them is.
pub(super) fn same_secret(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0
}

/// What each request must pass.
#[derive(Debug)]
pub(super) struct Guard {
    /// The names that the configuration gives this machine.
    names: Vec<String>,
    /// Whether any address may be this machine's: then it is not known by which one it is reached.
    any_address: bool,
    token: String,
}

impl Guard {
    pub(super) fn new(settings: &KioskSettings, token: String) -> Self {
        Self {
            names: settings.hosts.iter().map(|name| without_root(name)).collect(),
            any_address: settings.open_to_network,
            token,
        }
    }

    /// What a page of ours sends along where something changes.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a request may be answered.
    pub(super) fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Refusal::Host) };
        let host = host.to_str().map_err(|_| Refusal::Host)?;
        // A request to a proxy names another place in its first line than in its header.
        let in_line = uri.authority().map_or(host, Authority::as_str);
        if !self.is_ours(host) || in_line != host {
            return Err(Refusal::Host);
        }
        // The browser's own word on who asks, where it gives one. A proxy in front may speak TLS for a name of ours.
        let from_elsewhere = headers.get(header::ORIGIN).is_some_and(|origin| {
            let origin = origin.to_str().unwrap_or_default();
            let secure = origin.strip_prefix("https://").filter(|_| self.is_named(host));
            secure.or_else(|| origin.strip_prefix("http://")) != Some(host)
        });
        if from_elsewhere {
            return Err(Refusal::Origin);
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let token = headers.get(TOKEN).and_then(|token| token.to_str().ok());
            if !token.is_some_and(|token| same_secret(token, &self.token)) {
                return Err(Refusal::Token);
            }
        }
        Ok(())
    }

    /// Whether a `Host` is a name of this machine. Addresses are parsed: `127.0.0.1.evil.com` is none.
    fn is_ours(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        if host.contains('@') {
            return false;
        }
        let name = authority.host();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match bare.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || self.any_address,
            Err(_) => without_root(name) == "localhost" || self.is_named(host),
        }
    }

    /// Whether a `Host` is a name that the configuration gives this machine.
    fn is_named(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.names.contains(&without_root(name))
    }
}

/// A name in small letters, without the dot of the root.
fn without_root(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(open_to_network: bool) -> Guard {
        let hosts = vec!["kiosk.local".to_owned()];
        Guard::new(&KioskSettings { open_to_network, hosts, ..KioskSettings::default() }, "secret".into())
    }

    #[test]
    fn a_host_is_one_of_ours_or_none() {
        let ours = [
            "localhost",
            "LOCALHOST:8480",
            "127.0.0.1:8480",
            "127.8.9.1",
            "[::1]:8480",
            "kiosk.local",
            "Kiosk.Local.:8480",
        ];
        for host in ours {
            assert!(guard(false).is_ours(host), "{host}");
        }
        let others = [
            "",
            "127.0.0.1.evil.com",
            "127.0.0.1.evil.com:8480",
            "localhost.evil.com",
            "evil.com@127.0.0.1",
            "127.0.0.1@evil.com",
            "127.0.0.1 evil.com",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "192.168.1.5:8480",
            "[::]",
            "::1",
            "kiosk.local.evil.com",
        ];
        for host in others {
            assert!(!guard(false).is_ours(host), "{host}");
        }
        assert!(guard(true).is_ours("192.168.1.5:8480"), "it is not known which of them is this machine's");
        assert!(!guard(true).is_ours("evil.com"), "a name may be anyone's");
    }

    #[test]
    fn a_page_of_a_named_host_may_come_by_tls_and_no_other() {
        let may = |host: &str, origin: &str| {
            let headers = [(header::HOST, host), (header::ORIGIN, origin)];
            let headers = headers.map(|(name, value)| (name, value.parse().expect("a value")));
            guard(true).check(&Method::GET, &Uri::from_static("/"), &HeaderMap::from_iter(headers)).is_ok()
        };
        for (host, origin) in [
            ("kiosk.local", "https://kiosk.local"),
            ("kiosk.local.", "https://kiosk.local."),
            ("kiosk.local:8480", "https://kiosk.local:8480"),
            ("localhost:8480", "http://localhost:8480"),
        ] {
            assert!(may(host, origin), "{origin} asks {host}");
        }
        for (host, origin) in [
            ("kiosk.local", "https://evil.com"),
            ("kiosk.local", "https://kiosk.local:444"),
            ("localhost", "https://localhost"),
            ("127.0.0.1:8480", "https://127.0.0.1:8480"),
            ("kiosk.local", "null"),
        ] {
            assert!(!may(host, origin), "{origin} asks {host}");
        }
    }

    #[test]
    fn a_token_cannot_be_guessed_and_is_compared_whole() {
        let (one, other) = (token().expect("randomness"), token().expect("randomness"));
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
        assert!(same_secret(&one, &one) && !same_secret(&one, &other) && !same_secret(&one, &one[..31]));
    }
}
