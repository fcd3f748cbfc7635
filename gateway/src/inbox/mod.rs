//! The agents' inbox: the pages and fragments, what agents do on them, files, and the events that
//! keep them live.

mod actions;
mod answers;
mod begin;
mod came;
mod cards;
mod chat;
mod choice;
mod composing;
mod copies;
mod customer;
mod detail;
pub(crate) mod drafting;
mod events;
mod files;
mod find;
mod identities;
mod images;
mod later;
mod lines;
mod list;
mod many;
mod messages;
mod messenger;
mod misread;
mod offered;
mod organise;
mod others;
mod outcome;
mod pages;
pub(crate) mod panels;
mod reply;
mod sender;
mod side;
mod spam;
mod standing;
mod subjects;
mod surveys;
mod thread;
mod timeline;
mod together;
mod transcript;
mod typing;
mod uploads;
pub(crate) mod whatsapp;
mod window;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;
use crate::boxed::boxed;

pub(crate) use files::original;
pub(crate) use find::{caller, people};
pub(crate) use identities::shown;
pub(crate) use sender::name as sender_name;

/// The routes of the inbox.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route("/", get(async || crate::auth::see_other(routes::INBOX)))
        .route(routes::INBOX, get(boxed(pages::inbox)))
        .route(routes::INBOX_LIST, get(boxed(pages::list)))
        .route(routes::FIND, get(boxed(find::find)))
        .route(routes::GO, get(boxed(find::go)))
        .route(routes::BEGIN, get(boxed(begin::new)).post(boxed(begin::send)))
        .route(routes::BULK, post(boxed(many::bulk)))
        .route(routes::VIEWS, post(boxed(many::keep_view)))
        .route(routes::VIEW, post(boxed(many::change_view)))
        .route(routes::LABELS, post(boxed(many::set_labels)))
        .route(routes::GIVE, post(boxed(many::give)))
        .route(routes::CONVERSATION, get(boxed(pages::conversation)))
        .route(routes::THREAD, get(boxed(pages::thread)))
        .route(routes::EARLIER, get(boxed(window::earlier)))
        .route(routes::WITHIN, get(boxed(window::within)))
        .route(routes::MESSAGE_HEADERS, get(boxed(window::headers)))
        .route(routes::REPLY, post(boxed(reply::reply)))
        .route(routes::CLAIM, post(boxed(actions::claim)))
        .route(routes::ASSIGN, post(boxed(actions::assign)))
        .route(routes::ESCALATE, post(boxed(actions::escalate)))
        .route(routes::RESOLVE, post(boxed(actions::resolve)))
        .route(routes::REOPEN, post(boxed(actions::reopen)))
        .route(routes::SPAM, post(boxed(spam::mark)))
        .route(routes::NOT_SPAM, post(boxed(spam::lift)))
        .route(routes::UNBLOCK, post(boxed(spam::unblock)))
        .route(routes::TRANSCRIPT, post(boxed(transcript::send)))
        .route(routes::SNOOZE, post(boxed(actions::snooze)))
        .route(routes::PRIORITY, post(boxed(actions::priority)))
        .route(routes::TYPING, post(boxed(actions::typing)))
        .route(routes::RETRY, post(boxed(actions::retry)))
        .route(routes::SCHEDULED, post(boxed(drafting::scheduled_one)))
        .route(routes::OPEN_TICKET, post(boxed(actions::open_ticket)))
        .route(routes::SPLIT, post(boxed(organise::split)))
        .route(routes::MOVE, post(boxed(organise::move_message)))
        .route(routes::MERGE, post(boxed(organise::merge)))
        .route(routes::UNMERGE, post(boxed(organise::unmerge)))
        .route(routes::CUSTOMER, post(boxed(customer::save)))
        .route(routes::MERGE_PREVIEW, get(boxed(customer::preview)))
        .route(routes::MERGE_CONTACT, post(boxed(organise::merge_contact)))
        .route(
            routes::UNMERGE_CONTACT,
            get(boxed(customer::parting)).post(boxed(organise::unmerge_contact)),
        )
        .route(routes::REACT, post(boxed(whatsapp::act::react)))
        .route(
            routes::TEMPLATES,
            get(boxed(whatsapp::act::templates_of)).post(boxed(whatsapp::act::send_template)),
        )
        .route(routes::CONTACT_CARD, get(boxed(whatsapp::act::contact_card)))
        .route(routes::TEACH, post(boxed(answers::teach)))
        .route(routes::FILE, get(boxed(files::file)))
        .route(routes::MESSAGE_HTML, get(boxed(files::html)))
        .route(routes::MESSAGE_RAW, get(boxed(files::raw)))
        .route(routes::DRAFT, post(boxed(drafting::draft)))
        .route(routes::UPLOADS, post(boxed(drafting::uploads)))
        .route(routes::PREVIEW, post(boxed(drafting::preview)))
        .route(
            routes::CANNED,
            get(boxed(drafting::canned_list)).post(boxed(drafting::canned_one)),
        )
        .route(routes::CARDS, get(boxed(drafting::card_list)))
        .route(routes::SUGGEST, get(boxed(drafting::suggest)))
        .route(routes::UNDO, post(boxed(drafting::undo)))
        .route(routes::PEOPLE, get(boxed(drafting::people)))
        .route(routes::HERE, post(boxed(together::here)))
        .route(routes::FOLLOW, post(boxed(together::follow)))
        .route(routes::MACRO, post(boxed(together::run_macro)))
        .route(routes::HAND_OVER, post(boxed(together::hand_over)))
        .route(routes::MESSAGE_IMAGE, get(boxed(images::image)))
        .route(routes::GIVE_TO, post(boxed(organise::give_to)))
        .route(routes::FORGIVE, post(boxed(organise::forgive)))
        .route(routes::EVENTS, get(boxed(events::events)));
    // The assets are served with the widget, which needs them too.
    guard(app, inside)
}
