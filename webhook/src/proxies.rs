//! The proxies that the environment names.

use hyper_util::client::proxy::matcher::Matcher;
use shared::setting::{InvalidSetting, Lookup};
use url::{Host, Url};

use crate::{
    proxy::Proxy,
    proxy_setting::{ALL, HTTP, HTTPS, exceptions, proxy},
};

/// The proxies that the environment names. By default, none.
#[derive(Debug, Default)]
pub struct Proxies(Option<Matcher>);

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. If one is absent or empty, its name in lower case
    /// is read instead.
    ///
    /// # Errors
    /// [`InvalidSetting`] names the first setting that can't be used and doesn't quote its value, which may hold a
    /// password. The lower-case name is checked even if the upper-case name is used.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let [all, http, https] = [proxy(lookup, ALL)?, proxy(lookup, HTTP)?, proxy(lookup, HTTPS)?];
        if [&all, &http, &https].iter().all(|proxy| proxy.is_empty()) {
            // Without a proxy, exceptions mean nothing, and other programs allow other syntax: they are not checked.
            return Ok(Self::default());
        }
        Ok(Self(Some(Matcher::builder().all(all).http(http).https(https).no(exceptions(lookup)?).build())))
    }

    /// The proxy for `url`. None for a receiver on this machine: a proxy on another machine can't reach it.
    pub(crate) fn for_url(&self, url: &Url) -> Option<Proxy> {
        let matcher = self.0.as_ref().filter(|_| !is_loopback(url))?;
        // Matched by the whole URL: `Url::host_str` of an IPv6 address can't be parsed as a URI.
        matcher.intercept(&url.as_str().parse().ok()?).map(Proxy)
    }
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
mod tests;
