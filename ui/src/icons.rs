//! Icons, drawn for this project on a 20-unit grid with 1.6-unit strokes. One hidden sprite per
//! page; each use refers to a symbol of it.

use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($(#[$doc:meta])* $variant:ident = $id:literal => $paths:literal),+ $(,)?) => {
        /// An icon.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $variant,)+
        }

        impl Icon {
            const ALL: &'static [(&'static str, &'static str)] = &[$(($id, $paths)),+];

            const fn id(self) -> &'static str {
                match self { $(Icon::$variant => $id,)+ }
            }
        }
    };
}

icons! {
    /// A copier.
    Machine = "machine" => r#"<rect x="3" y="8" width="14" height="6.5" rx="1.4"/><path d="M6 8V3.8h8V8M6 14.5v2.2h8v-2.2M6 11h.1M8.5 11h.1"/>"#,
    /// A van on its way.
    Visit = "visit" => r#"<path d="M2.5 5h9v9h-9zM11.5 8h3.4l2.6 3v3h-6z"/><circle cx="6" cy="14.8" r="1.6"/><circle cx="14" cy="14.8" r="1.6"/>"#,
    /// A dial.
    Gauge = "gauge" => r#"<path d="M3.4 14.5a7.2 7.2 0 1 1 13.2 0"/><path d="m10 12.2 3-4.2"/><circle cx="10" cy="12.6" r=".9"/>"#,
    /// A folded map.
    Map = "map" => r#"<path d="m3 5.5 4.7-2 4.6 2 4.7-2v11l-4.7 2-4.6-2-4.7 2zM7.7 3.5v11M12.3 5.5v11"/>"#,
    /// A sheet with a seal.
    Contract = "contract" => r#"<path d="M5 3h7l3 3v5.5M5 3v14h5M7.5 7.5h4M7.5 10.5h4"/><circle cx="13.5" cy="14" r="2.2"/><path d="m12.4 15.8-.4 2 1.5-.8 1.5.8-.4-2"/>"#,
    /// A house.
    Home = "home" => r#"<path d="m3 9.5 7-6 7 6M5 8v8.5h3.8v-4h2.4v4H15V8"/>"#,
    /// A tray.
    Inbox = "inbox" => r#"<path d="M3 11.5 5.2 4.6A1.5 1.5 0 0 1 6.6 3.5h6.8a1.5 1.5 0 0 1 1.4 1.1L17 11.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15z"/><path d="M3 11.5h4l1 2h4l1-2h4"/>"#,
    /// A ticket stub.
    Ticket = "ticket" => r#"<path d="M3 6.5A1.5 1.5 0 0 1 4.5 5h11A1.5 1.5 0 0 1 17 6.5V8.2a1.9 1.9 0 0 0 0 3.6v1.7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 13.5v-1.7a1.9 1.9 0 0 0 0-3.6z"/><path d="M12 5v2m0 2v2m0 2v2"/>"#,
    /// An open book.
    Book = "book" => r#"<path d="M10 5.5C8.5 4.3 6 4 3 4.2v11c3-.2 5.5.1 7 1.3 1.5-1.2 4-1.5 7-1.3v-11c-3-.2-5.5.1-7 1.3z"/><path d="M10 5.5v11"/>"#,
    /// Sliders.
    Settings = "settings" => r#"<path d="M3 6h7m4 0h3M3 14h3m4 0h7"/><circle cx="12" cy="6" r="2"/><circle cx="8" cy="14" r="2"/>"#,
    /// A door with an arrow.
    SignOut = "sign-out" => r#"<path d="M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3"/><path d="M8.5 10H17m-3-3 3 3-3 3"/>"#,
    /// An envelope.
    Email = "email" => r#"<rect x="2.8" y="4.5" width="14.4" height="11" rx="1.6"/><path d="m3.3 5.5 6.7 5.3 6.7-5.3"/>"#,
    /// A round speech bubble with a handset.
    Whatsapp = "whatsapp" => r#"<path d="M3.2 16.8 4.3 13.3A7 7 0 1 1 6.8 15.7z"/><path d="M7.6 7.2c-.3 2.6 2.6 5.5 5.2 5.2l.4-1.6-1.7-.8-.8.7a4 4 0 0 1-1.4-1.4l.7-.8-.8-1.7z"/>"#,
    /// Two speech bubbles.
    Webchat = "webchat" => r#"<path d="M3 5A1.5 1.5 0 0 1 4.5 3.5h7A1.5 1.5 0 0 1 13 5v4.5a1.5 1.5 0 0 1-1.5 1.5H7l-2.5 2.3V11A1.5 1.5 0 0 1 3 9.5z"/><path d="M13 7.5h2.5A1.5 1.5 0 0 1 17 9v4a1.5 1.5 0 0 1-1.5 1.5v2L13 14.5H9.5A1.5 1.5 0 0 1 8 13v-2"/>"#,
    /// A camera with rounded corners.
    Instagram = "instagram" => r#"<rect x="3.2" y="3.2" width="13.6" height="13.6" rx="4"/><circle cx="10" cy="10" r="3.3"/><path d="M14 6h.01"/>"#,
    /// A bubble with a flash.
    Messenger = "messenger" => r#"<path d="M10 3c4.2 0 7.2 2.9 7.2 6.7s-3 6.7-7.2 6.7c-.8 0-1.5-.1-2.2-.3l-2.3 1v-2.2A6.4 6.4 0 0 1 2.8 9.7C2.8 5.9 5.8 3 10 3z"/><path d="m6.3 11.5 2.6-3 2.2 2 2.6-2.2"/>"#,
    /// A bridge over its arch.
    Bridge = "bridge" => r#"<path d="M2.5 8.5h15M5.5 8.5v7m9-7v7M2.5 5.5c2.5 0 3 3 3 3s2-3.5 4.5-3.5 4.5 3.5 4.5 3.5.5-3 3-3"/>"#,
    /// A browser window with lines.
    Portal = "portal" => r#"<rect x="3" y="3.8" width="14" height="12.4" rx="1.6"/><path d="M3 7.5h14M6 10.5h8M6 13.2h5"/>"#,
    /// A loudspeaker.
    Broadcast = "broadcast" => r#"<path d="M3 8.2v3.6h2.6l7.9 3.7v-11L5.6 8.2z"/><path d="m6 12 1 4h2l-.8-3.2M16 7.6a4 4 0 0 1 0 4.8"/>"#,
    /// A handset.
    Phone = "phone" => r#"<path d="M4.5 3.5h2.8l1.3 3.6-1.9 1.3a9.5 9.5 0 0 0 4.9 4.9l1.3-1.9 3.6 1.3v2.8a1.3 1.3 0 0 1-1.4 1.3C8.6 16.3 3.7 11.4 3.2 4.9a1.3 1.3 0 0 1 1.3-1.4z"/>"#,
    /// One person.
    Person = "person" => r#"<circle cx="10" cy="7" r="3.2"/><path d="M4 16.5c.6-3 3-4.7 6-4.7s5.4 1.7 6 4.7"/>"#,
    /// A house front.
    Company = "company" => r#"<path d="M4 16.5v-12A1 1 0 0 1 5 3.5h6a1 1 0 0 1 1 1v12M12 8.5h3a1 1 0 0 1 1 1v7M2.5 16.5h15M6.7 6.7h2.6M6.7 9.7h2.6M6.7 12.7h2.6"/>"#,
    /// A robot's head.
    Bot = "bot" => r#"<rect x="3.8" y="7" width="12.4" height="8.5" rx="2.2"/><path d="M10 7V4.2M7.5 10.5v1.5m5-1.5v1.5"/><circle cx="10" cy="3.5" r=".8"/>"#,
    /// A paper clip.
    Attach = "attach" => r#"<path d="m15.5 9.3-5.8 5.8a3.3 3.3 0 0 1-4.7-4.7l6.2-6.2a2.2 2.2 0 0 1 3.1 3.1l-6 6a1.1 1.1 0 0 1-1.6-1.6l5.4-5.4"/>"#,
    /// A paper plane.
    Send = "send" => r#"<path d="M3.5 9.2 16.5 3.5l-4.7 13-2.6-5.6z"/><path d="m9.2 10.9 7.3-7.4"/>"#,
    /// A sheet with a folded corner.
    File = "file" => r#"<path d="M5 4.5A1.5 1.5 0 0 1 6.5 3H11l4 4v8.5a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 15.5z"/><path d="M11 3v4h4"/>"#,
    /// A pencil on a line.
    Note = "note" => r#"<path d="m4 13.5 8.5-8.5 2.5 2.5-8.5 8.5-3.2.7z"/><path d="M12 16.5h5"/>"#,
    /// An arrow back.
    Reply = "reply" => r#"<path d="M8 5 3.5 9.5 8 14M3.5 9.5h7.5a5.5 5.5 0 0 1 5.5 5.5"/>"#,
    /// A tick.
    Check = "check" => r#"<path d="m4 10.5 4 4 8-9"/>"#,
    /// Two ticks.
    Checks = "checks" => r#"<path d="m2 10.5 3.5 3.7 6.5-8M9.5 13l1.2 1.2 7-8"/>"#,
    /// A clock.
    Clock = "clock" => r#"<circle cx="10" cy="10" r="6.8"/><path d="M10 6v4.2l2.8 1.8"/>"#,
    /// A question mark in a ring.
    Question = "question" => r#"<circle cx="10" cy="10" r="6.8"/><path d="M8 8.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1.1"/><path d="M10 13.6v.1"/>"#,
    /// A triangle with an exclamation mark.
    Warning = "warning" => r#"<path d="m10 3.5 7.3 12.8H2.7z"/><path d="M10 8.3v3.5M10 13.9v.1"/>"#,
    /// A cross.
    Close = "close" => r#"<path d="m5 5 10 10M15 5 5 15"/>"#,
    /// A circle with a stroke through it: shut out.
    Block = "block" => r#"<circle cx="10" cy="10" r="6.8"/><path d="m5.3 5.3 9.4 9.4"/>"#,
    /// A chevron to the left.
    Back = "back" => r#"<path d="m12.5 4-6 6 6 6"/>"#,
    /// A chevron downward.
    Down = "down" => r#"<path d="m5.5 8 4.5 4.5L14.5 8"/>"#,
    /// An arrow upward in steps.
    Escalate = "escalate" => r#"<path d="M3 16.5h4.5v-4H12v-4h5M12.5 4 17 8.5 12.5 13"/>"#,
    /// A shield with a tick.
    Verified = "verified" => r#"<path d="M10 3 4.5 5v4.5c0 3.5 2.3 6 5.5 7.5 3.2-1.5 5.5-4 5.5-7.5V5z"/><path d="m7.5 10 1.8 1.8 3.4-3.8"/>"#,
    /// An arrow out of a box.
    External = "external" => r#"<path d="M8.5 4.5H5A1.5 1.5 0 0 0 3.5 6v9A1.5 1.5 0 0 0 5 16.5h9a1.5 1.5 0 0 0 1.5-1.5v-3.5M11.5 3.5h5v5M16 4 9.5 10.5"/>"#,
    /// A panel at the side.
    Panel = "panel" => r#"<rect x="3" y="4" width="14" height="12" rx="1.6"/><path d="M12.5 4v12"/>"#,
    /// A magnifying glass.
    Search = "search" => r#"<circle cx="9" cy="9" r="5.2"/><path d="m13 13 4 4"/>"#,
    /// A plus sign.
    Plus = "plus" => r#"<path d="M10 4.5v11M4.5 10h11"/>"#,
    /// Two ways that become one.
    Merge = "merge" => r#"<path d="M5.5 3.5v3c0 3 4.5 3 4.5 6.5v3.5M14.5 3.5v3c0 3-4.5 3-4.5 6.5M7.5 14.2l2.5 2.5 2.5-2.5"/>"#,
    /// A key.
    Key = "key" => r#"<circle cx="7" cy="13" r="3.4"/><path d="m9.4 10.6 7-7M13.5 6.5l2.3 2.3"/>"#,
    /// Two people.
    People = "people" => r#"<circle cx="7.5" cy="7.3" r="2.8"/><path d="M2.5 16c.5-2.7 2.5-4.2 5-4.2s4.5 1.5 5 4.2M12.6 4.8a2.8 2.8 0 0 1 0 5M14.5 12.2c1.6.6 2.7 1.9 3 3.8"/>"#,
    /// A sheet in a circle of dashes: put aside.
    Aside = "aside" => r#"<rect x="3" y="4" width="14" height="4" rx="1.2"/><path d="M4.5 8v7A1.5 1.5 0 0 0 6 16.5h8a1.5 1.5 0 0 0 1.5-1.5V8M8 11.5h4"/>"#,
    /// A globe.
    Globe = "globe" => r#"<circle cx="10" cy="10" r="6.8"/><path d="M3.2 10h13.6M10 3.2c2 2 2.8 4.3 2.8 6.8s-.8 4.8-2.8 6.8c-2-2-2.8-4.3-2.8-6.8S8 5.2 10 3.2z"/>"#,
    /// A bill with a torn edge.
    Invoice = "invoice" => r#"<path d="M5 3.5h10v13l-1.7-1.2-1.6 1.2-1.7-1.2-1.7 1.2-1.6-1.2L5 16.5z"/><path d="M7.8 7h4.4M7.8 10h4.4"/>"#,
    /// An arrow down onto a line.
    Download = "download" => r#"<path d="M10 3.5v9m-3.6-3.4L10 12.6l3.6-3.5M4 16.5h12"/>"#,
    /// A map pin.
    Pin = "pin" => r#"<path d="M10 17c3.7-3.8 5.5-6.5 5.5-8.8a5.5 5.5 0 0 0-11 0C4.5 10.5 6.3 13.2 10 17z"/><circle cx="10" cy="8.2" r="1.9"/>"#,
    /// A bell.
    Bell = "bell" => r#"<path d="M5 13.5V9a5 5 0 0 1 10 0v4.5l1.2 1.5H3.8z"/><path d="M8.3 17a1.8 1.8 0 0 0 3.4 0"/>"#,
    /// A smiling face.
    Smile = "smile" => r#"<circle cx="10" cy="10" r="6.8"/><path d="M7.2 11.5a3.2 3.2 0 0 0 5.6 0M7.6 8v.1M12.4 8v.1"/>"#,
    /// A letter over a line: a heading.
    Heading = "heading" => r#"<path d="M5.5 4v9M14.5 4v9M5.5 8.5h9M4 16.5h12"/>"#,
    /// Numbered lines.
    Steps = "steps" => r#"<path d="M8 5.5h9M8 10h9M8 14.5h9M3.4 4.6l1-.6v3M3.2 13.2c.5-.7 1.9-.5 1.9.4 0 .7-1.9 1.6-1.9 1.6h2"/>"#,
    /// A thick B.
    Bold = "bold" => r#"<path d="M6 4h4.6a3 3 0 0 1 0 6H6zM6 10h5.4a3 3 0 0 1 0 6H6z"/>"#,
    /// A leaning I.
    Italic = "italic" => r#"<path d="M9 4h5M6 16h5M11.7 4 8.3 16"/>"#,
    /// Lines with points.
    List = "list" => r#"<path d="M8 5.5h9M8 10h9M8 14.5h9M3.8 5.5v.1M3.8 10v.1M3.8 14.5v.1"/>"#,
    /// Quotation marks.
    Quote = "quote" => r#"<path d="M4 13.5c2.2 0 3.5-1.4 3.5-4V6H4v4h3.5M11.5 13.5c2.2 0 3.5-1.4 3.5-4V6h-3.5v4H15"/>"#,
    /// Two links of a chain.
    Link = "link" => r#"<path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.6 2.6a3 3 0 0 0 4.3 4.3l1-1"/>"#,
    /// A slash in a box: a text that is kept.
    Canned = "canned" => r#"<rect x="3" y="3.8" width="14" height="12.4" rx="1.6"/><path d="m11.5 6.5-3 7"/>"#,
    /// A light bulb.
    Idea = "idea" => r#"<path d="M7.5 13.5a5 5 0 1 1 5 0V15h-5zM8.3 17.3h3.4"/>"#,
    /// An eye.
    Eye = "eye" => r#"<path d="M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5z"/><circle cx="10" cy="10" r="2.2"/>"#,
    /// A bolt.
    Macro = "macro" => r#"<path d="M11 3 5 11.5h4L8.5 17 15 8.5h-4.2z"/>"#,
    /// An arrow that leads on.
    Forward = "forward" => r#"<path d="M12 5l5 5-5 5M17 10H8a5 5 0 0 0-5 5v.5"/>"#,
    /// A pencil on a sheet.
    Compose = "compose" => r#"<path d="M9 4H5a1.5 1.5 0 0 0-1.5 1.5v9A1.5 1.5 0 0 0 5 16h9a1.5 1.5 0 0 0 1.5-1.5v-4M15 3.5l1.8 1.8-6.8 6.8-2.4.6.6-2.4z"/>"#,
    /// Lines that branch.
    Rules = "rules" => r#"<path d="M3.5 5.5h6l3 4.5H17M9.5 14.5h-6M12.5 10l-3 4.5"/><path d="m14.5 7.5 2.5 2.5-2.5 2.5"/>"#,
    /// A survey.
    Star = "star" => r#"<path d="m10 3 2.1 4.5 4.9.6-3.6 3.4.9 4.9-4.3-2.4-4.3 2.4.9-4.9L3 8.1l4.9-.6z"/>"#,
    /// Reports.
    Chart = "chart" => r#"<path d="M3.5 16.5h13M5.5 13.5V9M9 13.5v-8M12.5 13.5v-5M16 13.5V7"/>"#,
    /// The live board.
    Board = "board" => r#"<rect x="2.8" y="4" width="14.4" height="9.5" rx="1.4"/><path d="M7 16.8h6M10 13.5v3.3M6 10l2.5-2.6 2 1.8 3.2-3"/>"#,
    /// An arrow that goes on to the right.
    Hand = "hand" => r#"<circle cx="6" cy="7" r="2.6"/><path d="M2 15.5c.4-2.4 1.9-3.7 4-3.7M10.5 12h6.5m-2.5-2.5L17 12l-2.5 2.5"/>"#,
    /// A plug board: two rows of sockets and one cord. The product's own mark.
    Mark = "mark" => r#"<rect x="2.5" y="2.5" width="15" height="15" rx="4.2"/><path d="M6.5 6.8v.1M10 6.8v.1M13.5 13.2v.1M10 13.2v.1"/><path d="M13.5 6.8c0 4-7 2.4-7 6.4"/>"#,
}

/// The hidden sprite; `layout::page` puts it at the start of the body.
pub fn sprite() -> Markup {
    html! {
        svg.sprite xmlns="http://www.w3.org/2000/svg" width="0" height="0" aria-hidden="true" focusable="false" {
            @for (id, paths) in Icon::ALL {
                symbol id={ "i-" (id) } viewBox="0 0 20 20" { (PreEscaped(*paths)) }
            }
        }
    }
}

/// An icon beside words that say the same; screen readers skip it.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon aria-hidden="true" focusable="false" { use href={ "#i-" (icon.id()) } {} }
    }
}
