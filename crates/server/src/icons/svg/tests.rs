use proptest::prelude::*;

use super::*;

fn sanitize(svg: &[u8]) -> Result<Vec<u8>, PictureError> {
    super::sanitize(svg, &|| false)
}

fn picture(inside: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inside}<rect width="9" height="9"/></svg>"#
    )
}

fn safe(svg: &str) -> String {
    String::from_utf8(sanitize(svg.as_bytes()).unwrap()).unwrap()
}

/// Checks that a picture with this content keeps its rectangle, and none of these words.
#[track_caller]
fn check(inside: &str, gone: &[&str]) {
    let safe = safe(&picture(inside));
    let lower = safe.to_ascii_lowercase();
    for word in gone {
        assert!(!lower.contains(word), "{word} is left of {inside}: {safe}");
    }
    assert!(lower.contains("<rect"), "{safe}");
}

#[test]
fn scripts_are_removed() {
    check("<script>alert(1)</script>", &["script", "alert"]);
    check("<script href='https://evil.example/x.js'/>", &["script", "evil"]);
    check("<ScRiPt>alert(1)</ScRiPt><g><script>alert(2)</script></g>", &["script", "alert"]);
    check("<x:script xmlns:x='http://www.w3.org/2000/svg'>alert(1)</x:script>", &["script", "alert"]);
    check("<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>", &["script", "alert"]);
    check("<handler type='application/ecmascript'>alert(1)</handler>", &["handler", "alert"]);
    check("<![CDATA[<script>alert(1)</script>]]>", &["<script"]);
}

#[test]
fn event_handlers_are_removed() {
    check(
        "<circle r='3' onload='alert(1)' ONCLICK='alert(2)' onmouseover='alert(3)'/>",
        &["onload", "onclick", "alert"],
    );
    check("<animate onbegin='alert(1)' attributeName='x' dur='1s'/>", &["onbegin", "alert"]);
    check("<set attributeName='onmouseover' to='alert(1)'/>", &["onmouseover"]);
    check("<set attributeName='href' to='javascript:alert(1)'/>", &["attributename=\"href\""]);
    let root = r#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect/></svg>"#;
    assert!(!safe(root).contains("onload"));
}

#[test]
fn embedded_html_is_removed() {
    let html = "<body xmlns='http://www.w3.org/1999/xhtml'><iframe src='javascript:alert(1)'/><p>words</p></body>";
    check(
        &format!("<foreignObject>{html}</foreignObject>"),
        &["foreignobject", "iframe", "body", "words", "javascript"],
    );
    check(html, &["iframe", "body", "words"]);
    check("<iframe src='https://evil.example'/><embed src='x'/><object data='x'/>", &["iframe", "embed", "object"]);
}

#[test]
fn links_are_removed() {
    check("<a href='javascript:alert(1)'><circle r='1'/></a>", &["javascript", "alert"]);
    check("<a xlink:href=' JaVaScRiPt:alert(1)'><circle r='1'/></a>", &["javascript", "alert"]);
    check("<a xlink:href='java&#x0a;script:alert(1)'><circle r='1'/></a>", &["href", "alert"]);
    check("<a href='/settings'><circle r='1'/></a>", &["href"]);
    check("<use href='other.svg#x'/><use href='vbscript:x'/>", &["href"]);
}

