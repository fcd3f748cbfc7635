//! What a customer ordered and waits for, as the bot tells it.

use std::slice;

use ::equipment::requests::{self, Asked};
use ::equipment::{RequestKind, machines};
use billing::CustomerId;
use conversation::inbound::InboundMessage;
use conversation::lifecycle::{Action, act};
use conversation::types::{Actor, Channel};

use super::{equipment, machine, owner};
use crate::core::bed::{Bed, both, mail};

both!(only_ones_own_open_orders_are_waited_for);

async fn only_ones_own_open_orders_are_waited_for(bed: Bed) {
    let equipment = equipment(&bed);
    let (ana, eve) = (owner(&bed, "Ana").await, owner(&bed, "Eve").await);
    let (of_ana, _) = machine(&bed, &ana, "A1", None, 10).await;
    let inbox = bed.inbox(Channel::Portal, false).await;
    let db = bed.store.db();
    let ask = async |number: usize, kind, is_known| {
        let asked = Asked {
            machine: Some(machines::load(db, &of_ana).await.unwrap()),
            is_known,
            kind,
            fields: vec![("Colours".to_owned(), "black".to_owned())],
            text: String::new(),
            code: String::new(),
        };
        let id = format!("{number}@customer.test");
        let message = InboundMessage {
            channel: Channel::Portal,
            ..mail(&inbox, "ana@customer.test", &id, "")
        };
        requests::file(&equipment, asked, message).await.unwrap()
    };
    let toner = ask(1, RequestKind::Toner, true).await;
    ask(2, RequestKind::Service, true).await;
    ask(3, RequestKind::Toner, false).await;

    let waiting = async |customer: &[CustomerId], kind| {
        let waiting = requests::waited_for(db, customer, kind, 3).await.unwrap();
        waiting.into_iter().map(|ticket| Some(ticket.id)).collect::<Vec<_>>()
    };
    let (ana, eve) = ([ana], [eve]);
    let toners = RequestKind::Toner;
    assert!(toner.ticket_id.is_some());
    assert_eq!(waiting(&ana, toners).await, slice::from_ref(&toner.ticket_id));
    assert_eq!(waiting(&ana, RequestKind::Service).await.len(), 1);
    assert_eq!(waiting(&eve, toners).await, []);
    assert_eq!(waiting(&[], toners).await, []);

    act(&bed.store, &Actor::System, &toner.conversation_id, Action::Resolve)
        .await
        .unwrap();
    assert_eq!(waiting(&ana, toners).await, []);
    bed.check().await;
}
