//! Marks that clocks are to be looked at again, because what they follow has changed.

use crate::db::sql;
use crate::error::Result;
use crate::store::Tx;

/// Has every open ticket's clocks looked at again, a few at a time, by [`super::clocks::look`].
pub(crate) async fn set_anew(tx: &mut Tx) -> Result<()> {
    sql("INSERT INTO sla_rework (id, after) VALUES ('open', 0) ON CONFLICT (id) DO UPDATE SET after = 0")
        .run(tx)
        .await?;
    Ok(())
}
