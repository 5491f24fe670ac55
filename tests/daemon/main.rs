//! The daemon from outside: the real binary, real directories, real inotify, real SQLite, mail over loopback.

mod agents;
mod alerts;
mod arrival;
mod asking;
mod backoff;
mod budgets;
mod checks;
mod exclude;
mod judging;
mod kills;
mod landing;
mod lock;
mod roots;
mod schedule;
mod signals;
mod smtp;
mod status;
mod webhook;

use harness::daemon;
