//! Who belongs to which company, and what they see of each other.

use conversation::db::sql;
use conversation::memberships::{self, Rights};
use conversation::types::{Actor, AgentId, Channel, CompanyId, ContactId, IdentityKind};
use conversation::{Error, access, contacts, tickets};

use super::bed::{Bed, both, mail};

both!(
    colleagues_see_what_they_may,
    nobody_is_made_a_colleague_by_somebody_else,
    a_person_has_several_companies,
    a_coordinator_sees_their_companies,
);

async fn company(bed: &Bed, name: &str) -> CompanyId {
    let mut tx = bed.store.begin().await.expect("begun");
    let id = contacts::company_in(&mut tx, name).await.expect("a company");
    tx.commit_silently().await.expect("committed");
    id
}

async fn put(bed: &Bed, contact: &ContactId, company: &CompanyId, rights: Rights) {
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::set_in(&mut tx, &Actor::System, contact, company, rights)
        .await
        .expect("set");
    tx.commit().await.expect("committed");
}

/// Somebody with a ticket.
async fn person(bed: &Bed, email: &str) -> (ContactId, tickets::Ticket) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (place, _) = bed
        .place(&mail(&inbox, email, &format!("1-{email}"), "The printer is on fire"))
        .await;
    let conversation = bed.conversation(&place).await;
    let new = tickets::NewTicket {
        conversation: conversation.id.clone(),
        subject: "Fire".to_owned(),
        kind: conversation::types::TicketKind::Incident,
        brief: String::new(),
    };
    let ticket = tickets::open(&bed.store, &Actor::System, new).await.expect("a ticket");
    (conversation.contact_id, ticket)
}

