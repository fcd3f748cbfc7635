//! The few words in clear text before TLS begins on a connection that starts without it (RFC 2595, RFC 3207).

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::net::{NetError, PATIENCE, Stream};

/// The longest of it, in bytes: a greeting and what the server can.
const LONGEST: usize = 16 * 1024;

/// Whom we speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Imap,
    Smtp,
}

/// Asks for TLS; after it nothing but the handshake may be said.
pub(super) async fn begin(stream: &mut Stream, protocol: Protocol) -> Result<(), NetError> {
    let asking = async {
        let mut left = LONGEST;
        match protocol {
            Protocol::Imap => {
                line(stream, &mut left).await?;
                say(stream, "a1 STARTTLS\r\n").await?;
                loop {
                    let answer = line(stream, &mut left).await?;
                    if let Some(outcome) = answer.strip_prefix("a1 ") {
                        return if outcome.starts_with("OK") {
                            Ok(())
                        } else {
                            refused(&answer)
                        };
                    }
                }
            }
            Protocol::Smtp => {
                for (words, expected) in [("", "220"), ("EHLO [127.0.0.1]\r\n", "250"), ("STARTTLS\r\n", "220")] {
                    say(stream, words).await?;
                    let answer = loop {
                        let answer = line(stream, &mut left).await?;
                        // All lines of an answer but its last have a dash behind the code.
                        if answer.as_bytes().get(3) != Some(&b'-') {
                            break answer;
                        }
                    };
                    if !answer.starts_with(expected) {
                        return refused(&answer);
                    }
                }
                Ok(())
            }
        }
    };
    timeout(PATIENCE, asking)
        .await
        .map_err(|_| NetError::Timeout(PATIENCE))?
}

fn refused(answer: &str) -> Result<(), NetError> {
    let words: String = answer.chars().filter(|c| !c.is_control()).take(200).collect();
    Err(NetError::Tls(format!("STARTTLS is refused: {words}")))
}

async fn say(stream: &mut Stream, words: &str) -> Result<(), NetError> {
    stream.write_all(words.as_bytes()).await.map_err(NetError::Tcp)?;
    stream.flush().await.map_err(NetError::Tcp)
}

/// One line, byte by byte: what comes behind it belongs to the handshake.
async fn line(stream: &mut Stream, left: &mut usize) -> Result<String, NetError> {
    let mut line = Vec::new();
    loop {
        let byte = stream.read_u8().await.map_err(NetError::Tcp)?;
        *left = left
            .checked_sub(1)
            .ok_or_else(|| NetError::Tcp(io::Error::other("the answer has no end")))?;
        match byte {
            b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
            b'\r' => {}
            byte => line.push(byte),
        }
    }
}
