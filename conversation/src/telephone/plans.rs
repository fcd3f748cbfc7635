//! How numbers are dialled within a country: the national numbering plans of the Americas and of the other countries that
//! write in English, Spanish or Portuguese, with their neighbours. After ITU-T E.164, its operational bulletins on national numbering plans
//! (<https://www.itu.int/oth/T0202.aspx?parent=T0202>), and the regulators' own: Anatel's resolution 749 (Brazil), ENACOM's
//! fundamental plan (Argentina), IFT's plan of 2019 (Mexico), the CRC's circular of 2020 (Colombia), the NANPA (+1).

/// A country whose numbers are known here.
#[derive(Debug, Clone, Copy)]
pub struct Country(&'static Plan);

impl PartialEq for Country {
    fn eq(&self, other: &Country) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Country {}

/// The numbers of a country.
#[derive(Debug)]
struct Plan {
    /// ISO 3166-1.
    code: &'static str,
    /// The country code.
    calling: &'static str,
    /// What is dialled before a national number, within the country only.
    trunks: &'static [&'static str],
    /// How numbers begin (a digit, or `[2-9]`), and how many digits they have at least and at most.
    shapes: &'static [(&'static str, usize, usize)],
    /// A mobile number as it is written at home.
    example: &'static str,
    /// Its time zones in the IANA database; one that ends in `/` is all below it.
    zones: &'static [&'static str],
}

const fn plan(
    code: &'static str,
    calling: &'static str,
    trunks: &'static [&'static str],
    shapes: &'static [(&'static str, usize, usize)],
    example: &'static str,
    zones: &'static [&'static str],
) -> Plan {
    Plan {
        code,
        calling,
        trunks,
        shapes,
        example,
        zones,
    }
}

/// An area code and an exchange that both begin with 2 to 9; the second digit of an area is no 9.
const NANP: &[(&str, usize, usize)] = &[("[2-9][0-8][0-9][2-9]", 10, 10)];
const ZERO: &[&str] = &["0"];
const ONE: &[&str] = &["1"];

