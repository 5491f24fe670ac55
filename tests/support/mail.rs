//! Reading a mail back, just enough for ours: unfolded headers, `multipart/alternative` with `multipart/related` inside,
//! quoted-printable or plain bodies, pictures by name.

/// A mail, decoded.
#[derive(Debug, Clone)]
pub struct Mail {
    headers: Vec<(String, String)>,
    /// The `text/plain` part.
    pub text: String,
    /// The `text/html` part.
    pub html: String,
    /// The Content-IDs of the pictures, without angle brackets.
    pub pictures: Vec<String>,
    /// As it was sent.
    pub raw: Vec<u8>,
}

impl Mail {
    /// Reads a mail.
    pub fn parse(raw: &[u8]) -> Self {
        let source = std::str::from_utf8(raw).expect("a mail is ASCII").replace("\r\n", "\n");
        let (headers, body) = split(&source);
        let mut mail = Self {
            headers: headers.clone(),
            text: String::new(),
            html: String::new(),
            pictures: Vec::new(),
            raw: raw.to_vec(),
        };
        assert!(find(&headers, "Content-Type").is_some(), "a mail has a type");
        mail.read(&headers, body);
        mail
    }

    /// Reads a part and those inside it.
    fn read(&mut self, headers: &[(String, String)], body: &str) {
        let boundary = find(headers, "Content-Type").and_then(|kind| kind.split_once("boundary="));
        let Some((_, rest)) = boundary else { return self.take(headers, body) };
        let boundary = rest.trim_start_matches('"').split(['"', ';']).next().expect("a boundary");
        for part in body.split(&format!("--{boundary}")).skip(1).filter(|part| !part.starts_with("--")) {
            let (headers, body) = split(part.trim_start_matches('\n'));
            self.read(&headers, body);
        }
    }

    fn take(&mut self, headers: &[(String, String)], body: &str) {
        let kind = find(headers, "Content-Type").unwrap_or("text/plain");
        if kind.starts_with("image/") {
            let id = find(headers, "Content-ID").expect("a picture has a name");
            self.pictures.push(id.trim_matches(['<', '>']).to_owned());
            return;
        }
        let text = match find(headers, "Content-Transfer-Encoding").unwrap_or("7bit") {
            "quoted-printable" => {
                let crlf = body.replace('\n', "\r\n");
                let bytes =
                    quoted_printable::decode(crlf, quoted_printable::ParseMode::Strict).expect("quoted-printable");
                String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
            }
            "7bit" | "8bit" => body.to_owned(),
            other => panic!("a transfer encoding that is not expected: {other}"),
        };
        if kind.starts_with("text/html") {
            self.html = text;
        } else {
            self.text = text;
        }
    }

    /// A header, unfolded, in any case; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        find(&self.headers, name).unwrap_or_default()
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        self.header("Subject")
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Headers and body of a mail or a part.
fn split(source: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = source.split_once("\n\n").expect("an empty line ends the headers");
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a header: {line:?}"));
        (name.to_owned(), value.trim().to_owned())
    };
    (unfolded.lines().map(header).collect(), body)
}
