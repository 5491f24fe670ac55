//! The two agents from outside: the real binary, and servers of models that are well or misbehave.

mod fake;
mod good;
mod misbehaviour;
mod prompts;
mod queue;
mod replay;
mod series;
mod talk;
mod verify;
