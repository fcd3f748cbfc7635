//! The sample business.

/// Where its customers write.
pub(super) const SUPPORT: &str = "soporte@andinas.example";
/// Where it is: in Quito, as its addresses say.
pub(super) const TIME_ZONE: &str = "America/Guayaquil";
