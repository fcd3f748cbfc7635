//! Ids and words as columns.

use conversation::{ids, text_enum};

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

text_enum! {
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

text_enum! {
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

text_enum! {
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

text_enum! {
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

text_enum! {
    /// What is odd about a reading.
    Doubt, "doubt" {
        /// It is lower than the one before.
        Lower = "lower",
        /// It is much more than this machine makes.
        Jump = "jump",
    }
}

text_enum! {
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

text_enum! {
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

text_enum! {
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
