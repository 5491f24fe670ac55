//! The table of keys: section, name, type, default, bounds and documentation of every setting, once.
//!
//! The table makes the typed sections of [`Config`](super::Config), and drives reading, checking, `show`, the schema and the
//! names of the environment variables. A test compares it with `config/chimera-insight.toml`. Those of the agents stand in `agents`. A
//! table of the same make, in `many`, has the keys of the tables that there can be many of (`[[rule]]`, `[[budget]]` and so on) and that no
//! variable sets.

use std::path::PathBuf;
use std::time::Duration;

use super::checks;
use super::kind::Kind;
use super::value::Literal::{self, Count, Flag, List, Number, Text};
use super::value::words;
use super::values::{Mismatch, Values};

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// `watch`, `mail.smtp`.
    pub section: &'static str,
    /// `settle`.
    pub name: &'static str,
    /// `watch.settle`.
    pub path: &'static str,
    /// What it means, in lines.
    pub doc: &'static [&'static str],
    pub kind: Kind,
    pub default: Literal,
}

impl Key {
    /// The environment variable that overrides it: `CHIMERA_INSIGHT_WATCH_SETTLE`.
    pub fn variable(&self) -> String {
        format!("{}{}", super::PREFIX, self.path.to_uppercase().replace('.', "_"))
    }
}

/// One section.
#[derive(Debug)]
pub(super) struct Section {
    /// As in the header of the file: `mail.smtp`.
    pub path: &'static str,
    /// What it is about, in lines.
    pub doc: &'static [&'static str],
    pub keys: &'static [Key],
}

/// All sections in the order of the file.
pub(super) fn sections() -> impl Iterator<Item = &'static Section> {
    GENERAL.iter().chain(AGENTS)
}

/// All keys in the order of the file.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    sections().flat_map(|section| section.keys)
}

