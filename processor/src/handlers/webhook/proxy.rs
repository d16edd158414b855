//! Which proxy stands between here and the receiver: `HTTPS_PROXY` and its kin.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hyper::{Uri, header::HeaderValue};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use shared::setting::{InvalidSetting, Lookup};
use url::{Host, Url};

const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const NO: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxies that the environment names. By default, none.
#[derive(Debug, Default)]
pub struct Proxies(Option<Matcher>);

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the same in small letters where one is absent
    /// or empty.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first that can't be used, without quoting it: it may hold a password. One that is not
    /// used because of the other spelling is judged too.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let [all, http, https] = [proxy(lookup, ALL)?, proxy(lookup, HTTP)?, proxy(lookup, HTTPS)?];
        if [&all, &http, &https].iter().all(|proxy| proxy.is_empty()) {
            // Exceptions to nothing are in many environments, for other programs and in their spellings.
            return Ok(Self::default());
        }
        Ok(Self(Some(Matcher::builder().all(all).http(http).https(https).no(exceptions(lookup)?).build())))
    }

    /// The one between here and `url`. None where the receiver is on this machine: a proxy elsewhere can't reach it.
    pub(super) fn between(&self, url: &Url) -> Option<Proxy> {
        let matcher = self.0.as_ref().filter(|_| !is_loopback(url))?;
        // An IPv6 host without its brackets is how the list of exceptions names it, and no URI.
        matcher.intercept(&url.as_str().parse().ok()?).map(Proxy)
    }
}

/// A proxy to go by.
#[derive(Debug, Clone)]
pub struct Proxy(Intercept);

impl Proxy {
    pub fn uri(&self) -> &Uri {
        self.0.uri()
    }

    pub fn authorization(&self) -> Option<HeaderValue> {
        self.0.basic_auth().cloned()
    }

    /// What nothing that is kept may hold: the user and the password as they are sent, and the password as it was given.
    pub fn to_redact(&self) -> Vec<String> {
        let authorization = self.0.basic_auth().and_then(|value| value.to_str().ok());
        let encoded = authorization.and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default();
        let decoded = BASE64.decode(encoded).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let (user, password) = decoded.split_once(':').unwrap_or_default();
        // Where there is none, the name is the token.
        let password = if password.is_empty() { user } else { password };
        let parts = [encoded, encoded.trim_end_matches('='), &decoded, password, &in_url(password)];
        parts.map(str::to_owned).to_vec()
    }
}

/// A password with `%` as a URL needs it.
fn in_url(password: &str) -> String {
    let written = Url::parse("http://proxy.invalid/").ok().and_then(|mut url| {
        url.set_password(Some(password)).ok()?;
        url.password().map(str::to_owned)
    });
    written.unwrap_or_default()
}

/// The first value of these names. All that are set must be usable.
fn first_of(
    lookup: Lookup<'_>,
    names: [&'static str; 2],
    is_usable: impl Fn(&str) -> bool,
    problem: &'static str,
) -> Result<String, InvalidSetting> {
    let values = names.map(|name| (name, lookup(name).unwrap_or_default()));
    let mut set = values.into_iter().filter(|(_, value)| !value.is_empty());
    if let Some((name, _)) = set.clone().find(|(_, value)| !is_usable(value)) {
        return Err(InvalidSetting::new(name, problem));
    }
    Ok(set.next().map(|(_, value)| value).unwrap_or_default())
}

fn proxy(lookup: Lookup<'_>, names: [&'static str; 2]) -> Result<String, InvalidSetting> {
    let problem = "must be the URL of an HTTP proxy, as in http://proxy.example:3128";
    first_of(lookup, names, is_usable, problem)
}

fn exceptions(lookup: Lookup<'_>) -> Result<String, InvalidSetting> {
    let problem = "must list, separated by commas, hosts without scheme and port, domains as in .example.com, IP addresses, \
                   networks as in 10.0.0.0/8, or * for all";
    let is_usable =
        |list: &str| list.split(',').map(str::trim).all(|item| item.is_empty() || is_exception(item));
    first_of(lookup, NO, is_usable, problem)
}

/// What the HTTP library can't read it takes for the name of a host that no URL ever has.
fn is_exception(item: &str) -> bool {
    let address = item.split_once('/').map_or(item, |(address, _)| address);
    match address.parse::<IpAddr>() {
        Ok(address) => is_excepted(address, item),
        Err(_) => item == "*" || is_host(item.strip_prefix('.').unwrap_or(item)),
    }
}

