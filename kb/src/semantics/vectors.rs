//! The vectors that a model has made, in memory and in a file of their own beside the index.
//!
//! The file is a head and records of one length, written at its end: key (role and text, hashed), then the
//! numbers. What a crash left half written is cut off; what is not a vector of about unit length is left out.
//! Only the process that holds the index's folder writes; others on the same data read.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Cache, Embedder, Role, Vector, dot};

/// The first bytes; counts up when the records or the way texts are read change.
const MARK: &[u8; 8] = b"SBVECT01";
const KEY: usize = 32;
/// Records that no article needs are borne until they are so many, and more than those that are needed.
const MOST_IDLE: usize = 1_000;

/// What a text is known by.
pub(super) type Key = [u8; KEY];

pub(super) fn key(role: Role, text: &str) -> Key {
    let mut hash = Sha256::new();
    hash.update(match role {
        Role::Question => b"question:".as_slice(),
        Role::Passage => b"passage:".as_slice(),
    });
    hash.update(text.as_bytes());
    hash.finalize().into()
}

pub(super) struct Vectors {
    /// Numbers of a vector that cosines are made of, and all of them.
    near: usize,
    numbers: usize,
    known: HashMap<Key, Vector>,
    file: Option<Kept>,
}

/// The file, open at its end.
struct Kept {
    path: PathBuf,
    head: Vec<u8>,
    file: File,
}

impl Vectors {
    /// What was made before, if there is a folder and something in it.
    pub(super) fn open(cache: Option<&Cache>, embedder: &dyn Embedder) -> Vectors {
        let fingerprint = embedder.fingerprint();
        let mut vectors = Vectors {
            near: embedder.dimensions(),
            numbers: embedder.dimensions() + embedder.further(),
            known: HashMap::new(),
            file: None,
        };
        let Some(cache) = cache else { return vectors };
        let path = cache.folder.join(format!("{}.vectors", hex::encode(&fingerprint[..8])));
        let mut head = MARK.to_vec();
        head.extend((vectors.numbers as u64).to_le_bytes());
        head.extend(fingerprint);
        let opened = if cache.is_ours {
            vectors.take_up(&path, &head).map(|file| {
                vectors.file = Some(Kept {
                    path: path.clone(),
                    head,
                    file,
                })
            })
        } else {
            File::open(&path).map(|file| {
                vectors.read(&file, &head);
            })
        };
        match opened {
            Err(error) if cache.is_ours => {
                tracing::warn!(path = %path.display(), %error, "vectors cannot be kept; they will be made anew after the next start");
            }
            _ => {}
        }
        vectors
    }

    /// Reads the file, cuts off what is not whole, and stands at its end.
    fn take_up(&mut self, path: &std::path::Path, head: &[u8]) -> io::Result<File> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        let good = self.read(&file, head);
        file.set_len(good)?;
        file.seek(SeekFrom::End(0))?;
        if good == 0 {
            file.write_all(head)?;
        }
        Ok(file)
    }

    /// Takes in the whole records of a file; how many of its bytes are good.
    fn read(&mut self, file: &File, head: &[u8]) -> u64 {
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut found = vec![0; head.len()];
        if reader.read_exact(&mut found).is_err() || found != head {
            return 0;
        }
        let mut good = head.len() as u64;
        let mut record = vec![0; KEY + 4 * self.numbers];
        while reader.read_exact(&mut record).is_ok() {
            good += record.len() as u64;
            let (key, numbers) = record.split_at(KEY);
            let (numbers, _) = numbers.as_chunks::<4>();
            let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            let vector = Vector::new(&numbers, self.near);
            let length = dot(vector.near(), vector.near());
            if let Ok(key) = key.try_into()
                && ((length - 1.0).abs() < 0.01 || length == 0.0)
                && numbers.iter().all(|number| number.is_finite())
            {
                self.known.insert(key, vector);
            }
        }
        good
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<Vector> {
        self.known.get(key).cloned()
    }

    pub(super) fn add(&mut self, made: impl Iterator<Item = (Key, Vector)>) {
        let mut records = Vec::new();
        for (key, vector) in made {
            record(&mut records, &key, vector.all());
            self.known.insert(key, vector);
        }
        self.write(|kept| kept.file.write_all(&records));
    }

    /// Leaves out what none of these texts need, once that is most of it.
    pub(super) fn tidy(&mut self, needed: &[Key]) {
        let needed: HashSet<&Key> = needed.iter().collect();
        let used = self.known.keys().filter(|key| needed.contains(key)).count();
        if self.known.len() - used < MOST_IDLE.max(used) {
            return;
        }
        self.known.retain(|key, _| needed.contains(key));
        let mut bytes = Vec::new();
        for (key, vector) in &self.known {
            record(&mut bytes, key, vector.all());
        }
        self.write(|kept| {
            // Aside first: after a crash there is the old file or the new one.
            let aside = kept.path.with_extension("vectors-new");
            let mut file = File::create(&aside)?;
            file.write_all(&kept.head)?;
            file.write_all(&bytes)?;
            fs::rename(&aside, &kept.path)?;
            kept.file = file;
            Ok(())
        });
    }

    fn write(&mut self, write: impl FnOnce(&mut Kept) -> io::Result<()>) {
        if let Some(kept) = &mut self.file
            && let Err(error) = write(kept)
        {
            tracing::warn!(path = %kept.path.display(), %error, "vectors can no longer be kept");
            self.file = None;
        }
    }
}

fn record(into: &mut Vec<u8>, key: &Key, vector: &[f32]) {
    into.extend(key);
    vector.iter().for_each(|number| into.extend(number.to_le_bytes()));
}
