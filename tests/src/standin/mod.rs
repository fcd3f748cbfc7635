//! Stand-ins for outside services. The one for WhatsApp lives beside the adapter, because the demo of
//! the shipped binary uses it too.

pub mod whatsapp {
    //! Meta's Graph API and the customers behind it.
    pub use channels::whatsapp::standin::*;
}
