//! Base64 in all the forms that exports use.

use data_encoding::BASE64_NOPAD;

/// Decodes base64 of either alphabet, padded or not. White space is ignored, but a space inside is a plus sign that a
/// form decoder replaced.
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
