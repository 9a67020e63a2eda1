use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::clock::Clock;
use crate::config::vars::Vars;
use crate::outside::collections::{Collection, Collections};

const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Resolves names: `public.test` is 127.0.0.1, `mixed.test` has a second address that may not be reached,
/// `private.test` has only that one, and unknown names don't exist.
fn lookup(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
    Box::pin(async move {
        match name.as_str() {
            "public.test" => Ok(vec![LOCAL]),
            "mixed.test" => Ok(vec![LOCAL, "192.168.0.1".parse().unwrap()]),
            "private.test" => Ok(vec!["192.168.0.1".parse().unwrap()]),
            "rebinding.test" => {
                // Public at the first lookup, private from the second on.
                static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
                let is_first = LOOKUPS.fetch_add(1, Ordering::Relaxed) == 0;
                Ok(vec![if is_first { LOCAL } else { "127.0.0.2".parse().unwrap() }])
            }
            "empty.test" => Ok(Vec::new()),
            _ => Err(io::Error::other("no such name")),
        }
    })
}

/// A client that reaches 127.0.0.1 alone, as if that were the public network, of an instance that listens elsewhere.
fn http(vars: &[(&str, &str)]) -> Http {
    let listen = [("LISTEN", "127.0.0.3:8000")];
    let vars = listen.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::read(Vars::new(vars.collect::<BTreeMap<_, _>>())).unwrap();
    let http = Http::to_public_network(&config).unwrap();
    Http { network: Network { lookup, is_reachable: |ip| ip == LOCAL, own: Arc::clone(&http.network.own) }, ..http }
}

