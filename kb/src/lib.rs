//! The knowledge base: articles, their index, search, import and evaluation.