#[test]
fn external_resources_are_removed() {
    let image = "<image xlink:href='http://evil.example/x.png' width='4' height='4'/>";
    let safe = safe(&picture(image));
    assert!(safe.contains(r#" data-href="http://evil.example/x.png""#) && !safe.contains(" href="), "{safe}");
    check("<use href='//evil.example/x.svg#x'/><image href='/x.png'/><image href='x.png'/>", &[" href="]);
    check("<image href='data:image/svg+xml;base64,PHN2Zy8+'/>", &["data:"]);
    check("<use href='data:image/svg+xml,&lt;svg/&gt;#x'/>", &["data:"]);
    check("<image href='data:text/html,&lt;script&gt;'/>", &["data:", "script"]);
    check("<style>@import 'https://evil.example/x.css'; rect { fill: red }</style>", &["@import"]);
    check("<style>@im\\port url(//evil.example);</style>", &["@im", "url(", "\\"]);
    check("<rect fill='url(https://evil.example/x#y)' style='fill: url(//evil.example/x)'/>", &["evil"]);
    check(
        "<g style='fill: image-set(&quot;http://evil.example/x&quot;)' fill='image-set(\"//evil.example\")'/>",
        &["evil"],
    );
    check(
        "<style>rect { fill: src('http://evil.example') } @font-face { src: url(//evil.example) }</style>",
        &["evil"],
    );
    check("<style>rect { background: url(javascript:alert(1)) }</style>", &["javascript"]);
    check("<?xml-stylesheet href='https://evil.example/x.css'?>", &["stylesheet", "evil"]);
    check("<!-- <script>alert(1)</script> -->", &["script", "--"]);
}

#[test]
fn both_kinds_of_href_make_one_attribute() {
    let both = "<image href='https://evil.example/a' xlink:href='https://evil.example/b' data-href='c' width='1'/>";
    assert_eq!(safe(&picture(both)).matches("data-href=").count(), 1);
}

#[test]
fn entities_are_limited_and_never_read_files() {
    let laughs = r#"<!DOCTYPE svg [<!ENTITY a "hahahahaha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
        <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]>
        <svg xmlns="http://www.w3.org/2000/svg"><text>&f;</text></svg>"#;
    assert_eq!(sanitize(laughs.as_bytes()), Err(PictureError::Damaged));
    let long = format!(
        r#"<!DOCTYPE svg [<!ENTITY a "{}">]><svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>"#,
        "a".repeat(60_000),
        "&a;".repeat(1000)
    );
    assert!(sanitize(long.as_bytes()).is_err());
    let file = r#"<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>"#;
    assert!(sanitize(file.as_bytes()).map_or(true, |safe| !String::from_utf8(safe).unwrap().contains("root:")));
    let harmless = r#"<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg"><!ENTITY ink "red">]><svg xmlns="&ns;"><rect fill="&ink;"/></svg>"#;
    assert!(safe(harmless).contains(r#"fill="red""#));
    assert!(!safe(harmless).contains("ENTITY"));
}

#[test]
fn depth_and_length_are_limited() {
    let nested = |depth: usize| picture(&format!("{}{}", "<g>".repeat(depth), "</g>".repeat(depth)));
    assert!(sanitize(nested(60).as_bytes()).is_ok());
    assert_eq!(sanitize(nested(3000).as_bytes()), Err(PictureError::TooLarge));
    assert_eq!(sanitize(nested(100_000).as_bytes()), Err(PictureError::TooLarge));
    let wide = |depth: usize, width: usize| {
        picture(&format!("{}{}{}", "<g>".repeat(depth), "<g/>".repeat(width), "</g>".repeat(depth)))
    };
    assert!(sanitize(wide(60, 20_000).as_bytes()).is_err(), "indentation would multiply it");
    assert_eq!(sanitize(" ".repeat(MAX_INPUT + 1).as_bytes()), Err(PictureError::TooLarge));
    let attributes: String = (0..1000).fold(String::new(), |all, index| all + &format!(" data-a{index}='x'"));
    assert!(sanitize(picture(&format!("<g{attributes}/>")).as_bytes()).is_err());
}

#[test]
fn the_cost_of_a_picture_is_bounded_by_counts() {
    // As many steps as elements and texts, whatever is declared: 51 KB of these once took minutes.
    let declared = |count: usize| (0..count).fold(String::new(), |all, index| all + &format!(" xmlns:n{index}='x'"));
    let namespaces = |count: usize, inside: &str| picture(&format!("<g{}>{inside}</g>", declared(count)));
    assert!(sanitize(namespaces(20, "<rect/>").as_bytes()).is_ok());
    assert_eq!(sanitize(namespaces(90, &"<a/>".repeat(5000)).as_bytes()), Err(PictureError::TooLarge));
    let nested = (0..10).fold("<a/>".repeat(5000), |inside, level| {
        format!("<g{}>{inside}</g>", declared(9).replace(":n", &format!(":n{level}x")))
    });
    assert_eq!(sanitize(picture(&nested).as_bytes()), Err(PictureError::TooLarge));
    let many = |count: usize| picture(&"<g/>".repeat(count));
    assert!(sanitize(many(19_000).as_bytes()).is_ok());
    assert_eq!(sanitize(many(20_000).as_bytes()), Err(PictureError::TooLarge));
    // Entities in what is dropped cost as much as in what is kept.
    let laughs = format!(
        r#"<!DOCTYPE svg [<!ENTITY a "{}">]><svg xmlns="http://www.w3.org/2000/svg">{}</svg>"#,
        "a".repeat(60_000),
        "<x>&a;</x>".repeat(100)
    );
    assert_eq!(sanitize(laughs.as_bytes()), Err(PictureError::TooLarge));
}

#[test]
fn what_is_drawn_again_and_again_is_refused() {
    let level = |id: usize| format!("<g id='g{id}'>{}</g>", format!("<use href='#g{}'/>", id + 1).repeat(10));
    let bomb: String = (0..9).map(level).collect();
    assert_eq!(sanitize(picture(&format!("{bomb}<g id='g9'><rect/></g>")).as_bytes()), Err(PictureError::TooLarge));
    assert!(sanitize(picture(&format!("{}<rect id='g4'/>", level(3))).as_bytes()).is_ok());
}

#[test]
fn work_ends_soon_after_it_is_given_up() {
    let steps = std::cell::Cell::new(0);
    let is_over = || {
        steps.set(steps.get() + 1);
        steps.get() > 50
    };
    assert_eq!(super::sanitize(picture(&"<g/>".repeat(10_000)).as_bytes(), &is_over), Err(PictureError::TooLarge));
    assert_eq!(steps.get(), 51);
}

#[test]
fn a_missing_or_misspelt_namespace_is_put_right() {
    for root in ["<svg>", "<svg xmlns='http://www.w3.org/2000/sgv'>", "<svg xmlns=''>", "<svg xmlns='svg'>"] {
        let safe = safe(&format!("{root}<script>alert(1)</script><rect width='5' onclick='alert(1)'/></svg>"));
        assert_eq!(safe, r#"<svg xmlns="http://www.w3.org/2000/svg"><rect width="5"/></svg>"#, "{root}");
    }
    let prefixed = "<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:rect/><rect/><script/></s:svg>";
    assert_eq!(safe(prefixed), r#"<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>"#);
}

#[test]
fn only_svg_and_links_of_old_are_written() {
    let inside = "<g xmlns:i='http://ns.adobe.com/AdobeIllustrator/10.0/' i:layer='yes' xml:lang='en'>\
        <i:pgf>AAAA</i:pgf><metadata><x/></metadata><use xlink:href='#a' i:href='#b'/></g>";
    let safe = safe(&picture(inside));
    assert!(safe.contains(r##"<g><use href="#a"/></g>"##), "{safe}");
}

#[test]
fn pictures_stand_still() {
    check("<animate attributeName='href' to='x'/><animateTransform/><set attributeName='fill'/>", &["animate", "<set"]);
}

#[test]
fn anything_but_svg_is_refused() {
    for text in [
        "",
        "<svg",
        "<svg>",
        "<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
        r#"<svg xmlns="http://www.w3.org/2000/svg"><rect></svg>"#,
        "\0\u{1}\u{2}",
    ] {
        assert_eq!(sanitize(text.as_bytes()), Err(PictureError::Damaged), "{text:?}");
    }
    assert!(sanitize(b"<svg xmlns='http://www.w3.org/2000/svg'>\xff\xfe</svg>").is_err());
}

#[test]
fn a_harmless_drawing_is_kept() {
    let drawing = r##"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
        <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
        <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="24" height="24" viewBox="0 0 24 24">
        <title>Häuschen &amp; Co</title><style>.a { fill: #123456 }</style>
        <defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><path id="p" d="M0 0h9"/></defs>
        <path class="a" d="M1 1h4v4z" fill="url(#g)" transform="rotate(3)"/><use xlink:href="#p" x="2"/><text>Aa</text>
        <image href="data:image/png;base64,iVBORw0KGgo=" width="1" height="1"/></svg>"##;
    let safe = safe(drawing);
    for part in [
        "Häuschen &amp; Co",
        ".a{fill:#123456}",
        r#"id="g""#,
        "stop-color=\"red\"",
        "fill=\"url(#g)\"",
        "M1 1h4v4z",
        "rotate(3)",
        "href=\"#p\"",
        ">Aa<",
        "data:image/png;base64,iVBORw0KGgo=",
        r#"viewBox="0 0 24 24""#,
    ] {
        assert!(safe.contains(part), "{part} is missing: {safe}");
    }
    assert_eq!(sanitize(safe.as_bytes()).unwrap(), safe.as_bytes(), "a second pass changes nothing");
}

proptest! {
    #[test]
    fn what_is_written_is_harmless_and_stays_as_it_is(
        inside in "(<g>|</g>|<a href=\"#x\">|</a>|<script>|</script>|<style>|</style>|<text>|</text>|<rect style='fill:|url\\(#a\\)|'/>|<use xlink:href='|//x|&lt;|&#x3c;|<!--|-->|<!\\[CDATA\\[|\\]\\]>|\\{|\\}|;|:|x){0,30}",
    ) {
        if let Ok(written) = sanitize(picture(&inside).as_bytes()) {
            let text = String::from_utf8(written.clone()).unwrap();
            prop_assert!(!text.contains("<script") && !text.contains("<a"), "{}", text);
            prop_assert_eq!(sanitize(&written), Ok(written));
        }
    }
}
