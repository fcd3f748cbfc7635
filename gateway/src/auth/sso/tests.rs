use conversation::types::Role;
use serde_json::json;

use super::{Provider, role_of};

#[test]
fn the_first_line_that_fits_is_the_role() {
    let provider = |claim: &str, default_role| Provider {
        issuer: String::new(),
        client_id: String::new(),
        client_secret: String::new(),
        label: String::new(),
        scopes: Vec::new(),
        domains: Vec::new(),
        trusts_addresses: false,
        claim: claim.to_owned(),
        roles: vec![
            ("desk-admins".to_owned(), Role::Administrator),
            ("desk".to_owned(), Role::Agent),
        ],
        default_role,
        makes_agents: false,
    };
    for (claim, claims, default_role, role) in [
        (
            "groups",
            json!({ "groups": ["desk", "desk-admins"] }),
            None,
            Some(Role::Administrator),
        ),
        ("groups", json!({ "groups": ["desk"] }), None, Some(Role::Agent)),
        ("groups", json!({ "groups": "staff, desk" }), None, Some(Role::Agent)),
        ("groups", json!({ "groups": ["desk-administrators"] }), None, None),
        ("groups", json!({ "groups": [7, null, { "desk": 1 }] }), None, None),
        ("groups", json!({}), Some(Role::Supervisor), Some(Role::Supervisor)),
        (
            "realm_access.roles",
            json!({ "realm_access": { "roles": ["desk"] } }),
            None,
            Some(Role::Agent),
        ),
        (
            "https://example.com/roles",
            json!({ "https://example.com/roles": ["desk"] }),
            None,
            Some(Role::Agent),
        ),
        ("", json!({ "groups": ["desk"] }), None, None),
    ] {
        assert_eq!(
            role_of(&provider(claim, default_role), &claims),
            role,
            "{claim} {claims}"
        );
    }
}
