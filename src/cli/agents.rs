//! `agents check|prompt`: whether the models can be asked, and what they would be told.

pub mod settings;
