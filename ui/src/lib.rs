//! Shared HTML: layout, components, translations and browser assets.