/// Declares sections, and a type for each that has a name; one without is of the type of another, which has the same keys.
macro_rules! keys {
    ($(#[doc = $all:literal])+ $sections:ident $(
        $(#[doc = $about:literal])+
        [$path:literal] $($group:ident)? { $($body:tt)+ }
    )+) => {
        $(keys! { @group [$($group)?] [$(#[doc = $about])+] $path { $($body)+ } })+

        $(#[doc = $all])+
        pub(in crate::config) static $sections: &[Section] = &[$(Section {
            path: $path,
            doc: &[$($about),+],
            keys: keys! { @keys $path { $($body)+ } },
        }),+];
    };

    (@group [] $($section:tt)+) => {};

    (@group [$group:ident] [$($about:tt)+] $path:literal {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $kind:expr;)+
    }) => {
        $($about)+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $group {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl $group {
            pub(in crate::config) fn from_values(values: &Values) -> Result<Self, Mismatch> {
                Self::of_section($path, values)
            }

            /// From another section with the same keys.
            pub(in crate::config) fn of_section(section: &str, values: &Values) -> Result<Self, Mismatch> {
                Ok(Self { $($name: values.typed(section, stringify!($name))?,)+ })
            }
        }
    };

    (@keys $path:literal {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $kind:expr;)+
    }) => {
        &[$(Key {
            section: $path,
            name: stringify!($name),
            path: concat!($path, ".", stringify!($name)),
            doc: &[$($doc),+],
            kind: $kind,
            default: $default,
        }),+]
    };
}

mod agents;
mod many;

use agents::AGENTS;
pub use agents::{AgentKeys, Agents, Backend, Limits};
pub(super) use many::TABLES;
pub use many::{Absence, Budget, Route, Rule, Series, Webhook};

words! {
    /// How mail leaves.
    Transport {
        /// As files, one a mail and recipient.
        Files = "files",
        /// To a mail server.
        Smtp = "smtp",
    }
}

words! {
    /// How the connection to the mail server is protected.
    Security {
        /// TLS from the first byte on port 465; plain text to a loopback host with nothing to protect (no user, no `ca_file`);
        /// STARTTLS otherwise.
        Auto = "auto",
        /// Begin in plain text, refuse to go on without STARTTLS.
        StartTls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// No TLS; on a loopback host only.
        None = "none",
    }
}

const MIB: u64 = 1 << 20;
const TEN_MS: Duration = Duration::from_millis(10);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const CENTURY: Duration = Duration::from_secs(36_525 * 24 * 3600);

keys! {
    /// All sections but those of the agents, in the order of the file.
    GENERAL

    /// Which files are looked at, and when they are taken as complete.
    ["watch"] Watch {
        /// Directories to watch, with everything below them: relative to the tree, or absolute.
        /// One that does not exist yet is waited for.
        roots: Vec<PathBuf> = List(&["reports", "csv_data", "artifacts"]), Kind::List(checks::root);
        /// What to leave alone, in the manner of .gitignore: `draft-*` is a name anywhere, `scratch/` a directory anywhere,
        /// `reports/old/` a path from the tree or from a root. Hidden and temporary files are always left alone.
        ignore: Vec<String> = List(&[]), Kind::List(checks::glob);
        /// A file is read when two looks this far apart found it unchanged.
        settle: Duration = Text("1s"), Kind::Duration(TEN_MS, HOUR);
        /// A landing (the files that belong together) ends when nothing new arrived for this long.
        quiet: Duration = Text("2s"), Kind::Duration(TEN_MS, HOUR);
        /// A landing ends at this age at the latest, even if files keep arriving.
        max_age: Duration = Text("60s"), Kind::Duration(TEN_MS, DAY);
        /// How often everything is looked at although no event came: file systems lose events without saying so.
        rescan: Duration = Text("5m"), Kind::Duration(TEN_MS, DAY);
        /// Look every `poll_interval` instead of waiting for events of the file system (NFS and some overlays give none).
        poll: bool = Flag(false), Kind::Flag;
        /// How often to look when `poll` is true.
        poll_interval: Duration = Text("10s"), Kind::Duration(TEN_MS, HOUR);
        /// Larger files are not read, and reported as too large. Delimited text and JSON Lines are read in pieces, whatever their size.
        max_file_size: u64 = Text("16GiB"), Kind::Size(1024, 1024 * 1024 * MIB);
        /// A file in any other format is refused when it holds more text than this (unpacked, if it is packed), because it is read whole.
        max_text_size: u64 = Text("32MiB"), Kind::Size(1024, 1024 * MIB);
    }

    /// How names are understood. What holds for certain files only is said by rules: `[[rule]]`.
    ["read"] Read {
        /// Words and phrases in the names of metrics of which less is better, added to the built-in ones and stronger than these.
        lower: Vec<String> = List(&[]), Kind::List(checks::phrase);
        /// Words and phrases in the names of metrics of which more is better.
        higher: Vec<String> = List(&[]), Kind::List(checks::phrase);
        /// Words and phrases in the names of metrics that are good neither way: these never alert.
        neutral: Vec<String> = List(&[]), Kind::List(checks::phrase);
    }

    /// Where the index and the outbox live.
    ["state"] State {
        /// The state directory: relative to the tree, or absolute. One process at a time holds it.
        dir: PathBuf = Text(".chimera-insight"), Kind::Text(checks::directory);
    }

    /// The reports.
    ["report"] Report {
        /// One directory for all reports, relative to the tree or absolute; empty: each report beside the artifacts it is about.
        dir: Option<PathBuf> = Text(""), Kind::Text(checks::path);
        /// Write an HTML file beside each Markdown report.
        html: bool = Flag(true), Kind::Flag;
        /// What times are shown in to people: "UTC", "local" (that of this machine), or a name such as "Europe/Berlin". Data and the names
        /// of files stay in UTC.
        time_zone: String = Text("UTC"), Kind::Text(checks::time_zone);
        /// Write insight.html, a page that links all reports, at the top of the tree, or in `dir` if that is set.
        index: bool = Flag(true), Kind::Flag;
        /// So many of the newest reports are kept, and the files of older ones are removed unless somebody has changed them; 0: all are kept.
        /// What the index knows stays: `chimera-insight report 12 --render` writes an old report anew.
        keep_count: usize = Count(0), Kind::Count(0, 1_000_000_000);
        /// Reports are kept for this long, `90d`, and then removed as above; 0d: for ever.
        keep_age: Duration = Text("0d"), Kind::Duration(Duration::ZERO, CENTURY);
    }

    /// How changes are told from noise.
    ["judge"] Judge {
        /// Smaller changes are never reported, however certain: a fraction of the level (0.02 or "2%").
        min_effect: f64 = Number(0.02), Kind::Fraction(0.0, 1.0);
        /// False alarms in 1000 runs of a series in which nothing changes that are put up with; lower is calmer, and later.
        false_alarms: f64 = Number(0.2), Kind::Number(0.001, 100.0);
        /// Good runs in a row that end an alert.
        recover_runs: usize = Count(3), Kind::Count(1, 100);
        /// Hours after its end within which an alert that fires again goes on in the same thread of mail.
        reopen_hours: usize = Count(24), Kind::Count(0, 720);
        /// When so much of all that was measured in an environment moved for the worse together, that is one alert of the environment.
        environment_share: f64 = Number(0.8), Kind::Fraction(0.5, 1.0);
        /// Judge and report, but mail nobody: to try it out beside what you have. What fell into this time is never mailed later.
        shadow: bool = Flag(false), Kind::Flag;
    }

    /// Who is told about regressions, and how.
    ["mail"] Mail {
        /// Recipients; each gets a mail of its own, so that one bad address does not hold up the others.
        to: Vec<String> = List(&["team@localhost"]), Kind::List(checks::address);
        /// Sender; empty: `chimera-insight@` and the name of this host.
        from: Option<String> = Text(""), Kind::Text(checks::optional_address);
        /// "files" writes each mail into a directory, "smtp" hands it to the server of `[mail.smtp]`.
        transport: Transport = Text("files"), Kind::Word(Transport::WORDS);
        /// Where "files" puts the mails, relative to the tree or absolute; empty: `outbox` in the state directory.
        files_dir: Option<PathBuf> = Text(""), Kind::Text(checks::path);
        /// Begins every subject.
        subject_prefix: String = Text("[chimera]"), Kind::Text(checks::header);
        /// The List-Id header, to filter on (`benchmarks.example.org`, or words and that in angle brackets); "auto": `chimera-insight.` and the
        /// name of this host; empty: no such header.
        list_id: String = Text("auto"), Kind::Text(checks::list_id);
        /// From this effect on an alert is major, for `[[route]]`: a fraction of the level. What is less is minor.
        major: f64 = Number(0.1), Kind::Fraction(0.0, 1.0);
        /// From this effect on it is critical.
        critical: f64 = Number(0.25), Kind::Fraction(0.0, 1.0);
        /// Reminders of an alert that nobody has acknowledged: how long after it was told, and after each reminder; the last pause
        /// repeats. Empty: none.
        remind: Vec<String> = List(&["1d", "7d"]), Kind::List(checks::pause);
        /// Updates about an alert are at least so far apart: what is new meanwhile waits and comes together. That it is over is told at once.
        update_gap: Duration = Text("5m"), Kind::Duration(Duration::ZERO, DAY);
        /// No mail leaves then, in the local time of `[report] time_zone`: "22:00-07:00", "sat", "mon-fri 18:00-08:00". What is held back
        /// comes afterwards, in one mail.
        quiet_hours: Vec<String> = List(&[]), Kind::List(checks::quiet);
        /// No recipient gets more mails in an hour; the others come later, in one mail. 0: no such cap.
        max_per_hour: u32 = Count(20), Kind::Count(0, 100_000);
        /// When a digest of the week is mailed to `to`: "mon 08:00"; empty: never.
        weekly: Option<String> = Text(""), Kind::Text(checks::weekly);
    }

    /// The mail server, for transport = "smtp".
    ["mail.smtp"] Smtp {
        /// Name or address of the server.
        host: String = Text("localhost"), Kind::Text(checks::host);
        /// Port; 587 is for submission, 465 for TLS from the first byte, 25 for servers among themselves.
        port: u16 = Count(587), Kind::Count(1, 65_535);
        /// "auto" (TLS from the first byte on port 465, plain text to a loopback host without user and `ca_file`, STARTTLS
        /// otherwise), "starttls", "tls", or "none" (loopback hosts only).
        security: Security = Text("auto"), Kind::Word(Security::WORDS);
        /// User to log in as; empty: no login. Needs one of the three password keys.
        user: Option<String> = Text(""), Kind::Text(checks::header);
        /// File that holds the password and nothing else, relative to the file that says so.
        password_file: Option<PathBuf> = Text(""), Kind::File;
        /// Environment variable that holds the password.
        password_env: Option<String> = Text(""), Kind::Text(checks::variable);
        /// systemd credential that holds the password (LoadCredential= in the unit).
        password_credential: Option<String> = Text(""), Kind::Text(checks::credential);
        /// PEM file with the certificate of an own authority, trusted beside those of the system;
        /// relative to the file that says so.
        ca_file: Option<PathBuf> = Text(""), Kind::File;
        /// How long the server may take to answer a command.
        timeout: Duration = Text("60s"), Kind::Duration(SECOND, HOUR);
    }

    /// What is logged.
    ["log"] Log {
        /// "error", "warn", "info", "debug", "trace", "off", or directives such as "info,chimera_insight::watch=debug".
        level: String = Text("info"), Kind::Text(checks::log_filter);
    }
}