fn is_excepted(address: IpAddr, item: &str) -> bool {
    let host = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let matcher = Matcher::builder().all("http://proxy.invalid").no(item).build();
    format!("http://{host}/").parse().is_ok_and(|uri: Uri| matcher.intercept(&uri).is_none())
}

/// Whether a URL's host can be so.
fn is_host(name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_whole = !name.starts_with('.') && !name.contains("..");
    // One that looks like a number is an address to a URL.
    is_plain && is_whole && matches!(Host::parse(name), Ok(Host::Domain(_)))
}

/// What the HTTP library can't use it passes over without a word, and takes a port that is none for the usual one.
fn is_usable(value: &str) -> bool {
    let whole = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let Ok(url) = Url::parse(&whole) else { return false };
    let Ok(uri) = whole.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    // `3128` alone would be the host 0.0.12.56.
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit());
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let is_port_usable = !host_and_port.ends_with(':') && uri.port_u16().is_some() == uri.port().is_some();
    let is_alone = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let has_one_at = authority.matches('@').count() <= 1;
    matches!(url.scheme(), "http" | "https")
        && !is_number
        && is_port_usable
        && uri.port_u16() != Some(0)
        && is_alone
        && has_one_at
        && Matcher::builder()
            .all(value)
            .build()
            .intercept(&Uri::from_static("http://receiver.invalid/"))
            .is_some()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped();
            address.is_loopback()
                || address.is_unspecified()
                || mapped.is_some_and(|address| address.is_loopback() || address.is_unspecified())
        }
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Proxies, InvalidSetting> {
        Proxies::read(&|name| {
            settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn between(settings: &[(&str, &str)], url: &str) -> Option<String> {
        let proxy = read(settings).unwrap().between(&Url::parse(url).unwrap())?;
        Some(proxy.uri().to_string())
    }

    const HOOK: &str = "https://hooks.example/";
    const PLAIN: &str = "http://hooks.example/";

    #[test]
    fn each_scheme_has_its_proxy_in_large_or_small_letters() {
        assert_eq!(between(&[], HOOK), None);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            assert_eq!(between(&[(name, "http://p:1")], HOOK).as_deref(), Some("http://p:1/"), "{name}");
        }
        for name in ["HTTP_PROXY", "http_proxy"] {
            assert_eq!(between(&[(name, "p:1")], HOOK), None, "{name}");
            assert_eq!(between(&[(name, "p:1")], PLAIN).as_deref(), Some("http://p:1/"), "{name}");
        }
        let both = [("ALL_PROXY", "http://all:1"), ("HTTP_PROXY", ""), ("http_proxy", "http://one:1")];
        assert_eq!(between(&both, PLAIN).as_deref(), Some("http://one:1/"));
    }

    #[test]
    fn a_host_that_is_excepted_is_reached_directly() {
        for no in ["hooks.example", ".example", "*", "other, hooks.example"] {
            assert_eq!(between(&[("ALL_PROXY", "http://p:1"), ("no_proxy", no)], HOOK), None, "{no}");
        }
        let address = [("ALL_PROXY", "http://p:1"), ("NO_PROXY", "10.0.0.0/8,fd00::/8")];
        assert_eq!(between(&address, "http://10.1.2.3/"), None);
        assert_eq!(between(&address, "http://[fd00::1]/"), None);
        assert!(between(&address, "http://11.1.2.3/").is_some());
    }

    #[test]
    fn exceptions_in_every_usual_spelling_are_taken() {
        for no in [
            "",
            "*",
            "localhost,127.0.0.1,::1",
            " .svc.cluster.local , 169.254.169.254 ",
            "a_b.Example.COM,xn--bcher-kva.example,",
            "10.1.2.3/8,fd00::/8,fe80::1/64,0.0.0.0/0",
        ] {
            assert!(read(&[("ALL_PROXY", "p:1"), ("NO_PROXY", no)]).is_ok(), "{no}");
        }
    }

    #[test]
    fn an_exception_that_would_except_nothing_is_refused_by_its_name() {
        for name in ["NO_PROXY", "no_proxy"] {
            for item in [
                "hooks.example:443",
                "10.0.0.1:80",
                "http://hooks.example",
                "hooks.example/",
                "hooks.example other.example",
                "hooks.example;other.example",
                "hooks.example\u{fffd}",
                "b\u{fc}cher.example",
                "xn--a.example",
                "*.example",
                "hooks.*",
                "..example",
                "hooks..example",
                ".",
                "[fd00::1]",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/255.0.0.0",
                "fd00::/129",
                "10.0",
                "10.0.0.",
                "ann@hooks.example",
            ] {
                let list = format!("localhost, {item}");
                let refused = read(&[("https_proxy", "p:1"), (name, &list)]).unwrap_err();
                assert_eq!(refused.name, name, "{item}");
                assert!(refused.to_string().contains("hosts without scheme and port"), "{refused}");
                assert!(read(&[(name, &list)]).is_ok(), "there is no proxy");
            }
        }
    }

    #[test]
    fn of_two_spellings_the_first_counts_and_neither_may_be_broken() {
        let two = |large: &str, small: &str| read(&[("HTTP_PROXY", large), ("http_proxy", small)]);
        let both = two("http://large:1", "http://small:1").unwrap();
        assert_eq!(both.between(&Url::parse(PLAIN).unwrap()).unwrap().uri(), "http://large:1/");
        assert_eq!(two("http://p:1", "socks5://p:1").unwrap_err().name, "http_proxy");
        assert_eq!(two("socks5://p:1", "http://p:1").unwrap_err().name, "HTTP_PROXY");
        let exceptions = [("ALL_PROXY", "p:1"), ("NO_PROXY", "a"), ("no_proxy", "a:1")];
        assert_eq!(read(&exceptions).unwrap_err().name, "no_proxy");
    }

    #[test]
    fn no_proxy_comes_between_here_and_a_receiver_on_this_machine() {
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            for host in [
                "localhost",
                "LOCALHOST:8080",
                "localhost.",
                "a.localhost",
                "127.0.0.1:9",
                "127.1",
                "127.255.0.9",
                "[::1]:9",
                "[::ffff:127.0.0.1]",
                "0.0.0.0",
                "[::]",
            ] {
                for scheme in ["http", "https"] {
                    let url = format!("{scheme}://{host}/hook");
                    assert_eq!(between(&[(name, "http://p:1")], &url), None, "{name} {url}");
                }
            }
        }
        assert!(between(&[("ALL_PROXY", "http://p:1")], "http://notlocalhost/").is_some());
        assert!(between(&[("ALL_PROXY", "http://p:1")], "http://128.0.0.1/").is_some());
    }

    #[test]
    fn a_value_that_cant_be_used_is_refused_by_its_name_and_not_quoted() {
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            for value in [
                "hunter2 proxy",
                "http://",
                "http://:3128",
                "http://p:port",
                "http://p:99999",
                "http://p:",
                "p:0",
                "3128",
                "socks5://p:1080",
                "ftp://p",
                "http:/p",
                "://p",
                "http://p:1/path",
                "http://p:1?x",
                "http://ann:hunter2@x@p:1",
                "http://p ",
                "http//p:1",
                "/p",
                "@",
            ] {
                let refused = read(&[(name, value)]).unwrap_err();
                assert_eq!(refused.name, name, "{value}");
                assert!(!refused.to_string().contains("hunter2"), "{refused}");
            }
        }
    }

    #[test]
    fn a_user_and_a_password_are_sent_and_not_shown() {
        let proxies = read(&[("ALL_PROXY", "http://ann:h%40nter2@p:1")]).unwrap();
        let proxy = proxies.between(&Url::parse(HOOK).unwrap()).unwrap();
        assert_eq!(proxy.uri(), "http://p:1/");
        assert_eq!(proxy.authorization().unwrap(), "Basic YW5uOmhAbnRlcjI=");
        assert!(!format!("{proxies:?} {proxy:?}").contains("nter2"), "{proxies:?}");
    }

    #[test]
    fn what_is_to_be_redacted_is_the_password_in_every_form_that_it_has() {
        let of = |proxy: &str| {
            let proxies = read(&[("ALL_PROXY", proxy)]).unwrap();
            proxies.between(&Url::parse(HOOK).unwrap()).unwrap().to_redact()
        };
        let parts = of("http://ann:h%40nter2@p:1");
        for form in ["YW5uOmhAbnRlcjI=", "YW5uOmhAbnRlcjI", "ann:h@nter2", "h@nter2", "h%40nter2"] {
            assert!(parts.iter().any(|part| part == form), "{form} is not in {parts:?}");
        }
        assert!(of("http://t0ken@p:1").contains(&"t0ken".to_owned()));
        assert!(of("http://p:1").iter().all(String::is_empty));
    }

    #[test]
    fn usual_spellings_are_taken() {
        for value in
            ["http://p", "https://p:3128/", "p", "p:8080", "10.0.0.1:1", "http://[fd00::1]:1", "HTTP://P:1"]
        {
            assert!(read(&[("HTTPS_PROXY", value)]).is_ok(), "{value}");
        }
    }
}
