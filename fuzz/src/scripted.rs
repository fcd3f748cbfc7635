//! A server that answers from a script, on a real socket: what we speak with servers goes over sockets, and what they answer is fuzzed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// Longer than all waits of a talk together: who waits even then waits for ever.
const STUCK: Duration = Duration::from_secs(24 * 3600);

/// Pieces of a script end with this byte.
const END: u8 = 0x1e;

/// What is left of the script, whichever connection says it.
type Pieces = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// How a server takes its turns.
#[derive(Clone, Copy)]
pub enum Turns {
    /// A piece after each line of the client's. The clock is the tests' own: where both sides wait, it goes on to the end of somebody's patience.
    Lines,
    /// A piece after whatever the client wrote, or after it was silent for a moment. The clock is the real one.
    Bytes,
}

/// Serves connections from `script` while `client` talks to its port. The first piece is said at once. `TAG` in a piece is the tag of the
/// command before it. Behind the last piece connections are closed; all of them share the script.
pub fn run<F: Future<Output = ()>>(script: &[u8], turns: Turns, client: impl FnOnce(u16) -> F) {
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| {
            Builder::new_current_thread()
                .enable_all()
                .start_paused(matches!(turns, Turns::Lines))
                .build()
                .expect("a runtime")
        });
        let pieces: Pieces = Arc::new(Mutex::new(
            script.split(|byte| *byte == END).map(<[u8]>::to_vec).collect(),
        ));
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let server = tokio::spawn(async move {
                // Dropped with this task, and closed then.
                let mut open = JoinSet::new();
                while let Ok((socket, _)) = listener.accept().await {
                    open.spawn(serve(socket, pieces.clone(), turns));
                }
            });
            tokio::time::timeout(STUCK, client(port))
                .await
                .expect("somebody waits for ever");
            server.abort();
            let _ = server.await;
        });
    });
}

async fn serve(mut socket: TcpStream, pieces: Pieces, turns: Turns) {
    // Closed with a reset: thousands of these a second would leave all ports in waiting.
    let _ = socket.set_zero_linger();
    let mut heard: Vec<u8> = Vec::new();
    let mut some = [0; 4096];
    if matches!(turns, Turns::Bytes) && listen(&mut socket, &mut some).await.is_none() {
        return;
    }
    let mut tag = Vec::new();
    loop {
        let next = pieces.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(piece) = next else { return };
        let word = heard.split(|byte| *byte == b' ').next().unwrap_or_default();
        // Neither the end of IDLE, nor an answer to a challenge, nor a line of a mail has one.
        if let [letter, digits @ ..] = word
            && letter.is_ascii_uppercase()
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
        {
            tag = word.to_vec();
        }
        let mut said = Vec::with_capacity(piece.len());
        let mut rest = &piece[..];
        while let Some(at) = rest.windows(3).position(|window| window == b"TAG") {
            said.extend_from_slice(&rest[..at]);
            said.extend_from_slice(&tag);
            rest = &rest[at + 3..];
        }
        said.extend_from_slice(rest);
        if socket.write_all(&said).await.is_err() {
            return;
        }
        match turns {
            Turns::Bytes => {
                if listen(&mut socket, &mut some).await.is_none() {
                    return;
                }
            }
            Turns::Lines => {
                // What came with the last line stays for the next turn.
                let end = heard.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                heard.drain(..end);
                while !heard.contains(&b'\n') {
                    match socket.read(&mut some).await {
                        Ok(count @ 1..) => heard.extend_from_slice(&some[..count]),
                        _ => return,
                    }
                }
            }
        }
    }
}

/// Waits for bytes, but not for long; `None` when the client has gone.
async fn listen(socket: &mut TcpStream, some: &mut [u8]) -> Option<()> {
    match tokio::time::timeout(Duration::from_millis(5), socket.read(some)).await {
        Ok(Ok(1..)) | Err(_) => Some(()),
        _ => None,
    }
}
