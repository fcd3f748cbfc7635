//! The lattice of delivery states, all of it.

use conversation::deliveries::advance;
use conversation::types::DeliveryState;

#[test]
fn states_only_move_forward() {
    use DeliveryState::{Delivered as D, Failed as F, Queued as Q, Read as R, Scheduled, Sent as S, Unknown as U};
    // Rows: where it is; columns: what is reported, in the order of ALL.
    let lattice = [
        (Scheduled, [Scheduled, Q, U, S, D, R, F]),
        (Q, [Q, Q, U, S, D, R, F]),
        (U, [U, U, U, S, D, R, F]),
        (S, [S, S, S, S, D, R, F]),
        (D, [D, D, D, D, D, R, D]),
        (R, [R, R, R, R, R, R, R]),
        (F, [F, F, F, F, F, F, F]),
    ];
    assert_eq!(lattice.len(), DeliveryState::ALL.len());
    for (current, expected) in lattice {
        for (reported, expected) in DeliveryState::ALL.iter().zip(expected) {
            assert_eq!(advance(current, *reported), expected, "{current} then {reported}");
        }
    }
}
