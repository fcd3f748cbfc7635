//! What the bot can say of a customer's machines and visits, and that it leaves answers to reminders alone.

use billing::customers;
use bots::{BusinessData, Matter};
use conversation::conversations::{Conversation, Message};
use conversation::types::{ContactId, Language};
use conversation::{Result, Store};
use equipment::answers::Answers;
use equipment::machines::{self, Filter};
use equipment::{Equipment, card, visits, words};

/// The source.
pub(crate) struct Machines(pub(crate) Equipment);

/// How many cards one answer has.
const MOST: i64 = 3;

impl BusinessData for Machines {
    fn knows(&self, matter: Matter) -> bool {
        matches!(matter, Matter::Machine | Matter::Visit)
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
            if matter == Matter::Visit {
                // One that began today still comes.
                for visit in visits::coming(db, &own, store.now() - 43_200_000, MOST).await? {
                    let machine = machines::load(db, &visit.machine_id).await?;
                    let name = visits::technician(db, &visit.agent_id).await?;
                    cards.push(card::visit(&self.0, &visit, &machine, &name, language));
                }
            } else {
                let filter = Filter {
                    customers: Some(own),
                    is_here: true,
                    ..Filter::default()
                };
                for machine in machines::list(db, &filter, None, MOST).await? {
                    cards.push(card::machine_of(store, &machine.id, language).await?);
                }
            }
            let text = match matter {
                Matter::Visit => said.bot_visits,
                _ => said.bot_machines,
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