#[rustfmt::skip]
const PLANS: &[Plan] = &[
    plan("AO", "244", &[], &[("9", 9, 9), ("2", 9, 9)], "923 123 456", &["Africa/Luanda"]),
    // After 9 or 15 (see `candidates`) a mobile is its area code and its subscriber.
    plan("AR", "54", ZERO, &[("11", 10, 10), ("[23]", 10, 10)], "11 2345-6789", &["America/Argentina/", "America/Buenos_Aires", "America/Cordoba", "America/Mendoza", "America/Rosario", "America/Jujuy", "America/Catamarca"]),
    plan("AT", "43", ZERO, &[("[1-9]", 7, 13)], "0664 1234567", &["Europe/Vienna"]),
    plan("AU", "61", ZERO, &[("[23478]", 9, 9)], "0412 345 678", &["Australia/"]),
    plan("BE", "32", ZERO, &[("4", 9, 9), ("[1-9]", 8, 8)], "0470 12 34 56", &["Europe/Brussels"]),
    plan("BO", "591", ZERO, &[("[67]", 8, 8), ("[234]", 8, 8)], "71234567", &["America/La_Paz"]),
    // Areas in use; behind one a mobile of nine digits, a fixed line, or a mobile from before the ninth digit.
    plan("BR", "55", ZERO, &[
        ("1[1-9]9", 11, 11), ("2[12478]9", 11, 11), ("3[1-578]9", 11, 11), ("4[1-9]9", 11, 11), ("5[1345]9", 11, 11),
        ("6[1-9]9", 11, 11), ("7[134579]9", 11, 11), ("8[1-9]9", 11, 11), ("9[1-9]9", 11, 11),
        ("1[1-9][2-9]", 10, 10), ("2[12478][2-9]", 10, 10), ("3[1-578][2-9]", 10, 10), ("4[1-9][2-9]", 10, 10), ("5[1345][2-9]", 10, 10),
        ("6[1-9][2-9]", 10, 10), ("7[134579][2-9]", 10, 10), ("8[1-9][2-9]", 10, 10), ("9[1-9][2-9]", 10, 10),
    ], "(11) 98765-4321", &["America/Sao_Paulo", "America/Bahia", "America/Fortaleza", "America/Recife", "America/Maceio", "America/Manaus", "America/Belem", "America/Araguaina", "America/Campo_Grande", "America/Cuiaba", "America/Santarem", "America/Porto_Velho", "America/Boa_Vista", "America/Eirunepe", "America/Rio_Branco", "America/Porto_Acre", "America/Noronha", "Brazil/"]),
    plan("BZ", "501", &[], &[("[2-8]", 7, 7)], "622-1234", &["America/Belize"]),
    plan("CA", "1", ONE, NANP, "(416) 555-0123", &["America/Toronto", "America/Vancouver", "America/Montreal", "America/Winnipeg", "America/Edmonton", "America/Halifax", "America/St_Johns", "America/Regina", "America/Moncton", "America/Whitehorse", "America/Yellowknife", "America/Iqaluit", "Canada/"]),
    plan("CH", "41", ZERO, &[("[2-9]", 9, 9)], "078 123 45 67", &["Europe/Zurich"]),
    plan("CL", "56", ZERO, &[("[2-79]", 9, 9)], "9 8765 4321", &["America/Santiago", "America/Punta_Arenas", "America/Coyhaique", "Pacific/Easter", "Chile/"]),
    // Since September 2021 every fixed line has 60 before the digit of its area (see `candidates`).
    plan("CO", "57", &["0", "03"], &[("3", 10, 10), ("60[124-8]", 10, 10)], "300 1234567", &["America/Bogota"]),
    plan("CR", "506", &[], &[("[24-8]", 8, 8)], "8312 3456", &["America/Costa_Rica"]),
    plan("CU", "53", ZERO, &[("[56]", 8, 8), ("[2-47]", 8, 8)], "5 1234567", &["America/Havana", "Cuba"]),
    plan("CV", "238", &[], &[("[259]", 7, 7)], "991 12 34", &["Atlantic/Cape_Verde"]),
    plan("DE", "49", ZERO, &[("[2-9]", 6, 11), ("1[5-7]", 10, 11)], "01512 3456789", &["Europe/Berlin", "Europe/Busingen"]),
    plan("DO", "1", ONE, NANP, "(809) 555-0123", &["America/Santo_Domingo"]),
    plan("EC", "593", ZERO, &[("9", 9, 9), ("[2-7]", 8, 8)], "099 123 4567", &["America/Guayaquil", "Pacific/Galapagos"]),
    plan("ES", "34", &[], &[("[5-9]", 9, 9)], "612 34 56 78", &["Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"]),
    plan("FR", "33", ZERO, &[("[1-9]", 9, 9)], "06 12 34 56 78", &["Europe/Paris"]),
    plan("GB", "44", ZERO, &[("7", 10, 10), ("[1-3]", 10, 10), ("1", 9, 9)], "07400 123456", &["Europe/London", "Europe/Belfast", "GB"]),
    plan("GQ", "240", &[], &[("[23579]", 9, 9)], "222 123 456", &["Africa/Malabo"]),
    plan("GT", "502", &[], &[("[2-7]", 8, 8)], "5123 4567", &["America/Guatemala"]),
    plan("GY", "592", &[], &[("[2-7]", 7, 7)], "609 1234", &["America/Guyana"]),
    plan("HN", "504", &[], &[("[23789]", 8, 8)], "9123-4567", &["America/Tegucigalpa"]),
    plan("HT", "509", &[], &[("[2-5]", 8, 8)], "34 10 1234", &["America/Port-au-Prince"]),
    plan("IE", "353", ZERO, &[("[1-9]", 7, 9)], "085 012 3456", &["Europe/Dublin"]),
    plan("IN", "91", ZERO, &[("[1-9]", 10, 10)], "081234 56789", &["Asia/Kolkata", "Asia/Calcutta"]),
    // The zero of a fixed line is part of its number.
    plan("IT", "39", &[], &[("3", 9, 10), ("0[1-9]", 6, 11)], "312 345 6789", &["Europe/Rome"]),
    plan("JM", "1", ONE, NANP, "(876) 555-0123", &["America/Jamaica"]),
    // Until August 2019 01 stood before fixed lines, and 044 or 045 before mobiles.
    plan("MX", "52", &["01", "044", "045"], &[("[2-9]", 10, 10)], "55 1234 5678", &["America/Mexico_City", "America/Tijuana", "America/Monterrey", "America/Cancun", "America/Merida", "America/Hermosillo", "America/Chihuahua", "America/Ciudad_Juarez", "America/Ojinaga", "America/Matamoros", "America/Mazatlan", "America/Bahia_Banderas", "Mexico/"]),
    plan("MZ", "258", &[], &[("8", 9, 9), ("2", 8, 8)], "82 123 4567", &["Africa/Maputo"]),
    plan("NI", "505", &[], &[("[2578]", 8, 8)], "8123 4567", &["America/Managua"]),
    plan("NL", "31", ZERO, &[("[1-9]", 9, 9)], "06 12345678", &["Europe/Amsterdam"]),
    plan("NZ", "64", ZERO, &[("2", 8, 10), ("[34679]", 8, 8)], "021 123 4567", &["Pacific/Auckland", "Pacific/Chatham", "NZ"]),
    plan("PA", "507", &[], &[("6", 8, 8), ("[2-57-9]", 7, 7)], "6123-4567", &["America/Panama"]),
    plan("PE", "51", ZERO, &[("9", 9, 9), ("[14-8]", 8, 8)], "912 345 678", &["America/Lima"]),
    plan("PR", "1", ONE, NANP, "(787) 555-0123", &["America/Puerto_Rico"]),
    plan("PT", "351", &[], &[("9", 9, 9), ("2", 9, 9), ("3[0-9]", 9, 9)], "912 345 678", &["Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores", "Portugal"]),
    plan("PY", "595", ZERO, &[("9", 9, 9), ("[2-8]", 8, 9)], "0961 456789", &["America/Asuncion"]),
    plan("SR", "597", &[], &[("[678]", 7, 7), ("[2-5]", 6, 6)], "741-2345", &["America/Paramaribo"]),
    plan("SV", "503", &[], &[("[267]", 8, 8)], "7012 3456", &["America/El_Salvador"]),
    plan("TT", "1", ONE, NANP, "(868) 555-0123", &["America/Port_of_Spain"]),
    plan("US", "1", ONE, NANP, "(212) 555-0123", &["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix", "America/Anchorage", "America/Detroit", "America/Boise", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/", "America/Juneau", "America/Nome", "America/Sitka", "America/Adak", "America/Menominee", "Pacific/Honolulu", "US/"]),
    plan("UY", "598", ZERO, &[("9[1-9]", 8, 8), ("[24]", 8, 8)], "094 231 234", &["America/Montevideo"]),
    plan("VE", "58", ZERO, &[("4[12][2468]", 10, 10), ("2", 10, 10)], "0412-1234567", &["America/Caracas"]),
];

/// Where numbers of other lengths exist, only what begins with the zero is taken for a whole one: the same digits without it
/// are dialled within a town.
const NEEDS_TRUNK: &[&str] = &["AT", "DE", "GB", "IE", "NZ"];

impl Country {
    /// Every country of the list, by its code.
    pub fn all() -> impl Iterator<Item = Country> {
        PLANS.iter().map(Country)
    }

    /// By its code of two letters (ISO 3166-1), in whichever case.
    pub fn of_code(code: &str) -> Option<Country> {
        Country::all().find(|one| one.0.code.eq_ignore_ascii_case(code.trim()))
    }

    /// The one that a time zone of the IANA database lies in.
    pub fn of_time_zone(name: &str) -> Option<Country> {
        Country::all().find(|one| {
            let fits = |zone: &&str| *zone == name || (zone.ends_with('/') && name.starts_with(*zone));
            one.0.zones.iter().any(fits)
        })
    }

    /// The country of a whole number, without its plus sign, where that is a number of its plan.
    pub(super) fn of_whole(digits: &str) -> Option<Country> {
        Country::all().find(|one| one.whole(digits).is_some())
    }

    /// Its code of two letters.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// A mobile number as it is written at home.
    pub fn example(self) -> &'static str {
        self.0.example
    }

    /// The same as it is written abroad.
    pub fn example_abroad(self) -> String {
        let trunk = self.0.trunks.iter().find(|trunk| self.0.example.starts_with(**trunk));
        let rest = trunk.map_or(self.0.example, |trunk| self.0.example[trunk.len()..].trim());
        let nine = if self.0.code == "AR" { "9 " } else { "" };
        format!("+{} {nine}{}", self.0.calling, rest.replace(['(', ')'], ""))
    }

    /// What is dialled to leave the country, where it is not `00`.
    pub(super) fn exit(self) -> &'static str {
        match self.0.calling {
            "1" => "011",
            "61" => "0011",
            _ => "00",
        }
    }

    /// The whole numbers, without the plus sign, that somebody in this country may mean by these digits.
    pub(super) fn numbers(self, digits: &str) -> Vec<String> {
        let mut found = Vec::new();
        let needs_trunk = NEEDS_TRUNK.contains(&self.0.code);
        if !needs_trunk || self.0.trunks.iter().any(|trunk| digits.starts_with(trunk)) {
            found = self.national(digits);
        }
        // Written with the country code, without the plus sign.
        if let Some(whole) = self.whole(digits) {
            found.push(whole);
        }
        found.sort();
        found.dedup();
        found
    }

    /// A whole number as it is dialled from abroad; `None` where it is none of this country.
    pub(super) fn whole(self, digits: &str) -> Option<String> {
        let rest = digits.strip_prefix(self.0.calling)?;
        // Mexico's 1 before mobiles is from before August 2019.
        let rest = match (self.0.code, rest.strip_prefix('1')) {
            ("MX", Some(mobile)) if mobile.len() == 10 => mobile,
            _ => rest,
        };
        self.national(rest).into_iter().next()
    }

    /// The whole numbers of digits that are dialled within the country.
    fn national(self, digits: &str) -> Vec<String> {
        let mut all = vec![digits.to_owned()];
        all.extend(
            self.0
                .trunks
                .iter()
                .filter_map(|trunk| digits.strip_prefix(trunk))
                .map(str::to_owned),
        );
        let mut found: Vec<String> = all
            .iter()
            .flat_map(|digits| self.candidates(digits))
            .filter(|digits| self.0.shapes.iter().any(|shape| fits(digits, shape)))
            .map(|national| format!("{}{national}", self.0.calling))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Digits as they stand, and what they are where a country dials more than its trunk prefix.
    fn candidates(self, digits: &str) -> Vec<String> {
        let mut all = vec![digits.to_owned()];
        match self.0.code {
            // 9 + area + subscriber, or area + 15 + subscriber. Behind the area of two digits, 11, are eight digits; behind one
            // of three seven, behind one of four six.
            "AR" => {
                all.extend(
                    digits
                        .strip_prefix('9')
                        .filter(|rest| rest.len() == 10)
                        .map(str::to_owned),
                );
                let areas = if digits.starts_with("11") { 2..=2 } else { 3..=4 };
                all.extend(
                    areas
                        .filter(|area| digits.len() == 12 && digits[*area..].starts_with("15"))
                        .map(|area| format!("{}{}", &digits[..area], &digits[area + 2..])),
                );
            }
            // The carrier that takes the call stands behind the zero: 0 15 11 …
            "BR" if digits.starts_with('0') && digits.len() >= 13 => all.extend(digits.get(3..).map(str::to_owned)),
            // As fixed lines were dialled until 2021: the area, and seven digits.
            "CO" if digits.len() == 8 => all.push(format!("60{digits}")),
            _ => {}
        }
        all
    }
}

/// Whether digits have one of a plan's shapes.
fn fits(digits: &str, (begins, least, most): &(&str, usize, usize)) -> bool {
    if !(*least..=*most).contains(&digits.len()) {
        return false;
    }
    let mut pattern = begins.bytes();
    let mut digits = digits.bytes();
    while let Some(one) = pattern.next() {
        let Some(digit) = digits.next() else { return false };
        let is_there = if one == b'[' {
            let class: Vec<u8> = pattern.by_ref().take_while(|c| *c != b']').collect();
            class.contains(&digit)
                || class
                    .windows(3)
                    .any(|range| range[1] == b'-' && (range[0]..=range[2]).contains(&digit))
        } else {
            one == digit
        };
        if !is_there {
            return false;
        }
    }
    true
}
