//! The settings that name proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`) and exceptions from them (`NO_PROXY`).
//!
//! The HTTP library silently ignores values that it can't use. Here they are errors.

use std::net::IpAddr;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use shared::setting::{InvalidSetting, Lookup};
use url::{Host, Url};

/// The two spellings of a name, the preferred one first.
type Spellings = [&'static str; 2];

pub const ALL: Spellings = ["ALL_PROXY", "all_proxy"];
pub const HTTP: Spellings = ["HTTP_PROXY", "http_proxy"];
pub const HTTPS: Spellings = ["HTTPS_PROXY", "https_proxy"];
const NO: Spellings = ["NO_PROXY", "no_proxy"];

/// The URL of a proxy, or an empty string.
///
/// # Errors
/// [`InvalidSetting`] names the setting and doesn't quote its value, which may hold a password.
pub fn proxy(lookup: Lookup<'_>, names: Spellings) -> Result<String, InvalidSetting> {
    let problem = "must be the URL of an HTTP proxy, as in http://proxy.example:3128";
    first_of(lookup, names, is_proxy_url, problem)
}

/// The list of hosts that are reached without a proxy.
///
/// # Errors
/// [`InvalidSetting`] names the setting.
pub fn exceptions(lookup: Lookup<'_>) -> Result<String, InvalidSetting> {
    let problem = "must list, separated by commas, hosts without scheme and port, domains as in .example.com, IP addresses, \
                   networks as in 10.0.0.0/8, or * for all";
    let is_usable =
        |list: &str| list.split(',').map(str::trim).all(|item| item.is_empty() || is_exception(item));
    first_of(lookup, NO, is_usable, problem)
}

/// The value of the first of these names that is set. All that are set must be usable.
fn first_of(
    lookup: Lookup<'_>,
    names: Spellings,
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

/// The HTTP library would take an item that it can't parse for a host name, which then matches no URL.
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

/// Whether it can be the host of a URL.
fn is_host(name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_whole = !name.starts_with('.') && !name.contains("..");
    // In a URL, a host that looks like a number is an IP address.
    is_plain && is_whole && matches!(Host::parse(name), Ok(Host::Domain(_)))
}

/// The HTTP library would ignore a URL that it can't use, and would replace an invalid port by the default port.
fn is_proxy_url(value: &str) -> bool {
    let url_text = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let Ok(url) = Url::parse(&url_text) else { return false };
    let Ok(uri) = url_text.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    // `3128` would be the host 0.0.12.56.
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit());
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let is_port_usable = !host_and_port.ends_with(':') && uri.port_u16().is_some() == uri.port().is_some();
    let is_origin = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let has_one_at = authority.matches('@').count() <= 1;
    matches!(url.scheme(), "http" | "https")
        && !is_number
        && is_port_usable
        && uri.port_u16() != Some(0)
        && is_origin
        && has_one_at
        && Matcher::builder()
            .all(value)
            .build()
            .intercept(&Uri::from_static("http://receiver.invalid/"))
            .is_some()
}