async fn sees(bed: &Bed, who: &ContactId, ticket: &tickets::Ticket) -> bool {
    let actor = Actor::Contact(who.clone());
    let of_ticket = access::ticket(bed.store.db(), &actor, &ticket.id).await;
    let of_conversation = access::conversation(bed.store.db(), &actor, &ticket.conversation_id).await;
    assert_eq!(of_ticket.is_ok(), of_conversation.is_ok());
    match of_ticket {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn colleagues_see_what_they_may(bed: Bed) {
    let acme = company(&bed, "Acme").await;
    let (ana, fire) = person(&bed, "ana@acme.test").await;
    let (boss, _) = person(&bed, "boss@acme.test").await;
    let (eve, _) = person(&bed, "eve@other.test").await;
    put(&bed, &ana, &acme, Rights::MEMBER).await;
    put(&bed, &boss, &acme, Rights::MEMBER).await;
    assert!(sees(&bed, &ana, &fire).await);
    assert!(!sees(&bed, &boss, &fire).await, "a member sees their own");
    put(
        &bed,
        &boss,
        &acme,
        Rights {
            sees_tickets: true,
            ..Rights::MEMBER
        },
    )
    .await;
    assert!(sees(&bed, &boss, &fire).await);
    assert!(!sees(&bed, &eve, &fire).await);
    put(&bed, &boss, &acme, Rights::ADMINISTRATOR).await;
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::remove_in(&mut tx, &Actor::System, &boss, &acme)
        .await
        .expect("removed");
    tx.commit().await.expect("committed");
    assert!(!sees(&bed, &boss, &fire).await, "out of the company");
    let left = memberships::of_company(bed.store.db(), &acme).await.expect("listed");
    assert_eq!(left.len(), 1);
}

async fn nobody_is_made_a_colleague_by_somebody_else(bed: Bed) {
    let acme = company(&bed, "Acme").await;
    let (boss, _) = person(&bed, "boss@acme.test").await;
    put(&bed, &boss, &acme, Rights::ADMINISTRATOR).await;
    let (victim, secret) = person(&bed, "victim@home.test").await;
    let actor = Actor::Contact(boss.clone());
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::invite_in(&mut tx, &actor, &acme, "", "victim@home.test", Rights::MEMBER)
        .await
        .expect("invited");
    tx.commit().await.expect("committed");
    assert!(!sees(&bed, &boss, &secret).await, "an invitation opens nothing");
    assert!(
        memberships::of_contact(bed.store.db(), &victim)
            .await
            .expect("listed")
            .is_empty()
    );
    let shown = memberships::of_company(bed.store.db(), &acme).await.expect("listed");
    let invited = shown.iter().find(|one| one.is_invited).expect("shown");
    assert_eq!(
        (invited.name.as_str(), invited.emails.as_slice()),
        ("", &["victim@home.test".to_owned()][..])
    );
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::accept_in(&mut tx, &victim, &acme).await.expect("accepted");
    tx.commit().await.expect("committed");
    assert!(sees(&bed, &boss, &secret).await, "their own yes does");
    let again = async {
        let mut tx = bed.store.begin().await.expect("begun");
        memberships::invite_in(&mut tx, &actor, &acme, "", "victim@home.test", Rights::ADMINISTRATOR).await
    };
    assert!(matches!(again.await, Err(Error::Conflict(_))));
}

async fn a_person_has_several_companies(bed: Bed) {
    let (acme, zenith) = (company(&bed, "Acme").await, company(&bed, "Zenith").await);
    let (ana, _) = person(&bed, "ana@acme.test").await;
    put(&bed, &ana, &acme, Rights::MEMBER).await;
    put(&bed, &ana, &zenith, Rights::ADMINISTRATOR).await;
    let all = memberships::of_contact(bed.store.db(), &ana).await.expect("listed");
    let shown: Vec<_> = all
        .iter()
        .map(|one| (one.company.as_str(), one.is_own, one.rights.is_administrator))
        .collect();
    assert_eq!(shown, [("Acme", true, false), ("Zenith", false, true)]);
    let mut tx = bed.store.begin().await.expect("begun");
    memberships::remove_in(&mut tx, &Actor::System, &ana, &acme)
        .await
        .expect("removed");
    tx.commit().await.expect("committed");
    let left = memberships::of_contact(bed.store.db(), &ana).await.expect("listed");
    assert_eq!(
        left.iter()
            .map(|one| (one.company.as_str(), one.is_own))
            .collect::<Vec<_>>(),
        [("Zenith", true)]
    );
    // A link to a person merges what they belong to.
    let known = contacts::by_identity(bed.store.db(), IdentityKind::Email, "ana@acme.test")
        .await
        .expect("found");
    assert_eq!(known.expect("known").0.id, ana);
}

async fn a_coordinator_sees_their_companies(bed: Bed) {
    let (acme, zenith) = (company(&bed, "Acme").await, company(&bed, "Zenith").await);
    let (ana, fire) = person(&bed, "ana@acme.test").await;
    let (rui, flood) = person(&bed, "rui@zenith.test").await;
    put(&bed, &ana, &acme, Rights::MEMBER).await;
    put(&bed, &rui, &zenith, Rights::MEMBER).await;
    bed.agent("coordinator").await;
    let coordinator = AgentId::from("coordinator");
    let mut tx = bed.store.begin().await.expect("begun");
    sql("UPDATE agents SET role = 'coordinator'")
        .run(&mut tx)
        .await
        .expect("made a coordinator");
    memberships::look_after_in(&mut tx, &Actor::System, &coordinator, &acme, true)
        .await
        .expect("given");
    tx.commit().await.expect("committed");
    let actor = Actor::Agent(coordinator.clone());
    let db = bed.store.db();
    assert!(access::ticket(db, &actor, &fire.id).await.is_ok());
    assert!(matches!(
        access::ticket(db, &actor, &flood.id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(access::contact(db, &actor, &rui).await, Err(Error::NotFound)));
    assert!(access::company(db, &actor, &acme).await.is_ok());
    assert!(matches!(
        access::company(db, &actor, &zenith).await,
        Err(Error::NotFound)
    ));
    let scope = conversation::scope::Scope::of(db, &coordinator).await.expect("a scope");
    let filter = conversation::lists::Filter {
        scope: scope.clone(),
        ..Default::default()
    };
    let shown = conversation::lists::list(db, &filter, Default::default(), None, 10)
        .await
        .expect("listed");
    assert_eq!(shown.into_iter().map(|one| one.contact_id).collect::<Vec<_>>(), [ana]);
    assert_eq!(
        conversation::lists::counts_within(db, &scope.expect("narrowed"))
            .await
            .expect("counted")
            .all,
        1
    );
}
