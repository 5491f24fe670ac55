//! The two agents from outside: the real binary, and servers of models that are well or misbehave.

mod fake;
