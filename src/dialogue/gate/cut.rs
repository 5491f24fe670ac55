//! The JSON in what a model answers: without what it thought aloud, without the words and fences around it, and with the slips mended that
//! models make in writing JSON. Linear in the answer.

/// Objects that are looked at; behind so many there is no answer.
const OBJECTS: usize = 16;

/// Ends of what models with a reasoning mode think before they answer, and how it begins.
const THOUGHTS: &[(&str, &str)] =
    &[("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")];

/// What stands behind the last thought; of a thought that does not end, what stands before it.
pub(super) fn without_thoughts(text: &str) -> &str {
    for (begin, end) in THOUGHTS {
        if let Some((_, behind)) = text.rsplit_once(end) {
            return behind;
        }
        if let Some((before, _)) = text.split_once(begin) {
            return before;
        }
    }
    text
}

/// The outermost objects of a text, in order.
pub(super) fn objects(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    for _ in 0..OBJECTS {
        let Some(from) = rest.find('{').and_then(|at| rest.get(at..)) else { break };
        // A brace that nothing closes may be one of the words before the object.
        let length = closed(from);
        found.extend(length.and_then(|length| from.get(..length)));
        rest = from.get(length.unwrap_or(1)..).unwrap_or("");
    }
    found
}

/// The length of the object that begins `text`, by its braces outside of strings.
fn closed(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Without commas before a closing bracket, and in strings without bare line breaks and without escapes that JSON does not have.
pub(super) fn mended(object: &str) -> String {
    let mut out = String::with_capacity(object.len());
    let mut quoted = false;
    let mut chars = object.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                out.push(c);
            }
            '\\' if quoted => match chars.next() {
                Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => out.extend(['\\', next]),
                Some(next) => out.push(next),
                None => {}
            },
            c if quoted && c.is_control() => out.push(' '),
            '}' | ']' if !quoted => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_objects_are_cut_out() {
        assert_eq!(objects("Sure! {\"a\": \"}{\"} and {} {"), ["{\"a\": \"}{\"}", "{}"]);
        assert_eq!(objects("```JSON\n{\"a\": {\"b\": \"\\\"}\"}}\n```"), ["{\"a\": {\"b\": \"\\\"}\"}}"]);
        assert_eq!(objects("{ a brace alone, {\"a\": 1}"), ["{\"a\": 1}"]);
        assert!(objects(&"{".repeat(100_000)).is_empty());
        assert!(objects("no object").is_empty());
    }

    #[test]
    fn thoughts_are_no_answer() {
        assert_eq!(without_thoughts("<think>{\"a\": 1}</think>\n{}"), "\n{}");
        assert_eq!(without_thoughts("it began elsewhere</think>{}"), "{}");
        assert_eq!(without_thoughts("{}<think>and no end {\"a\": 1}"), "{}");
        assert_eq!(without_thoughts("{}"), "{}");
    }

    #[test]
    fn slips_are_mended() {
        assert_eq!(mended("{\"a\": [1, 2, ], \"b\": \",}\",\n}"), "{\"a\": [1, 2], \"b\": \",}\"}");
        assert_eq!(mended("{\"a\\_b\": \"x\ny\\n\\\"\"}"), "{\"a_b\": \"x y\\n\\\"\"}");
    }
}
