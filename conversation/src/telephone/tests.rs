use super::*;

/// `+…`, or why not: `?` is one that could be two, empty is none.
fn said(number: Result<String>) -> String {
    match number {
        Ok(number) => number,
        Err(error) if error.to_string().contains("can be") => "?".to_owned(),
        Err(_) => String::new(),
    }
}

#[test]
fn numbers_with_their_country_code_are_whole_or_refused() {
    for (text, expected) in [
        ("+55 11 99999-0000", "+5511999990000"),
        ("0034 600 12 34 56", "+34600123456"),
        (" +1 (212) 555.0100 ", "+12125550100"),
        ("(+55) 11 99999-0000", "+5511999990000"),
        // As it is copied from an address book: marks of direction, a hyphen that does not break.
        ("\u{202a}+55 11 99999\u{2011}0000\u{202c}", "+5511999990000"),
        // What is dialled at home only.
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+55 (0) 11 99999-0000", "+5511999990000"),
        ("+39 06 698 12345", "+390669812345"),
        // As Meta knows them, and as they are dialled.
        ("+55 11 9999-0000", "+5511999990000"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+54 11 15 2345-6789", "+5491123456789"),
        ("+54 351 155 123456", "+5493515123456"),
        // A country that no plan is known of.
        ("+86 138 0013 8000", "+8613800138000"),
        ("11 99999-0000", ""),
        ("+0 11 99999", ""),
        ("+55 call me", ""),
        ("+55 +11 99999-0000", ""),
        ("+123", ""),
        ("+1234567890123456", ""),
        ("()", ""),
        ("", ""),
    ] {
        assert_eq!(said(read(text, None)), expected, "{text}");
        // One with its country code is the same wherever the business is.
        for country in Country::all() {
            if expected.is_empty() && !text.starts_with('+') {
                continue;
            }
            assert_eq!(
                said(read(text, Some(country))),
                expected,
                "{text} in {}",
                country.code()
            );
        }
    }
}

#[test]
fn numbers_are_read_as_they_are_dialled_at_home() {
    for (code, text, expected) in [
        // Brazil: area, ninth digit, the zero with and without a carrier; the area 55 is in the south.
        ("BR", "11 98765-4321", "+5511987654321"),
        ("BR", "(11) 98765 4321", "+5511987654321"),
        ("BR", "011 98765-4321", "+5511987654321"),
        ("BR", "0 15 11 98765-4321", "+5511987654321"),
        ("BR", "11 8765-4321", "+5511987654321"),
        ("BR", "(11) 3456-7890", "+551134567890"),
        ("BR", "5511987654321", "+5511987654321"),
        ("BR", "551187654321", "+5511987654321"),
        ("BR", "(55) 99123-4567", "+5555991234567"),
        ("BR", "(55) 3221-4567", "+555532214567"),
        ("BR", "(55) 1234 5678", ""),
        ("BR", "98765-4321", ""),
        ("BR", "3456-7890", ""),
        ("BR", "20 98765-4321", ""),
        ("BR", "11 68765-4321", ""),
        ("BR", "+54 9 11 2345-6789", "+5491123456789"),
        // Mexico: ten digits, and what was dialled before them until 2019.
        ("MX", "(55) 1234 5678", "+525512345678"),
        ("MX", "55 1234 5678", "+525512345678"),
        ("MX", "044 55 1234 5678", "+525512345678"),
        ("MX", "01 33 1234 5678", "+523312345678"),
        ("MX", "52 1 55 1234 5678", "+525512345678"),
        ("MX", "52 55 1234 5678", "+525512345678"),
        ("MX", "1234 5678", ""),
        // Argentina: 15 behind the area at home, 9 before it from abroad.
        ("AR", "0351 155 123456", "+5493515123456"),
        ("AR", "351 5123456", "+5493515123456"),
        ("AR", "011 15-2345-6789", "+5491123456789"),
        ("AR", "11 2345-6789", "+5491123456789"),
        ("AR", "9 11 2345-6789", "+5491123456789"),
        ("AR", "02966 15 412345", "+5492966412345"),
        ("AR", "54 9 11 2345 6789", "+5491123456789"),
        ("AR", "15 2345-6789", ""),
        ("AR", "2345-6789", ""),
        // Colombia: fixed lines have had 60 before their area since 2021.
        ("CO", "300 123 4567", "+573001234567"),
        ("CO", "03 300 123 4567", "+573001234567"),
        ("CO", "(601) 234 5678", "+576012345678"),
        ("CO", "(1) 234 5678", "+576012345678"),
        ("CO", "234 5678", ""),
        ("CL", "9 8765 4321", "+56987654321"),
        ("CL", "09 8765 4321", "+56987654321"),
        ("CL", "22 345 6789", "+56223456789"),
        ("CL", "8765 4321", ""),
        ("PE", "987 654 321", "+51987654321"),
        ("PE", "(01) 234 5678", "+5112345678"),
        ("PE", "234 5678", ""),
        ("UY", "094 231 234", "+59894231234"),
        ("UY", "2345 6789", "+59823456789"),
        ("PY", "0981 123 456", "+595981123456"),
        ("PY", "(021) 123 456", "+59521123456"),
        ("BO", "7123 4567", "+59171234567"),
        ("EC", "099 123 4567", "+593991234567"),
        ("EC", "(02) 234 5678", "+59322345678"),
        ("EC", "234 5678", ""),
        ("VE", "0412-1234567", "+584121234567"),
        ("VE", "0212 1234567", "+582121234567"),
        ("CR", "8312 3456", "+50683123456"),
        ("PA", "6123-4567", "+50761234567"),
        ("PA", "223-4567", "+5072234567"),
        ("GT", "5123 4567", "+50251234567"),
        ("DO", "(809) 555-0123", "+18095550123"),
        ("US", "(212) 555-0123", "+12125550123"),
        ("US", "1 212 555 0123", "+12125550123"),
        ("US", "011 55 11 98765-4321", "+5511987654321"),
        ("US", "555-0123", ""),
        ("US", "123 555 0123", ""),
        ("ES", "612 34 56 78", "+34612345678"),
        ("ES", "34 612 34 56 78", "+34612345678"),
        ("PT", "912 345 678", "+351912345678"),
        ("PT", "0912 345 678", ""),
        ("GB", "07400 123456", "+447400123456"),
        ("GB", "7400 123456", ""),
        // Of variable length: only with the zero is it surely whole.
        ("DE", "030 901820", "+4930901820"),
        ("DE", "901820", ""),
        ("DE", "04930 12345", "+49493012345"),
        ("DE", "4930 901820", "+4930901820"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("IT", "06 698 12345", "+390669812345"),
        ("IT", "312 345 6789", "+393123456789"),
        // Zürich without its zero, or Swiss numbers behind the country code: one has too few digits.
        ("CH", "41 44 668 18 00", "+41446681800"),
        // Could be a line in Asunción, or one behind the country code.
        ("AT", "0043 1 51525", "+43151525"),
        ("BR", "11 98765-4321 ramal 2", ""),
    ] {
        assert_eq!(said(read(text, Country::of_code(code))), expected, "{text} in {code}");
    }
}

#[test]
fn what_could_be_two_numbers_is_refused_with_both() {
    // A Belgian line of eight digits in the area of 32…, or one of six behind the country code: only the first exists. But an
    // Italian mobile that begins with the country code, written bare, is both.
    let error = read("3933123456", Country::of_code("IT"));
    assert!(error.is_ok(), "a mobile of ten digits: {error:?}");
    let error = read("39 312 345678 9", Country::of_code("IT"));
    assert!(error.is_ok(), "twelve digits are no number at home: {error:?}");
    let twice = read("3906698123", Country::of_code("IT")).unwrap_err().to_string();
    assert!(
        twice.contains("+3906698123") && twice.contains("+393906698123"),
        "{twice}"
    );
}

#[test]
fn a_spreadsheet_drops_the_plus_sign() {
    for (code, text, expected) in [
        ("", "5511987654321", "+5511987654321"),
        ("", "0034600123456", "+34600123456"),
        ("", "011 98765-4321", ""),
        ("BR", "5511987654321", "+5511987654321"),
        ("BR", "11987654321", "+5511987654321"),
        ("BR", "573001234567", "+573001234567"),
        ("BR", "34600123456", "+34600123456"),
        // A line in a town, not one of Germany.
        ("BR", "4923-4567", ""),
        ("BR", "987654321", ""),
        // Both a mobile in the area of Porto Alegre and one of Peru: whoever says where they are means theirs.
        ("BR", "51987654321", "+5551987654321"),
        ("MX", "5215512345678", "+525512345678"),
        ("MX", "5491123456789", "+5491123456789"),
    ] {
        assert_eq!(
            said(read_cell(text, Country::of_code(code))),
            expected,
            "{text} in `{code}`"
        );
    }
}

#[test]
fn every_plan_reads_its_own_example() {
    for country in Country::all() {
        let at_home =
            read(country.example(), Some(country)).unwrap_or_else(|error| panic!("{}: {error}", country.code()));
        let abroad = read(&country.example_abroad(), None).expect("whole");
        assert_eq!(at_home, abroad, "{}", country.code());
        assert_eq!(Country::of_code(&country.code().to_lowercase()), Some(country));
    }
    let codes: Vec<&str> = Country::all().map(Country::code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
}

#[test]
fn a_time_zone_lies_in_a_country() {
    for (zone, code) in [
        ("America/Sao_Paulo", Some("BR")),
        ("America/Manaus", Some("BR")),
        ("America/Argentina/Cordoba", Some("AR")),
        ("America/Mexico_City", Some("MX")),
        ("America/New_York", Some("US")),
        ("America/Toronto", Some("CA")),
        ("Europe/Lisbon", Some("PT")),
        ("UTC", None),
        ("Asia/Tokyo", None),
    ] {
        assert_eq!(Country::of_time_zone(zone).map(Country::code), code, "{zone}");
    }
}
