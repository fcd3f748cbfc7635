//! Ids and words as columns.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
        impl<DB: Database> Type<DB> for $name
        where
            String: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as Type<DB>>::compatible(ty)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            String: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Self(<String as Decode<'r, DB>>::decode(value)?))
            }
        }
    )+};
}

ids! {
    /// Where machines stand.
    SiteId,
    /// A machine.
    MachineId,
    /// A counter of a machine.
    CounterId,
    /// What a counter showed on a day.
    ReadingId,
    /// What was agreed about machines.
    ContractId,
    /// What a customer asked for about a machine.
    RequestId,
    /// A technician at a machine.
    VisitId,
}

/// An enum whose values are words in columns, addresses and the API.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// As it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = conversation::Error;
            fn from_str(text: &str) -> Result<Self, conversation::Error> {
                match text {
                    $($text => Ok($name::$variant),)+
                    other => Err(conversation::Error::Invalid(format!(
                        concat!("`{}` is not a ", $what, "; expected one of: {}"),
                        other.chars().take(40).collect::<String>(),
                        [$($text),+].join(", ")
                    ))),
                }
            }
        }
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as sqlx::Type<DB>>::compatible(ty)
            }
        }
        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            String: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(<String as sqlx::Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a machine is doing.
    Status, "status of a machine" {
        /// In use.
        Active = "active",
        /// Being repaired.
        Repair = "repair",
        /// In store.
        Stored = "stored",
        /// Taken away for good.
        Retired = "retired",
    }
}

words! {
    /// What a counter counts.
    CounterKind, "counter" {
        /// Black pages.
        Mono = "mono",
        /// Colour pages.
        Color = "color",
        /// Large pages.
        A3 = "a3",
        /// Scans.
        Scan = "scan",
        /// All pages.
        Total = "total",
    }
}

words! {
    /// What a reading says beside its number.
    ReadingKind, "kind of reading" {
        /// The counter went on.
        Plain = "plain",
        /// The counter ran over its last digit and began at zero.
        Rollover = "rollover",
        /// The counter was replaced; the number is where the new one begins.
        Replaced = "replaced",
    }
}

words! {
    /// Where a reading came from.
    Source, "source of a reading" {
        /// The customer in the portal.
        Portal = "portal",
        /// Somebody of the business.
        Agent = "agent",
        /// A program.
        Api = "api",
        /// A file.
        File = "file",
        /// A mail.
        Email = "email",
        /// A chat.
        Whatsapp = "whatsapp",
        /// The technician.
        Visit = "visit",
    }
}

words! {
    /// What is odd about a reading.
    Doubt, "doubt" {
        /// It is lower than the one before.
        Lower = "lower",
        /// It is much more than this machine makes.
        Jump = "jump",
    }
}

words! {
    /// What a customer can ask for about a machine.
    RequestKind, "kind of request" {
        /// Something does not work.
        Service = "service",
        /// Toner or another consumable.
        Toner = "toner",
        /// A question.
        Support = "support",
        /// A reading to hand in.
        Reading = "reading",
    }
}

words! {
    /// Where a visit stands.
    VisitState, "state of a visit" {
        /// It has its time.
        Planned = "planned",
        /// The technician is on the way.
        OnWay = "on_way",
        /// The technician is at the machine.
        There = "there",
        /// It is done, and reported.
        Done = "done",
        /// It will not be.
        Cancelled = "cancelled",
    }
}

words! {
    /// How a counter is understood that shows less than before, or much more.
    Meaning, "meaning" {
        /// The number is right as it stands: a jump that was work, or (lower) a replaced counter.
        Right = "right",
        /// The counter began again at zero after its last digit.
        Rollover = "rollover",
        /// The counter was replaced.
        Replaced = "replaced",
        /// The earlier reading was wrong.
        Corrected = "corrected",
    }
}
