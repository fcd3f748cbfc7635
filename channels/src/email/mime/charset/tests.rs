use super::*;

const RU: &str = "Здравствуйте, принтер не печатает, помогите пожалуйста. Спасибо за помощь!";
const JA: &str = "お世話になっております。プリンターが動きません。よろしくお願いいたします。";
const ZH: &str = "您好，打印机无法工作，请帮助我们解决这个问题。谢谢您的支持。";
const PT: &str = "Olá, a impressão não funciona: café, coração, três ações.";

fn encoded(text: &str, label: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(label.as_bytes()).expect("a charset");
    let (bytes, _, has_errors) = encoding.encode(text);
    assert!(!has_errors, "{label} cannot hold {text}");
    bytes.into_owned()
}

#[test]
fn declared_charsets_are_read() {
    for (text, charset, labels) in [
        (RU, "koi8-r", &["KOI8-R", "koi8-r", "\"koi8-r\""][..]),
        (RU, "koi8-u", &["koi8-u"]),
        (RU, "windows-1251", &["windows-1251", "cp1251", "win-1251"]),
        (RU, "iso-8859-5", &["iso-8859-5", "ISO8859-5"]),
        (RU, "ibm866", &["cp866", "ibm866"]),
        (
            JA,
            "iso-2022-jp",
            &["iso-2022-jp", "ISO-2022-JP", "", "us-ascii", "cp50221"],
        ),
        (JA, "shift_jis", &["shift_jis", "cp932", "windows-31j"]),
        (JA, "euc-jp", &["euc-jp"]),
        (ZH, "gb18030", &["gb18030", "gbk", "gb2312", "cp936", "euc-cn"]),
        ("繁體中文字", "big5", &["big5", "cp950"]),
        ("안녕하세요 프린터", "euc-kr", &["euc-kr", "ks_c_5601-1987", "cp949"]),
        (
            PT,
            "windows-1252",
            &["iso-8859-1", "windows-1252", "latin1", "cp1252", "iso8859_1"],
        ),
        ("Dziękuję za pomoc, gęślą jaźń", "iso-8859-2", &["iso-8859-2", "8859-2"]),
        ("Ευχαριστώ πολύ", "iso-8859-7", &["iso-8859-7"]),
        (
            "Teşekkür ederim, ığdır",
            "windows-1254",
            &["windows-1254", "iso-8859-9"],
        ),
        ("שלום לכולם", "windows-1255", &["windows-1255", "iso-8859-8-i"]),
        ("Grüße – schön", "macintosh", &["macintosh", "x-mac-roman"]),
        (
            PT,
            "utf-8",
            &[
                "utf-8",
                "utf8",
                "iso-8859-1",
                "windows-1252",
                "x-nonsense",
                "",
                "us-ascii",
            ],
        ),
    ] {
        let bytes = encoded(text, charset);
        for label in labels {
            assert_eq!(decode(&bytes, Some(label), None), text, "{charset} as {label}");
        }
    }
}

#[test]
fn wrong_and_missing_declarations_are_seen_through() {
    for (text, charset, labels) in [
        (
            PT,
            "windows-1252",
            &["utf-8", "us-ascii", "", "x-nonsense", "unknown-8bit"][..],
        ),
        (RU, "windows-1251", &["utf-8", "us-ascii", "", "iso-8859-1"]),
        (RU, "koi8-r", &["utf-8", "us-ascii", "", "iso-8859-1"]),
        (JA, "shift_jis", &["utf-8", ""]),
        (JA, "euc-jp", &["utf-8", ""]),
        (ZH, "gb18030", &["utf-8", ""]),
    ] {
        let bytes = encoded(text, charset);
        for label in labels {
            assert_eq!(decode(&bytes, Some(label), None), text, "{charset} as {label}");
        }
    }
    // Damage does not change the charset of the whole.
    let mut broken = RU.as_bytes().to_vec();
    broken[20] = 0xff;
    assert!(decode(&broken, Some("utf-8"), None).contains("печатает"));
}

#[test]
fn charsets_of_seven_bits_are_read() {
    for (bytes, label, text) in [
        (
            &b"Ol+AOE, a impress+AOM-o: 1 +- 1 = 2"[..],
            "utf-7",
            "Olá, a impressão: 1 + 1 = 2",
        ),
        (b"+BB8EQAQ4BDIENQRC-!", "UTF-7", "Привет!"),
        (b"~{<:Ky2;S{~} and ~~", "hz-gb-2312", "己所不欲 and ~"),
        (b"\x1b$)C\x0e>H3g\x0f ok", "iso-2022-kr", "안녕 ok"),
        (b"\x1b[31mred\x1b[0m", "us-ascii", "\u{1b}[31mred\u{1b}[0m"),
        (b"+ and +x and 1+1", "utf-7", "+ and +x and 1+1"),
        (b"\xff\xfeO\0l\0\xe1\0", "utf-16", "Olá"),
        (b"\0O\0l\0\xe1", "utf-16", "Olá"),
        (b"\xef\xbb\xbfol\xc3\xa1", "windows-1252", "olá"),
        (b"\0\0\0O\0\0\0l", "utf-32", "Ol"),
    ] {
        assert_eq!(decode(bytes, Some(label), None), text, "{label}");
    }
    assert_eq!(
        of_html(b"<html><meta http-equiv=x content='text/html; charset=KOI8-R'>").as_deref(),
        Some("koi8-r")
    );
    assert_eq!(of_html(b"<meta charset=\"utf-8\">").as_deref(), Some("utf-8"));
    assert_eq!(of_html(b"<p>"), None);
}
