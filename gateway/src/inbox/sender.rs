//! The sender of a conversation as spam, or shut out: what is known of it, and by whom.

use conversation::blocked::Kind;
use conversation::conversations::Conversation;
use conversation::db::Db;
use conversation::spam::Why;
use conversation::types::Actor;
use conversation::{Result, blocked, spam};
use ui::i18n;
use ui::inbox_page::SpamView;

use crate::auth::SignedIn;

/// What is said of a conversation: whether it is spam and why, whether its customer is blocked, and by what they could be.
pub(super) async fn view(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<SpamView> {
    let kept = match conversation.spam_since {
        Some(_) => spam::of(db, std::slice::from_ref(&conversation.id)).await?.pop(),
        None => None,
    };
    let since = match conversation.spam_since {
        Some(at) => Some((at, why(db, me, kept.as_ref()).await?)),
        None => None,
    };
    let blocked = blocked::of_contact(db, &conversation.contact_id).await?;
    let names: Vec<String> = blocked
        .iter()
        .map(|one| name(me, &(one.kind, one.value.clone())))
        .collect();
    let keys = blocked::of_conversation(db, conversation).await?;
    let domain = keys
        .iter()
        .find(|(kind, _)| *kind == Kind::Email)
        .and_then(|(_, address)| address.rsplit_once('@'))
        .map(|(_, domain)| domain.to_owned());
    let domain = match domain {
        Some(domain) if blocked::may_block(db, &(Kind::Domain, domain.clone())).await.is_ok() => {
            Some(i18n::t_args(me.lang, "spam-block-domain", &[("sender", domain.into())]))
        }
        _ => None,
    };
    let sender = match keys.first() {
        Some((Kind::Visitor, _)) => Some(i18n::t(me.lang, "spam-block-browser").into_owned()),
        Some(key) if blocked::may_block(db, key).await.is_ok() => {
            let sender = ("sender", name(me, key).into());
            Some(i18n::t_args(me.lang, "spam-block-sender", &[sender]))
        }
        _ => None,
    };
    Ok(SpamView {
        since,
        blocked: (!names.is_empty()).then(|| names.join(", ")),
        sender,
        domain,
    })
}

/// A blocked sender as people read it; a browser has no name.
pub(crate) fn name(me: &SignedIn, key: &blocked::Key) -> String {
    match key.0 {
        Kind::Visitor => i18n::t(me.lang, "blocked-visitor").into_owned(),
        _ => blocked::shown(key),
    }
}

async fn why(db: &Db, me: &SignedIn, kept: Option<&spam::Spam>) -> Result<String> {
    let Some(kept) = kept else { return Ok(String::new()) };
    let words = ("words", kept.words.as_str().into());
    Ok(match kept.why {
        Why::Marked => {
            let who = match &kept.actor {
                Actor::Agent(id) => agent_name(db, id).await?,
                Actor::System => return Ok(i18n::t(me.lang, "spam-why-rule").into_owned()),
                other => other.id().to_owned(),
            };
            i18n::t_args(me.lang, "spam-why-marked", &[("who", who.into())])
        }
        Why::Blocked => i18n::t_args(me.lang, "spam-why-blocked", &[words]),
        Why::Judged => i18n::t_args(me.lang, "spam-why-judged", &[words]),
        Why::Imported => i18n::t(me.lang, "spam-why-imported").into_owned(),
    })
}

async fn agent_name(db: &Db, id: &conversation::types::AgentId) -> Result<String> {
    let row: Option<(String,)> = conversation::db::sql("SELECT name FROM agents WHERE id = $1")
        .bind(id)
        .optional(db)
        .await?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}
