use super::*;

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    [
        &[level][..],
        &id.to_le_bytes(),
        &u32::try_from(data.len()).expect("short").to_le_bytes(),
        data,
        &sum.to_le_bytes(),
    ]
    .concat()
}

fn property(kind: u16, id: u16, bytes: &[u8]) -> Vec<u8> {
    let mut out = [&kind.to_le_bytes()[..], &id.to_le_bytes(), &1u32.to_le_bytes()].concat();
    out.extend_from_slice(&u32::try_from(bytes.len()).expect("short").to_le_bytes());
    out.extend_from_slice(bytes);
    out.resize(out.len().div_ceil(4) * 4, 0);
    out
}

fn list(properties: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(properties.len()).expect("few");
    [&count.to_le_bytes()[..], &properties.concat()].concat()
}

fn container(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&SIGNATURE.to_le_bytes()[..], &[1, 0], &attributes.concat()].concat()
}

fn wide_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn body_and_files_come_out() {
    let number = [&0x0003u16.to_le_bytes()[..], &0x0e08u16.to_le_bytes(), &[1, 0, 0, 0]].concat();
    let message = list(&[
        number,
        property(0x0102, 0x1013, b"<p>Ol\xe1</p>"),
        property(0x001f, 0x1000, &wide_bytes("Olá")),
    ]);
    let picture = list(&[
        property(0x001f, 0x3707, &wide_bytes("gráfico.png")),
        property(0x001e, 0x370e, b"image/png\0"),
        property(0x001e, 0x3712, b"<pic@x>\0"),
        property(0x0102, 0x3701, b"\x89PNG"),
    ]);
    let raw = container(&[
        attribute(1, 0x0006_9007, &1252u32.to_le_bytes()),
        attribute(1, 0x0006_9003, &message),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"TABELA~1.TXT\0"),
        attribute(2, 0x0006_800f, b"a;b"),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0006_9005, &picture),
    ]);
    let found = read(&raw).expect("a container");
    assert_eq!((found.text.as_str(), found.html.as_str()), ("Olá", "<p>Olá</p>"));
    let files: Vec<_> = found
        .files
        .iter()
        .map(|file| {
            (
                file.name.as_str(),
                file.media_type.as_deref(),
                file.content_id.as_deref(),
                file.bytes.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            ("TABELA~1.TXT", None, None, &b"a;b"[..]),
            ("gráfico.png", Some("image/png"), Some("pic@x"), &b"\x89PNG"[..]),
        ]
    );
    for end in 0..raw.len() {
        read(&raw[..end]);
    }
}

#[test]
fn other_bytes_are_not_a_container() {
    assert!(read(b"").is_none() && read(b"PK\x03\x04").is_none());
    let greedy = container(&[attribute(1, 0x0006_9003, &u32::MAX.to_le_bytes())]);
    assert!(read(&greedy).is_some_and(|found| found.files.is_empty()));
    let plain = container(&[attribute(1, 0x0002_800c, b"Caf\xe9\0")]);
    assert_eq!(read(&plain).expect("a container").text, "Café");
}
