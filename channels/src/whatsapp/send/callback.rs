//! What travels in `biz_opaque_callback_data` and comes back with every status: the delivery, and
//! which of its requests this was.

use conversation::types::DeliveryId;

/// A place among the requests of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The delivery.
    pub delivery: String,
    /// Counted from 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

/// `<delivery>` for a message of one request, `<delivery>#<number>/<count>` for one of several.
pub fn write(delivery: &DeliveryId, index: usize, count: usize) -> String {
    if count == 1 {
        delivery.to_string()
    } else {
        format!("{delivery}#{}/{count}", index + 1)
    }
}

/// Reads what [`write`] wrote; anything else is taken as the id of a delivery of one request.
pub fn read(data: &str) -> Part {
    let place = data.rsplit_once('#').and_then(|(delivery, place)| {
        let (number, count) = place.split_once('/')?;
        let (number, count): (usize, usize) = (number.parse().ok()?, count.parse().ok()?);
        (1..=count).contains(&number).then(|| Part {
            delivery: delivery.to_owned(),
            index: number - 1,
            count,
        })
    });
    place.unwrap_or_else(|| Part {
        delivery: data.to_owned(),
        index: 0,
        count: 1,
    })
}
