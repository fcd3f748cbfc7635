//! The business's colour and logo.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use billing::settings;

use crate::request::{Failed, Page};
use crate::{Portal, files};

/// The part of a colour, 0 to 1, as WCAG counts light.
fn linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.040_45 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

fn light(color: [u8; 3]) -> f64 {
    0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2])
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn parse(text: &str) -> Option<[u8; 3]> {
    if !settings::is_color(text) {
        return None;
    }
    let part = |range| u8::from_str_radix(text.get(range)?, 16).ok();
    Some([part(1..3)?, part(3..5)?, part(5..7)?])
}

/// Moves a colour towards white or black until text in it can be read on the ground.
fn readable(color: [u8; 3], ground: [u8; 3]) -> [u8; 3] {
    let to = if light(ground) > 0.4 { 0u16 } else { 255 };
    let mut color = color;
    for _ in 0..40 {
        if contrast(color, ground) >= 4.6 {
            break;
        }
        color = color.map(|part| u8::try_from((u16::from(part) * 9 + to) / 10).unwrap_or(part));
        if to == 255 {
            color = color.map(|part| part.saturating_add(3));
        }
    }
    color
}

fn hex(color: [u8; 3]) -> String {
    format!("#{:02x}{:02x}{:02x}", color[0], color[1], color[2])
}

/// The style sheet that puts the business's colour in the place of ours, where text stays readable.
fn sheet(color: &str) -> String {
    let Some(color) = parse(color) else {
        return String::new();
    };
    let scheme = |ground: [u8; 3]| {
        let accent = readable(color, ground);
        let on = if contrast([255; 3], accent) >= 4.5 {
            "#ffffff"
        } else {
            "#101418"
        };
        format!("--accent:{0};--accent-strong:{0};--on-accent:{on};", hex(accent))
    };
    format!(
        ":root{{{}}}@media (prefers-color-scheme: dark){{:root{{{}}}}}\n",
        scheme([0xf1, 0xf6, 0xf5]),
        scheme([0x1f, 0x28, 0x2c])
    )
}

/// GET `/portal/brand.css`.
pub(super) async fn css(State(portal): State<Portal>) -> Page {
    let business = settings::business(portal.store.db(), &portal.store).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=60"),
        ],
        sheet(&business.color),
    )
        .into_response())
}

/// GET `/portal/logo`.
pub(super) async fn logo(State(portal): State<Portal>) -> Page {
    let business = settings::business(portal.store.db(), &portal.store).await?;
    let logo = business.logo.ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let bytes = portal.store.blobs().get(&logo.sha256).await?;
    let mut response = files::file_response("logo", &logo.media_type, bytes);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_stays_readable() {
        for color in [
            "#000000", "#ffffff", "#ffff00", "#0b6b5d", "#ff0000", "#3355ff", "#808080",
        ] {
            let parsed = parse(color).unwrap();
            for ground in [[0xf1, 0xf6, 0xf5], [0x1f, 0x28, 0x2c]] {
                assert!(
                    contrast(readable(parsed, ground), ground) >= 4.5,
                    "{color} on {ground:?}"
                );
            }
        }
        assert_eq!(sheet("red;}body{display:none"), "");
    }
}