/// Starts a server at 127.0.0.1 that answers every request with these bytes. Returns its port.
async fn serve(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind((LOCAL, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    port
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_body_is_fetched_up_to_the_limit() {
    let port = serve(answer("200 OK", b"picture")).await;
    let http = http(&[]);
    for host in ["public.test", "127.0.0.1"] {
        assert_eq!(http.fetch(&format!("http://{host}:{port}/x.png"), 7).await.unwrap(), b"picture");
    }
    let long = http.fetch(&format!("http://public.test:{port}/x.png"), 6).await;
    assert!(matches!(long, Err(FetchError::TooLong)), "{long:?}");
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    let mut endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        endless.extend(b"400\r\n");
        endless.extend([b'x'; 1024]);
        endless.extend(b"\r\n");
    }
    let port = serve(endless).await;
    let long = http(&[]).fetch(&format!("http://public.test:{port}/"), 50_000).await;
    assert!(matches!(long, Err(FetchError::TooLong)), "{long:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inside = serve(answer("200 OK", b"inside")).await;
    let head = format!("302 Found\r\nLocation: http://127.0.0.1:{inside}/");
    let port = serve(answer(&head, b"")).await;
    let redirected = http(&[]).fetch(&format!("http://public.test:{port}/"), 100).await;
    assert!(matches!(redirected, Err(FetchError::Status(StatusCode::FOUND))), "{redirected:?}");
}

#[tokio::test]
async fn names_with_private_addresses_are_not_connected_to() {
    let http = http(&[]);
    for name in ["private.test", "mixed.test", "empty.test", "unknown.test"] {
        let refused = http.fetch(&format!("http://{name}:9/"), 100).await;
        assert!(matches!(refused, Err(FetchError::Failed(_))), "{name}: {refused:?}");
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_connection_goes_to_the_checked_address() {
    let port = serve(answer("200 OK", b"public")).await;
    let http = http(&[]);
    assert_eq!(http.fetch(&format!("http://rebinding.test:{port}/"), 100).await.unwrap(), b"public");
    let second = http.fetch(&format!("http://rebinding.test:{port}/"), 100).await;
    assert!(matches!(second, Err(FetchError::Failed(_))), "{second:?}");
}

#[tokio::test]
async fn hostile_urls_are_refused_before_a_request() {
    let http = http(&[("APP_URL", "https://2fa.example.org")]);
    let http = Http { network: Network { is_reachable: is_public, ..http.network.clone() }, ..http };
    for address in [
        "",
        "x",
        "//public.test/",
        "ftp://public.test/",
        "file:///etc/passwd",
        "data:image/png,x",
        "gopher://public.test/",
        "javascript:alert(1)",
        "http://",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://router/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://nas.lan/",
        "http://nas.home.arpa./",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/",
        "http://192.168.1.1/",
        "http://user@10.0.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[fe80::1%25eth0]/",
        "http://224.0.0.1/",
        "https://2fa.example.org/x.png",
        "https://2FA.example.org./x.png",
    ] {
        let refused = http.fetch(address, 100).await;
        assert!(matches!(refused, Err(FetchError::Refused(_))), "{address}: {refused:?}");
    }
}

/// All addresses may be reached, except those of the installation itself.
#[tokio::test]
async fn o_02_the_installation_itself_is_never_asked() {
    let inside = serve(answer("200 OK", b"inside")).await;
    let head = format!("302 Found\r\nLocation: http://127.0.0.1:{inside}/");
    let redirect = serve(answer(&head, b"")).await;
    let everything: fn(IpAddr) -> bool = |_| true;
    let listens = format!("127.0.0.1:{inside}");
    for vars in [
        &[("LISTEN", listens.as_str())][..],
        &[("LISTEN", "[::ffff:127.0.0.1]:80")],
        &[("TRUSTED_PROXIES", "127.0.0.1")],
        &[("TRUSTED_PROXIES", "*"), ("LISTEN", listens.as_str())],
        &[("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.1/32")],
        &[("APP_URL", "http://127.0.0.1:8080")],
        &[("APP_URL", "http://[::ffff:7f00:1]")],
    ] {
        let http = http(vars);
        let http = Http { network: Network { is_reachable: everything, ..http.network.clone() }, ..http };
        for host in ["127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"] {
            let refused = http.fetch(&format!("http://{host}:{inside}/x.png"), 100).await;
            assert!(matches!(refused, Err(FetchError::Refused(_))), "{vars:?} {host}: {refused:?}");
        }
        let refused = http.fetch(&format!("http://public.test:{inside}/x.png"), 100).await;
        assert!(matches!(refused, Err(FetchError::Failed(_))), "{vars:?}: {refused:?}");
    }
    let redirected = http(&[]).fetch(&format!("http://public.test:{redirect}/"), 100).await;
    assert!(matches!(redirected, Err(FetchError::Status(StatusCode::FOUND))), "{redirected:?}");
}

#[tokio::test]
async fn an_outgoing_proxy_makes_the_requests_and_is_no_target() {
    let port = serve(answer("200 OK", b"by proxy")).await;
    let proxy = format!("http://user:secret@private.test:{port}");
    let http = http(&[("PROXY_FOR_OUTGOING_REQUESTS", &proxy)]);
    // The proxy may be in any network; no other name is resolved.
    let only_proxy: Lookup = |name| {
        assert_eq!(name, "private.test");
        lookup("public.test".to_owned())
    };
    let http = Http { network: Network { lookup: only_proxy, ..http.network.clone() }, ..http };
    for name in ["unknown.test", "mixed.test"] {
        assert_eq!(http.fetch(&format!("http://{name}/x.png"), 100).await.unwrap(), b"by proxy");
    }
    for address in ["http://private.test/", "http://10.0.0.1/", "http://localhost/", "http://[::ffff:127.0.0.1]/"] {
        let refused = http.fetch(address, 100).await;
        assert!(matches!(refused, Err(FetchError::Refused(_))), "{address}: {refused:?}");
    }
}

#[tokio::test]
async fn lookups_of_icons_pause_for_a_minute_without_a_network() {
    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
    let count = |name| {
        LOOKUPS.fetch_add(1, Ordering::Relaxed);
        lookup(name)
    };
    let http = http(&[]);
    let http = Http { network: Network { lookup: count, ..http.network.clone() }, ..http };
    let wanted = Collection { name: "selfh".into(), variant: "regular".into(), strict: false };
    let collections = Collections::default();
    let find = async |seconds| {
        let clock = Clock::new(move || jiff::Timestamp::from_second(seconds).unwrap());
        assert_eq!(collections.find(&http, &clock, &wanted, "Acme").await, None);
        LOOKUPS.load(Ordering::Relaxed)
    };
    assert_eq!([find(1000).await, find(1001).await, find(1059).await], [1, 1, 1]);
    assert_eq!(find(1060).await, 2);
}

#[test]
fn there_is_no_client_if_outgoing_requests_are_off() {
    let vars = Vars::new(BTreeMap::from([("OUTGOING_REQUESTS".to_owned(), "false".to_owned())]));
    assert!(Http::to_public_network(&Config::read(vars).unwrap()).is_none());
}

#[tokio::test]
async fn a_configured_host_may_be_in_any_network_and_is_the_only_one() {
    let port = serve(answer("200 OK", b"keys")).await;
    let address = Url::parse(&format!("http://127.0.0.1:{port}/keys")).unwrap();
    let proxy = Url::parse("http://192.0.2.1:3128").unwrap();
    let http = Http::to_host_of(&address, Some(proxy.clone()));
    assert_eq!(http.fetch(address.as_str(), 4).await.unwrap(), b"keys", "requests to this machine bypass the proxy");
    assert!(matches!(http.fetch(address.as_str(), 3).await, Err(FetchError::TooLong)));
    for other in
        [format!("http://127.0.0.2:{port}/"), "http://localhost/".to_owned(), "https://example.org/".to_owned()]
    {
        assert!(matches!(http.fetch(&other, 4).await, Err(FetchError::Refused(_))), "{other}");
    }
    let away = Url::parse("https://keys.example.org/").unwrap();
    assert_eq!(Http::to_host_of(&away, Some(proxy.clone())).proxy, Some(proxy));
}
