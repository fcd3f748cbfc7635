//! `agent add` and `token create`.
