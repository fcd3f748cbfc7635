use super::*;

/// A text of both sides, from the lines.
fn side(lines: &[Line], wanted: Side) -> String {
    lines
        .iter()
        .filter(|line| line.side == Side::Both || line.side == wanted)
        .map(|line| line.pieces.iter().map(|(text, _)| text.as_str()).collect::<String>())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn both_texts_can_be_read_out_of_the_difference() {
    let long: String = (0..4_000).map(|n| format!("line {n}\n")).collect();
    let other: String = (0..4_000).map(|n| format!("line {}\n", n * 7)).collect();
    let texts = [
        "",
        "one",
        "one\ntwo\nthree",
        "one\n2\nthree",
        "zero\none\nthree\nfour",
        "é\n\n\nü",
        "three\ntwo\none",
        long.trim_end(),
        other.trim_end(),
    ];
    for old in texts {
        for new in texts {
            let lines = lines(old, new);
            assert_eq!(side(&lines, Side::Old), old);
            assert_eq!(side(&lines, Side::New), new);
            if old == new {
                assert!(lines.iter().all(|line| line.side == Side::Both));
            }
        }
    }
}

#[test]
fn a_changed_word_is_marked_and_the_rest_is_not() {
    let lines = lines("Open the front door.\nDone.", "Open the rear door.\nDone.");
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0].pieces,
        [
            ("Open the ".to_owned(), false),
            ("front".to_owned(), true),
            (" door.".to_owned(), false)
        ]
    );
    assert!(lines[1].pieces.contains(&("rear".to_owned(), true)));
    assert_eq!(lines[2].side, Side::Both);
    let unlike = super::lines("Call us.", "Restart it.");
    assert!(unlike.iter().all(|line| line.pieces.iter().all(|(_, marked)| !marked)));
}
