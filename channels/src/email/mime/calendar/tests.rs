use super::*;

#[test]
fn a_meeting_is_read() {
    let found = read("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:E. South America Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:-0300\r\nTZOFFSETTO:-0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=pt-BR:Visita\\, impressora\r\n  X200\r\nDTSTART;TZID=E. South America Standard Time:20250304T090000\r\nDTEND;TZID=E. South America Standard Time:20250304T103000\r\nLOCATION:Rua A\\, 1\r\nORGANIZER;CN=\"Ana: Lima\":mailto:ana@a.example\r\nDESCRIPTION:Um\\nDois\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\nBEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").expect("a meeting");
    assert_eq!(found.method, "request");
    assert_eq!(found.summary, "Visita, impressora X200");
    assert_eq!(
        (found.start.as_deref(), found.end.as_deref()),
        (Some("2025-03-04T09:00"), Some("2025-03-04T10:30"))
    );
    // 12:00 UTC.
    assert_eq!(found.start_at, Some(1_741_089_600_000));
    assert_eq!(found.organizer, "Ana: Lima <ana@a.example>");
    assert_eq!(
        (found.location.as_str(), found.description.as_str()),
        ("Rua A, 1", "Um\nDois")
    );
    assert_eq!(
        found.as_text(),
        "Visita, impressora X200\n2025-03-04 09:00 – 10:30 (E. South America Standard Time)\nRua A, 1\nAna: Lima <ana@a.example>\nUm\nDois"
    );
}

#[test]
fn times_are_understood_in_every_form() {
    let berlin = "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    for (zones, lines, start, at, end) in [
        (
            "",
            "DTSTART:20250304T120000Z\nDURATION:PT1H30M",
            "2025-03-04T12:00",
            Some(1_741_089_600_000),
            Some("2025-03-04T13:30"),
        ),
        (
            "",
            "DTSTART;TZID=America/Sao_Paulo:20250304T090000",
            "2025-03-04T09:00",
            Some(1_741_089_600_000),
            None,
        ),
        (
            "",
            "DTSTART;VALUE=DATE:20250304\nDTEND;VALUE=DATE:20250306",
            "2025-03-04",
            None,
            Some("2025-03-05"),
        ),
        (
            "",
            "DTSTART;VALUE=DATE:20250304\nDTEND;VALUE=DATE:20250305",
            "2025-03-04",
            None,
            Some("2025-03-04"),
        ),
        (
            "",
            "DTSTART;TZID=Nowhere:20250304T090000",
            "2025-03-04T09:00",
            None,
            None,
        ),
        (
            berlin,
            "DTSTART;TZID=W. Europe Standard Time:20250701T090000",
            "2025-07-01T09:00",
            Some(1_751_353_200_000),
            None,
        ),
        (
            berlin,
            "DTSTART;TZID=W. Europe Standard Time:20250115T090000",
            "2025-01-15T09:00",
            Some(1_736_928_000_000),
            None,
        ),
    ] {
        let found = read(&format!(
            "BEGIN:VCALENDAR\n{zones}BEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR"
        ))
        .expect("an event");
        assert_eq!(found.start.as_deref(), Some(start), "{lines}");
        assert_eq!(found.start_at, at, "{lines}");
        assert_eq!(found.end.as_deref(), end, "{lines}");
    }
}

#[test]
fn broken_calendars_do_no_harm() {
    for text in [
        "",
        "BEGIN:VEVENT",
        "BEGIN:VEVENT\nDTSTART:99999999T999999Z",
        "BEGIN:VEVENT\nDTSTART:2025",
        "BEGIN:VEVENT\nDTSTART:2025é304T090000",
        "BEGIN:VEVENT\nDURATION:P99999999999999999999W\nDTSTART:20250101",
        "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nTZOFFSETTO:é\nRRULE:BYDAY=99XX;BYMONTH=77",
        "ORGANIZER:mailé",
    ] {
        if let Some(found) = read(text) {
            found.as_text();
        }
    }
    let reply = read(
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nATTENDEE;PARTSTAT=ACCEPTED;CN=Bo:mailto:bo@b.example\nEND:VEVENT",
    )
    .expect("an answer");
    assert_eq!((reply.method.as_str(), reply.answer.as_str()), ("reply", "accepted"));
}
