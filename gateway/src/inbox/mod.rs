//! The agents' inbox: the pages and fragments, what agents do on them, files, and the events that
//! keep them live.

mod actions;
mod answers;
mod cards;
mod chat;
mod choice;
mod composing;
mod customer;
mod drafting;
mod events;
mod files;
mod find;
mod images;
mod lines;
mod list;
mod many;
mod organise;
mod others;
mod pages;
pub(crate) mod panels;
mod reply;
mod surveys;
mod thread;
mod together;
pub(crate) mod whatsapp;
mod window;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};
use ui::routes;

use crate::app::App;
use crate::auth::guard;

pub(crate) use files::original;
pub(crate) use pages::sections;

/// The routes of the inbox.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route("/", get(async || crate::auth::see_other(routes::INBOX)))
        .route(routes::INBOX, get(pages::inbox))
        .route(routes::INBOX_LIST, get(pages::list))
        .route(routes::FIND, get(find::find))
        .route(routes::GO, get(find::go))
        .route(routes::BULK, post(many::bulk))
        .route(routes::VIEWS, post(many::keep_view))
        .route(routes::VIEW, post(many::change_view))
        .route(routes::LABELS, post(many::set_labels))
        .route(routes::GIVE, post(many::give))
        .route(routes::CONVERSATION, get(pages::conversation))
        .route(routes::THREAD, get(pages::thread))
        .route(routes::EARLIER, get(window::earlier))
        .route(routes::WITHIN, get(window::within))
        .route(routes::MESSAGE_HEADERS, get(window::headers))
        .route(routes::REPLY, post(reply::reply))
        .route(routes::CLAIM, post(actions::claim))
        .route(routes::ASSIGN, post(actions::assign))
        .route(routes::ESCALATE, post(actions::escalate))
        .route(routes::RESOLVE, post(actions::resolve))
        .route(routes::REOPEN, post(actions::reopen))
        .route(routes::SNOOZE, post(actions::snooze))
        .route(routes::PRIORITY, post(actions::priority))
        .route(routes::TYPING, post(actions::typing))
        .route(routes::RETRY, post(actions::retry))
        .route(routes::OPEN_TICKET, post(actions::open_ticket))
        .route(routes::SPLIT, post(organise::split))
        .route(routes::MOVE, post(organise::move_message))
        .route(routes::MERGE, post(organise::merge))
        .route(routes::CUSTOMER, post(customer::save))
        .route(routes::MERGE_PREVIEW, get(customer::preview))
        .route(routes::MERGE_CONTACT, post(organise::merge_contact))
        .route(routes::UNMERGE_CONTACT, post(organise::unmerge_contact))
        .route(routes::REACT, post(whatsapp::react))
        .route(
            routes::TEMPLATES,
            get(whatsapp::templates_of).post(whatsapp::send_template),
        )
        .route(routes::CONTACT_CARD, get(whatsapp::contact_card))
        .route(routes::TEACH, post(answers::teach))
        .route(routes::FILE, get(files::file))
        .route(routes::MESSAGE_HTML, get(files::html))
        .route(routes::MESSAGE_RAW, get(files::raw))
        .route(routes::DRAFT, post(drafting::draft))
        .route(routes::UPLOADS, post(drafting::uploads))
        .route(routes::PREVIEW, post(drafting::preview))
        .route(routes::CANNED, get(drafting::canned_list).post(drafting::canned_one))
        .route(routes::CARDS, get(drafting::card_list))
        .route(routes::SUGGEST, get(drafting::suggest))
        .route(routes::UNDO, post(drafting::undo))
        .route(routes::PEOPLE, get(drafting::people))
        .route(routes::HERE, post(together::here))
        .route(routes::FOLLOW, post(together::follow))
        .route(routes::MACRO, post(together::run_macro))
        .route(routes::HAND_OVER, post(together::hand_over))
        .route(routes::MESSAGE_IMAGE, get(images::image))
        .route(routes::GIVE_TO, post(organise::give_to))
        .route(routes::FORGIVE, post(organise::forgive))
        .route(routes::EVENTS, get(events::events));
    // The assets are served with the widget, which needs them too.
    guard(app, inside)
}
