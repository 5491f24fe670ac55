//! `scan` and the commands beside it, from outside: the real binary on real directories.

mod admission;
mod agents;
mod backtest;
mod bad_input;
mod budgets;
mod check;
mod configuration;
mod corpus;
mod detection;
mod excluding;
mod facts;
mod first_page;
mod formats;
mod history;
mod identity;
mod inventory;
mod judging;
mod looking_back;
mod mailing;
mod reading;
mod report;
mod rules;
mod surface;
mod tools;
mod verify;
