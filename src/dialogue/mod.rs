//! What is said to the two agents, and what of their answers may be printed: prompts within a budget, the gate, and how what is left
//! of an answer joins the report. All of it is pure; the calls are made in [`agent`](crate::agent).
//!
//! A model never writes a number. It refers to facts, the program renders them, and a sentence that does not hold is dropped with its
//! reason: an answer can make a report richer, and nothing else.

mod budget;
mod calls;
pub mod gate;
mod interest;
pub mod join;
mod left_out;
pub mod metrics;
pub mod persona;
pub mod prompt;
mod prompt_lines;
mod prompt_rules;
pub mod repair;
mod said;
mod statement;

pub use budget::{Budget, CAUTIOUS};
pub use calls::CallsDoc;
pub use metrics::Seconds;
pub use prompt::{Prompt, Shown};
pub use said::{Dropped, Persona, Said, Standing};
pub use statement::{Piece, Statement};
