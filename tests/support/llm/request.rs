//! What a client sent.

use serde_json::Value;

/// A request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// As they were written, in their order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// Whether a model is asked something.
    pub fn is_question(&self) -> bool {
        ["/api/chat", "/api/generate", "/v1/chat/completions"].contains(&self.path.as_str())
    }

    /// A header in any case; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The body; null when it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The messages of a question by role: `system`, `user`.
    pub fn messages(&self) -> Vec<(String, String)> {
        let body = self.json();
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let text = |message: &Value, key: &str| message[key].as_str().unwrap_or_default().to_owned();
        messages.iter().map(|message| (text(message, "role"), text(message, "content"))).collect()
    }

    /// All that the model reads, one message after the other.
    pub fn prompt(&self) -> String {
        self.messages().into_iter().map(|(_, content)| content + "\n").collect()
    }

    /// The messages of one role.
    pub fn said_by(&self, role: &str) -> String {
        self.messages().into_iter().filter(|(by, _)| by == role).map(|(_, content)| content + "\n").collect()
    }

    /// The JSON Schema that the answer is to follow; null when there is none.
    pub fn schema(&self) -> Value {
        let body = self.json();
        let ollama = &body["format"];
        if ollama.is_object() { ollama.clone() } else { body["response_format"]["json_schema"]["schema"].clone() }
    }

    /// Which agent asks: `collector` or `insight` by the answer that it wants, else nothing. Where the schema is too large for the
    /// context, what the system is told says it.
    pub fn agent(&self) -> &'static str {
        let (schema, told) = (self.schema(), self.said_by("system"));
        let wants = |key: &str| schema["properties"].get(key).is_some() || told.contains(&format!("\"{key}\""));
        match (wants("observations"), wants("recommendations")) {
            (true, false) => "collector",
            (false, true) => "insight",
            _ => "",
        }
    }
}
