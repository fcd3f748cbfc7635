//! What the bot can say of a customer's machines, visits and orders, and that it leaves answers to reminders alone.

use billing::{CustomerId, customers};
use bots::{BusinessData, Matter};
use conversation::conversations::{Conversation, Message};
use conversation::db::Db;
use conversation::tickets::Ticket;
use conversation::types::{ContactId, Language};
use conversation::{Result, Store};
use equipment::answers::Answers;
use equipment::machines::{self, Filter};
use equipment::{Equipment, RequestKind, card, requests, visits, words};

/// The source.
pub(crate) struct Machines(pub(crate) Equipment);

/// How many cards one answer has.
const MOST: i64 = 3;

impl BusinessData for Machines {
    fn knows(&self, matter: Matter) -> bool {
        matches!(matter, Matter::Machine | Matter::Visit | Matter::Order)
    }

    fn answer<'a>(
        &'a self,
        store: &'a Store,
        contact: &'a ContactId,
        matter: Matter,
        language: Language,
    ) -> bots::Answering<'a> {
        Box::pin(async move {
            let db = store.db();
            let own = customers::of_contact(db, contact).await?;
            let said = words::of(language);
            let mut cards = Vec::new();
            let text = match matter {
                Matter::Visit => {
                    // One that began today still comes.
                    for visit in visits::coming(db, &own, store.now() - 43_200_000, MOST).await? {
                        let machine = machines::load(db, &visit.machine_id).await?;
                        let name = visits::technician(db, &visit.agent_id).await?;
                        cards.push(card::visit(&self.0, &visit, &machine, &name, language));
                    }
                    if cards.is_empty() {
                        return waited_for(db, &own, RequestKind::Service, said.bot_no_visit, language).await;
                    }
                    said.bot_visits
                }
                Matter::Order => return waited_for(db, &own, RequestKind::Toner, said.bot_orders, language).await,
                _ => {
                    let filter = Filter {
                        customers: Some(own),
                        is_here: true,
                        ..Filter::default()
                    };
                    for machine in machines::list(db, &filter, None, MOST).await? {
                        cards.push(card::machine_of(store, &machine.id, language).await?);
                    }
                    said.bot_machines
                }
            };
            Ok((!cards.is_empty()).then(|| bots::Said {
                text: text.to_owned(),
                cards,
            }))
        })
    }

    fn takes<'a>(
        &'a self,
        message: &'a Message,
        conversation: &'a Conversation,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>> {
        Box::pin(async move {
            let answers = Answers {
                equipment: self.0.clone(),
            };
            answers.takes(message, conversation).await
        })
    }
}

/// The open requests of a kind, with their tickets; `None` where nothing is waited for.
async fn waited_for(
    db: &Db,
    customers: &[CustomerId],
    kind: RequestKind,
    text: &str,
    language: Language,
) -> Result<Option<bots::Said>> {
    let waiting = requests::waited_for(db, customers, kind, MOST).await?;
    let waiting: Vec<&Ticket> = waiting.iter().collect();
    Ok((!waiting.is_empty()).then(|| bots::Said {
        text: text.to_owned(),
        ..bots::say::tickets(language, &waiting)
    }))
}
