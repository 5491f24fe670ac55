//! `scan` and the commands beside it, from outside: the real binary on real directories.

mod judging;
