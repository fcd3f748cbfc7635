//! Web hooks: built, signed and posted as Meta does.

use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::build::{Incoming, User};
use super::validate::title;
use super::{Accepted, Shared, Standin, key};
use crate::whatsapp::signature;

/// A status that a web hook reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookStatus {
    /// On its way.
    Sent,
    /// On the customer's device.
    Delivered,
    /// Opened.
    Read,
    /// Not delivered, with this code.
    Failed(i64),
}

/// Something that is wrong with the next web hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookFault {
    /// Signed with another secret.
    WrongSignature,
    /// Not signed.
    NoSignature,
    /// Posted twice.
    Duplicate,
    /// Not posted at all.
    Lost,
}

/// A web hook that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Ids of the messages in it.
    pub ids: Vec<String>,
    /// The HTTP status of the (last) answer; 0 when nothing was posted.
    pub status: u16,
}

impl Standin {
    /// A customer writes. Opens the 24-hour window and posts the web hook.
    pub async fn inbound(&self, user: &User, incoming: Incoming) -> io::Result<Posted> {
        self.write(vec![(user.clone(), incoming)], None, false).await
    }

    /// A customer presses a button, or chooses a row, of a message that was sent.
    pub async fn press(&self, user: &User, wamid: &str, choice: usize) -> io::Result<Posted> {
        let message = self.accepted().into_iter().find(|message| message.wamid == wamid);
        let message = message.ok_or_else(|| io::Error::other(format!("no message {wamid}")))?;
        let chosen = message.choices().into_iter().nth(choice);
        let (id, title) = chosen.ok_or_else(|| io::Error::other(format!("{wamid} has no choice {choice}")))?;
        let is_list = message.body["interactive"]["type"] == "list";
        let press = if is_list {
            Incoming::ListReply(id, title)
        } else {
            Incoming::ButtonReply(id, title)
        };
        self.write(vec![(user.clone(), press)], Some(wamid), false).await
    }

    /// Several customers write, and Meta batches it: in one change, or with an entry for each.
    pub async fn batch(&self, letters: Vec<(User, Incoming)>, is_one_change: bool) -> io::Result<Posted> {
        self.write(letters, None, !is_one_change).await
    }

    /// Posts the last web hook once more, as Meta does when the answer was lost.
    pub async fn repeat(&self) -> io::Result<Posted> {
        let body = self.shared.world().last_post.clone();
        let body = body.ok_or_else(|| io::Error::other("nothing was posted yet"))?;
        Ok(Posted {
            ids: Vec::new(),
            status: post(&self.shared, body).await?,
        })
    }

    /// Reports statuses of a message, in this order, one web hook each.
    pub async fn statuses(&self, wamid: &str, statuses: &[HookStatus]) -> io::Result<Posted> {
        let mut last = 0;
        for status in statuses {
            let value = status_value(&self.shared, wamid, *status);
            last = post(&self.shared, envelope(&self.shared, vec![value]).to_string()).await?;
        }
        Ok(Posted {
            ids: vec![wamid.to_owned()],
            status: last,
        })
    }

    /// Posts a body as it is, signed.
    pub async fn post(&self, body: &Value) -> io::Result<Posted> {
        Ok(Posted {
            ids: Vec::new(),
            status: post(&self.shared, body.to_string()).await?,
        })
    }

    /// Asks the target for its challenge, as Meta does when the web hook is set up. Returns status
    /// and body.
    pub async fn verify_target(&self, verify_token: &str, challenge: &str) -> io::Result<(u16, String)> {
        let target = self.shared.world().target.clone();
        let target = target.ok_or_else(|| io::Error::other("no target is set"))?;
        let mut url: url::Url = target.parse().map_err(io::Error::other)?;
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.verify_token", verify_token)
            .append_pair("hub.challenge", challenge);
        let answer = self.shared.http.get(url).send().await.map_err(io::Error::other)?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(io::Error::other)?))
    }

    async fn write(
        &self,
        letters: Vec<(User, Incoming)>,
        quoted: Option<&str>,
        is_entry_each: bool,
    ) -> io::Result<Posted> {
        let now = self.shared.now();
        let mut ids = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        {
            let mut world = self.shared.world();
            for (user, incoming) in letters {
                for id in user.ids() {
                    world.last_inbound.insert(key(id), now);
                }
                let id = world.wamid();
                let message = incoming.message(&mut world, &user, &id, now.div_euclid(1000), quoted);
                ids.push(message["id"].as_str().map_or(id, str::to_owned));
                match values.last_mut().filter(|_| !is_entry_each) {
                    Some(value) => {
                        append(value, "contacts", user.contact());
                        append(value, "messages", message);
                    }
                    None => {
                        let mut value = json!({ "contacts": [user.contact()], "messages": [message] });
                        head(&self.shared, &mut value);
                        values.push(value);
                    }
                }
            }
        }
        let status = post(&self.shared, envelope(&self.shared, values).to_string()).await?;
        Ok(Posted { ids, status })
    }
}

