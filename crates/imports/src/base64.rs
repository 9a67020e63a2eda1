//! Base64 in the forms in which it occurs.

use data_encoding::BASE64_NOPAD;

/// The bytes of a base64 text, of either alphabet, padded or not. White space doesn't matter, except that a space in
/// between is a plus sign that a form decoder met on the way.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text
        .trim()
        .trim_end_matches('=')
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r' | b'\t'))
        .map(|byte| match byte {
            b'-' | b' ' => b'+',
            b'_' => b'/',
            byte => byte,
        })
        .collect();
    BASE64_NOPAD.decode(&letters).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_form_of_base64_is_decoded() {
        let bytes = Some(vec![0xfb, 0xff, 0xbf, 0x01]);
        for text in ["+/+/AQ==", "-_-_AQ", " +/+/AQ= ", "+/+/\r\nAQ==", " /+/AQ".trim_start()] {
            assert_eq!(decode(text) == bytes, !text.starts_with('/'), "{text}");
        }
        assert_eq!(decode("+/ /AQ"), bytes);
        assert_eq!(decode("A"), None);
        assert_eq!(decode("A*=="), None);
    }
}
