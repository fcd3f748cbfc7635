//! The closed sets of values of the core, described for OpenAPI. The values come from the core, so
//! that the description cannot fall behind.

use std::borrow::Cow;

use conversation::types;
use conversation::{events, menus};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! enums {
    ($($name:ident = $core:ty, $what:literal;)+) => {$(
        #[doc = $what]
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($what))
                    .enum_values(Some(<$core>::ALL.iter().map(|value| value.as_str())))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

enums! {
    BlockedKind = conversation::blocked::Kind, "What is blocked: a mail address, a mail domain with what is under it, a WhatsApp number or user id, a browser in the chat, a user of Instagram, Messenger or another messenger.";
    BroadcastState = conversation::broadcasts::State, "How far a broadcast is: its recipients are looked up; they are known; it begins at a time; it leaves; somebody stopped it, or the channel did; everybody was written to; it was ended before that.";
    RecipientState = conversation::broadcasts::Shown, "Where a recipient stands: not written to yet; their message is on its way, was taken by the channel, arrived, was read, failed; they get none.";
    BounceReason = types::BounceReason, "Why mail came back.";
    Channel = types::Channel, "A kind of way in and out.";
    MenuAbout = menus::About, "What of the business's data an entry of a menu answers with: what is owed, the last invoices, where tickets stand, the machines, the visits to come.";
    MenuAppears = menus::Appears, "When a menu comes by itself: to a greeting and where the bot has no answer, or first of all.";
    MenuDoes = menus::Word, "What an entry of a menu does.";
    IdentityKind = types::IdentityKind, "How a channel knows a contact.";
    Level = types::Level, "Who has it now: the bot, first line, technicians, development.";
    ConversationStatus = types::ConversationStatus, "The state of a conversation.";
    DocumentKind = billing::state::Kind, "What a document is.";
    DocumentStatus = billing::state::Status, "Where a document stands today.";
    MachineStatus = equipment::Status, "What a machine is doing.";
    CounterKind = equipment::CounterKind, "What a counter counts.";
    ReadingSource = equipment::Source, "Where a reading came from.";
    Doubt = equipment::Doubt, "What is odd about a reading.";
    Meaning = equipment::Meaning, "How an odd reading is to be understood: right as it stands, the counter began again at zero, it was replaced, the earlier reading was wrong.";
    RequestKind = equipment::RequestKind, "What a customer asks for about a machine.";
    VisitState = equipment::VisitState, "Where a visit stands.";
    TicketStatus = types::TicketStatus, "The state of a ticket.";
    TicketKind = types::TicketKind, "The kind of a ticket.";
    Priority = types::Priority, "How urgent it is.";
    MessageKind = types::MessageKind, "From the customer, to the customer, to the customer but not on its way yet, for agents only, or a line that says what happened.";
    ActorKind = types::ActorKind, "Who wrote a message or did a thing.";
    DeliveryState = types::DeliveryState, "How far the sending of a message is. `scheduled` can be taken back; `failed` is final unless it is sent again.";
    RecipientRole = types::RecipientRole, "How a mail names one of its recipients.";
    Auto = types::Auto, "Whether a person wrote it (RFC 3834, RFC 3464).";
    MatchedBy = types::MatchedBy, "Which key chose the conversation of a message.";
    Role = types::Role, "What a person or token may do: everything; work on conversations; see only.";
    InboxHealth = types::InboxHealth, "How an inbox is doing: nothing was heard of it yet, it works, it does not.";
    Language = types::Language, "A language that every text a person reads exists in.";
    EventKind = events::EventKind, "What kind of thing changed.";
}
