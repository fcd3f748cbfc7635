//! The lattice of delivery states, all of it.

use conversation::deliveries::advance;
use conversation::types::DeliveryState;

#[test]
fn states_only_move_forward() {
    use DeliveryState::{Delivered, Failed, Queued, Read, Sent, Unknown};
    // Rows: where it is; columns: what is reported, in the order of ALL.
    let lattice = [
        (Queued, [Queued, Unknown, Sent, Delivered, Read, Failed]),
        (Unknown, [Unknown, Unknown, Sent, Delivered, Read, Failed]),
        (Sent, [Sent, Sent, Sent, Delivered, Read, Failed]),
        (Delivered, [Delivered, Delivered, Delivered, Delivered, Read, Delivered]),
        (Read, [Read, Read, Read, Read, Read, Read]),
        (Failed, [Failed, Failed, Failed, Failed, Failed, Failed]),
    ];
    assert_eq!(lattice.len(), DeliveryState::ALL.len());
    for (current, expected) in lattice {
        for (reported, expected) in DeliveryState::ALL.iter().zip(expected) {
            assert_eq!(advance(current, *reported), expected, "{current} then {reported}");
        }
    }
}
