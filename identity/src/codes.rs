//! Recovery codes: for whoever lost app and keys. Eighty random bits each, so a fast hash is enough;
//! each works once.

use conversation::db::sql;
use conversation::env::hash_secret;
use conversation::{Result, Store, Tx};

use crate::Owner;

/// How many there are.
pub const MANY: usize = 10;
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

fn hash(owner: &Owner, code: &str) -> String {
    let plain: String = code
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c {
            // What people read wrong.
            'o' => '0',
            'l' | '1' => 'i',
            c => c,
        })
        .collect();
    hash_secret(&format!("{}:{plain}", owner.text()))
}

/// Makes new codes; earlier ones no longer work. They cannot be shown again.
pub async fn make_in(tx: &mut Tx, owner: &Owner) -> Result<Vec<String>> {
    sql("DELETE FROM recovery_codes WHERE owner = $1")
        .bind(owner.text())
        .run(&mut *tx)
        .await?;
    let mut codes = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        let mut bytes = [0u8; 16];
        tx.env().fill(&mut bytes);
        let letters: Vec<char> = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
            .collect();
        let code = letters
            .chunks(4)
            .map(|part| part.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join("-");
        sql("INSERT INTO recovery_codes (owner, code_hash) VALUES ($1, $2)")
            .bind(owner.text())
            .bind(hash(owner, &code))
            .run(&mut *tx)
            .await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Uses a code up, if it is one of the owner's.
pub async fn take(store: &Store, owner: &Owner, code: &str) -> Result<bool> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let used = sql("UPDATE recovery_codes SET used_at = $3 WHERE owner = $1 AND code_hash = $2 AND used_at IS NULL")
        .bind(owner.text())
        .bind(hash(owner, code))
        .bind(now)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(used > 0)
}