fn append(value: &mut Value, key: &str, item: Value) {
    if let Some(list) = value[key].as_array_mut()
        && !list.contains(&item)
    {
        list.push(item);
    }
}

/// Posts the statuses that follow a message that was taken, beside the answer to the call.
pub(super) fn follow_up(shared: &Arc<Shared>, wamid: &str, statuses: Vec<HookStatus>) {
    if statuses.is_empty() || shared.world().target.is_none() {
        return;
    }
    let (shared, wamid) = (Arc::clone(shared), wamid.to_owned());
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        for status in statuses {
            let value = status_value(&shared, &wamid, status);
            let body = envelope(&shared, vec![value]).to_string();
            if let Err(error) = post(&shared, body).await {
                tracing::warn!(%error, "the stand-in's web hook found no target");
            }
        }
    });
}

fn head(shared: &Shared, value: &mut Value) {
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({
        "display_phone_number": shared.config.display_number,
        "phone_number_id": shared.config.phone_number_id,
    });
}

fn envelope(shared: &Shared, values: Vec<Value>) -> Value {
    let entries: Vec<Value> = values
        .into_iter()
        .map(|value| {
            json!({
                "id": shared.config.business_account_id,
                "changes": [{ "field": "messages", "value": value }],
            })
        })
        .collect();
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

fn status_value(shared: &Shared, wamid: &str, status: HookStatus) -> Value {
    let message: Option<Accepted> = shared.world().accepted.iter().find(|m| m.wamid == wamid).cloned();
    let word = match status {
        HookStatus::Sent => "sent",
        HookStatus::Delivered => "delivered",
        HookStatus::Read => "read",
        HookStatus::Failed(_) => "failed",
    };
    let seconds = shared.now().div_euclid(1000);
    let mut object = json!({ "id": wamid, "status": word, "timestamp": seconds.to_string() });
    if let Some(message) = message {
        object["recipient_id"] = json!(message.recipient);
        if let Some(data) = message.body.get("biz_opaque_callback_data") {
            object["biz_opaque_callback_data"] = data.clone();
        }
    }
    if let HookStatus::Failed(code) = status {
        object["errors"] = json!([{
            "code": code,
            "title": title(code),
            "message": title(code),
            "error_data": { "details": "Reported by the stand-in." },
        }]);
    } else {
        object["pricing"] = json!({ "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" });
        object["conversation"] = json!({ "id": "standin-conversation", "origin": { "type": "service" } });
    }
    let mut value = json!({ "statuses": [object] });
    head(shared, &mut value);
    value
}

/// Signs and posts a body; returns the HTTP status.
async fn post(shared: &Shared, body: String) -> io::Result<u16> {
    let (target, fault) = {
        let mut world = shared.world();
        world.last_post = Some(body.clone());
        (world.target.clone(), world.hook_faults.pop_front())
    };
    let target = target.ok_or_else(|| io::Error::other("the stand-in has no target for web hooks"))?;
    let signature = match fault {
        Some(HookFault::WrongSignature) => Some(signature::sign("another secret", body.as_bytes())),
        Some(HookFault::NoSignature) => None,
        _ => Some(signature::sign(&shared.config.app_secret, body.as_bytes())),
    };
    let times = match fault {
        Some(HookFault::Duplicate) => 2,
        Some(HookFault::Lost) => 0,
        _ => 1,
    };
    let mut status = 0;
    for _ in 0..times {
        let mut request = shared
            .http
            .post(&target)
            .header("content-type", "application/json")
            .body(body.clone());
        if let Some(signature) = &signature {
            request = request.header(signature::HEADER, signature);
        }
        let answer = request.send().await.map_err(io::Error::other)?;
        status = answer.status().as_u16();
    }
    Ok(status)
}
