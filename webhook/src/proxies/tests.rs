//! Tests of the proxies and of their settings.

use super::*;

fn read(settings: &[(&str, &str)]) -> Result<Proxies, InvalidSetting> {
    Proxies::read(&|name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

fn proxy_for(settings: &[(&str, &str)], url: &str) -> Option<String> {
    let proxy = read(settings).unwrap().for_url(&Url::parse(url).unwrap())?;
    Some(proxy.uri().to_string())
}

const HOOK: &str = "https://hooks.example/";
const PLAIN: &str = "http://hooks.example/";

#[test]
fn each_scheme_has_its_proxy_in_upper_or_lower_case() {
    assert_eq!(proxy_for(&[], HOOK), None);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        assert_eq!(proxy_for(&[(name, "http://p:1")], HOOK).as_deref(), Some("http://p:1/"), "{name}");
    }
    for name in ["HTTP_PROXY", "http_proxy"] {
        assert_eq!(proxy_for(&[(name, "p:1")], HOOK), None, "{name}");
        assert_eq!(proxy_for(&[(name, "p:1")], PLAIN).as_deref(), Some("http://p:1/"), "{name}");
    }
    let both = [("ALL_PROXY", "http://all:1"), ("HTTP_PROXY", ""), ("http_proxy", "http://one:1")];
    assert_eq!(proxy_for(&both, PLAIN).as_deref(), Some("http://one:1/"));
}

#[test]
fn an_excepted_host_is_reached_directly() {
    for no in ["hooks.example", ".example", "*", "other, hooks.example"] {
        assert_eq!(proxy_for(&[("ALL_PROXY", "http://p:1"), ("no_proxy", no)], HOOK), None, "{no}");
    }
    let address = [("ALL_PROXY", "http://p:1"), ("NO_PROXY", "10.0.0.0/8,fd00::/8")];
    assert_eq!(proxy_for(&address, "http://10.1.2.3/"), None);
    assert_eq!(proxy_for(&address, "http://[fd00::1]/"), None);
    assert!(proxy_for(&address, "http://11.1.2.3/").is_some());
}

#[test]
fn exceptions_in_each_common_syntax_are_accepted() {
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
fn an_exception_that_would_match_nothing_is_refused_by_its_name() {
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
            assert!(read(&[(name, &list)]).is_ok(), "without a proxy it is not checked");
        }
    }
}

#[test]
fn the_upper_case_name_counts_and_both_must_be_valid() {
    let two = |upper: &str, lower: &str| read(&[("HTTP_PROXY", upper), ("http_proxy", lower)]);
    let both = two("http://upper:1", "http://lower:1").unwrap();
    assert_eq!(both.for_url(&Url::parse(PLAIN).unwrap()).unwrap().uri(), "http://upper:1/");
    assert_eq!(two("http://p:1", "socks5://p:1").unwrap_err().name, "http_proxy");
    assert_eq!(two("socks5://p:1", "http://p:1").unwrap_err().name, "HTTP_PROXY");
    let exceptions = [("ALL_PROXY", "p:1"), ("NO_PROXY", "a"), ("no_proxy", "a:1")];
    assert_eq!(read(&exceptions).unwrap_err().name, "no_proxy");
}

#[test]
fn no_proxy_is_used_for_a_receiver_on_this_machine() {
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
                assert_eq!(proxy_for(&[(name, "http://p:1")], &url), None, "{name} {url}");
            }
        }
    }
    assert!(proxy_for(&[("ALL_PROXY", "http://p:1")], "http://notlocalhost/").is_some());
    assert!(proxy_for(&[("ALL_PROXY", "http://p:1")], "http://128.0.0.1/").is_some());
}

#[test]
fn an_unusable_proxy_is_refused_by_its_name_and_not_quoted() {
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
fn user_and_password_are_sent_and_not_shown() {
    let proxies = read(&[("ALL_PROXY", "http://ann:h%40nter2@p:1")]).unwrap();
    let proxy = proxies.for_url(&Url::parse(HOOK).unwrap()).unwrap();
    assert_eq!(proxy.uri(), "http://p:1/");
    assert_eq!(proxy.authorization().unwrap(), "Basic YW5uOmhAbnRlcjI=");
    assert!(!format!("{proxies:?} {proxy:?}").contains("nter2"), "{proxies:?}");
}

#[test]
fn the_password_is_to_be_redacted_in_every_encoding() {
    let of = |proxy: &str| {
        let proxies = read(&[("ALL_PROXY", proxy)]).unwrap();
        proxies.for_url(&Url::parse(HOOK).unwrap()).unwrap().to_redact()
    };
    let parts = of("http://ann:h%40nter2@p:1");
    for form in ["YW5uOmhAbnRlcjI=", "YW5uOmhAbnRlcjI", "ann:h@nter2", "h@nter2", "h%40nter2"] {
        assert!(parts.iter().any(|part| part == form), "{form} is not in {parts:?}");
    }
    assert!(of("http://t0ken@p:1").contains(&"t0ken".to_owned()));
    assert!(of("http://p:1").iter().all(String::is_empty));
}

#[test]
fn proxies_in_each_common_syntax_are_accepted() {
    for value in
        ["http://p", "https://p:3128/", "p", "p:8080", "10.0.0.1:1", "http://[fd00::1]:1", "HTTP://P:1"]
    {
        assert!(read(&[("HTTPS_PROXY", value)]).is_ok(), "{value}");
    }
}
