//! Lines of a text.

/// Where each line begins and ends, without its line end.
pub(super) fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        spans.push((start, end));
        start += line.len();
    }
    spans
}
